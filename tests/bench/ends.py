"""Ends of jobs: they are told, never asked for, to whoever waits for one."""

import asyncio
import time

PATIENCE = 60.0  # seconds until a job is given up


class Told:
    """Who waits for which job; ends that come before anybody waits are kept."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[float]] = {}
        self._early: dict[str, float] = {}

    def ended(self, job: str) -> None:
        """It has ended, now; what is said again changes nothing."""
        now = time.perf_counter()
        if (waiting := self._waiting.get(job)) is None:
            self._early[job] = now
        elif not waiting.done():
            waiting.set_result(now)

    def failed(self, job: str, reason: str) -> None:
        """It has ended without a picture, which ends the measurement."""
        waiting = self._waiting.setdefault(job, asyncio.get_running_loop().create_future())
        if not waiting.done():
            waiting.set_exception(RuntimeError(f"the job {job} failed: {reason}"))

    async def wait(self, job: str) -> float:
        """When it ended.

        Raises:
            TimeoutError: nobody said so in time.
        """
        if (early := self._early.pop(job, None)) is not None:
            return early
        waiting = self._waiting.setdefault(job, asyncio.get_running_loop().create_future())
        try:
            return await asyncio.wait_for(waiting, PATIENCE)
        except TimeoutError:
            raise TimeoutError(f"nobody said in {PATIENCE:.0f} s that the job {job} has ended") from None
        finally:
            self._waiting.pop(job, None)
