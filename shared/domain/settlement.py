"""The end of a reservation: what the job made and may have been billed stays counted, the rest is free again."""

import msgspec

from shared.domain.accounts import Charge
from shared.domain.charges import settling
from shared.domain.endings import rested
from shared.domain.job import Job, Spend


def settlement_of(job: Job) -> Charge | None:
    """What settles the job, to be written with `settled`; None while it goes on, and where nothing is open."""
    held = job.unsettled
    if held is None or not job.is_over:
        return None
    spent = sum(_counted(call, held.unknown_micros) for call in job.spend[held.first_call :])
    return settling(held, images=len(job.artifacts), micros=spent)


def settled(job: Job) -> Job:
    """The job with its reservation ended; it then rests, unless it has events to publish."""
    return rested(msgspec.structs.replace(job, settled=True))


def _counted(call: Spend, unknown_micros: int) -> int:
    """Micro-USD; a call whose price nobody knows counts at what is reserved for such."""
    if call.actual_micros is None and call.estimated_micros is None:
        return unknown_micros
    return call.counted_micros
