"""The calls of `submit` beyond POST of jobs: each made when it is first asked for, and what it needs loaded then.

Most instances answer nothing but POST /v1/jobs, and begin sooner without the rest.
"""

from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

from shared.api.submitted import Submitted
from shared.config import Settings
from shared.ports import Clock, JobQueue, Stores, Tenants
from shared.ports.uploads import UploadSigner
from shared.use_cases.plan import Defaults
from shared.use_cases.rates import Rates
from shared.use_cases.submit import Submit
from shared.use_cases.wait import Wait

if TYPE_CHECKING:
    from shared.api.batch_calls import Batches
    from shared.api.callback_calls import Callbacks
    from shared.api.command_calls import CommandJobs
    from shared.api.control_calls import ControlCommands
    from shared.api.delivery_calls import Redeliveries
    from shared.api.dialects.iga import GenerateImage
    from shared.api.dialects.mv import MusicVideo
    from shared.api.dialects.studio import GenerateStudioImage
    from shared.api.key_calls import KeyCommands
    from shared.api.storyboard_calls import Storyboards
    from shared.api.upload_calls import Uploads
    from shared.api.variation_calls import Variations
    from shared.domain.job import Job
    from shared.use_cases.command import CommandJob


class World(NamedTuple):
    """What the calls are made of."""

    stores: Stores
    queue: JobQueue
    signer: UploadSigner
    clock: Clock
    settings: Settings
    tenants: Tenants
    defaults: Defaults
    rates: Rates
    wait: Wait
    submit: Submit
    submitted: Submitted


class SubmitParts:
    """A property each; what is wrong with the settings that one needs is told to whoever asks for it."""

    def __init__(self, world: World) -> None:
        self._world = world

    @cached_property
    def variations(self) -> "Variations":
        """POST of variations."""
        from shared.api.variation_calls import Variations
        from shared.use_cases.vary import Vary

        world = self._world
        return Variations(Vary(world.stores.jobs, world.submit, world.defaults), world.submitted)

    @cached_property
    def uploads(self) -> "Uploads":
        """POST of uploads."""
        from shared.api.upload_calls import Uploads
        from shared.use_cases.start_upload import StartUpload

        return Uploads(StartUpload(self._world.signer, self._world.stores.upload_keys, self._world.clock))

    @cached_property
    def commands(self) -> "CommandJobs":
        """POST of commands on jobs, and DELETE."""
        from shared.api.command_calls import CommandJobs

        return CommandJobs(self._command, self._world.settings, self._stop_board)

    @cached_property
    def redeliveries(self) -> "Redeliveries":
        """POST of another delivery."""
        from shared.api.delivery_calls import Redeliveries
        from shared.use_cases.redeliver import Redeliver

        return Redeliveries(Redeliver(self._world.stores.deliveries, self._world.queue, self._world.clock))

    @cached_property
    def callbacks(self) -> "Callbacks":
        """POST of callbacks."""
        from shared.api.callback_calls import Callbacks
        from shared.use_cases.call_back import CallBack

        world = self._world
        return Callbacks(CallBack(world.stores.jobs, world.queue, world.clock), world.settings)

    @cached_property
    def batches(self) -> "Batches":
        """POST of batches, and of commands on them."""
        from shared.api.batch_calls import batches_of

        world = self._world
        return batches_of(
            world.stores, world.queue, world.clock, world.settings,
            tenants=world.tenants, defaults=world.defaults, rates=world.rates,
        )  # fmt: skip

    @cached_property
    def boards(self) -> "Storyboards":
        """POST of storyboards, and of commands on them."""
        from shared.api.storyboard_calls import storyboards_of

        world = self._world
        return storyboards_of(
            world.stores, world.queue, world.clock, world.settings,
            tenants=world.tenants, defaults=world.defaults, rates=world.rates,
            command=self._command, submitted=world.submitted,
        )  # fmt: skip

    @cached_property
    def keys(self) -> "KeyCommands":
        """POST and DELETE of keys."""
        from shared.api.key_calls import KeyCommands
        from shared.use_cases.manage_keys import ManageKeys

        return KeyCommands(ManageKeys(self._world.stores.keys, self._world.clock))

    @cached_property
    def controls(self) -> "ControlCommands":
        """POST of pauses, and of their ends."""
        from shared.api.control_calls import ControlCommands
        from shared.use_cases.controls import controls_of
        from shared.use_cases.resume import Resume

        stores, queue, clock = self._world.stores, self._world.queue, self._world.clock
        resume = Resume(stores.controls, stores.jobs, queue, clock)
        return ControlCommands(controls_of(stores, clock, self._world.settings), resume)

    @cached_property
    def tasks(self) -> "GenerateImage":
        """POST of the dialect iga."""
        from shared.api.dialects.iga import GenerateImage
        from shared.domain.commands import retry_retryable

        return GenerateImage(self._world.submit, partial(self._command, rule=retry_retryable), self._world.settings)

    @cached_property
    def studio(self) -> "GenerateStudioImage":
        """POST of the dialect studio."""
        from shared.api.dialects.studio import GenerateStudioImage

        return GenerateStudioImage(self._world.submit)

    @cached_property
    def videos(self) -> "MusicVideo":
        """POST of the dialect mv."""
        from shared.api.dialects.mv import MusicVideo

        return MusicVideo(self.boards.submit, self._world.submit, self._world.wait, self._world.settings)

    @cached_property
    def _command(self) -> "CommandJob":
        from shared.use_cases.command import CommandJob
        from shared.use_cases.parents import Parents

        stores, queue, tenants, clock = self._world.stores, self._world.queue, self._world.tenants, self._world.clock
        return CommandJob(stores.jobs, queue, tenants, clock, Parents(stores.jobs, stores.batches, queue, clock))

    async def _stop_board(self, job: "Job") -> None:
        await self.boards.stop(job)
