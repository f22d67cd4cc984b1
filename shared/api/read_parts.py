"""The calls of `status` beyond GET of one job: each made when it is first asked for, and what it needs loaded then.

Most instances answer little else, and begin sooner without the rest.
"""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from shared.api.auth import Gate
from shared.config import Settings
from shared.ports import Clock, ImageStore, Stores, Tenants
from shared.use_cases.read import Read
from shared.use_cases.wait import Wait

if TYPE_CHECKING:
    from shared.api.contract_calls import ContractCalls
    from shared.api.control_calls import ReadControls
    from shared.api.dashboard_calls import DashboardCalls
    from shared.api.dead_letter_calls import DeadLetters
    from shared.api.delivery_calls import ReadDeliveries
    from shared.api.dialects.iga import Tasks
    from shared.api.dialects.studio import StudioJobs
    from shared.api.event_calls import EventCalls
    from shared.api.image_calls import ImageCalls
    from shared.api.key_calls import ReadKeys
    from shared.api.limit_calls import LimitCalls
    from shared.api.list_calls import ListCalls
    from shared.api.model_calls import ModelCalls
    from shared.api.read_batches import ReadBatches
    from shared.api.read_storyboards import ReadStoryboards
    from shared.api.router import Handler
    from shared.api.tenant_event_calls import TenantEventCalls
    from shared.api.usage_calls import UsageCalls


class World(NamedTuple):
    """What the calls are made of."""

    stores: Stores
    images: ImageStore
    clock: Clock
    settings: Settings
    tenants: Tenants
    gate: Gate
    wait: Wait
    read: Read
    dashboard: Path | None  # where the page's files are


class ReadParts:
    """A property each; what is wrong with the settings that one needs is told to whoever asks for it."""

    def __init__(self, world: World) -> None:
        self._world = world

    @cached_property
    def contract(self) -> "ContractCalls":
        """GET of the contract."""
        from shared.api.contract_calls import ContractCalls

        return ContractCalls(self._world.settings)

    @cached_property
    def page(self) -> "DashboardCalls":
        """GET of the dashboard."""
        from shared.api.dashboard_calls import DashboardCalls

        return DashboardCalls(self._world.dashboard, self._world.settings)

    @cached_property
    def listing(self) -> "ListCalls":
        """GET of all jobs."""
        from shared.api.list_calls import ListCalls
        from shared.use_cases.list_jobs import ListJobs

        return ListCalls(ListJobs(self._world.stores.jobs), self._world.settings)

    @cached_property
    def all_events(self) -> "TenantEventCalls":
        """GET of all jobs' changes."""
        from shared.api.tenant_event_calls import TenantEventCalls
        from shared.use_cases.follow_jobs import FollowJobs

        world = self._world
        return TenantEventCalls(FollowJobs(world.stores.jobs, world.wait, world.clock), world.gate, world.settings)

    @cached_property
    def events(self) -> "EventCalls":
        """GET of one job's changes."""
        from shared.api.event_calls import EventCalls

        return EventCalls(self._world.read, self._world.wait, self._world.gate, self._world.settings)

    @cached_property
    def deliveries(self) -> "ReadDeliveries":
        """GET of webhooks' deliveries."""
        from shared.api.delivery_calls import ReadDeliveries

        return ReadDeliveries(self._world.read, self._world.stores.batches, self._world.stores.deliveries)

    @cached_property
    def images(self) -> "ImageCalls":
        """GET of images."""
        from shared.api.image_calls import ImageCalls

        return ImageCalls(self._world.read, self._world.clock)

    @cached_property
    def dead_letters(self) -> "DeadLetters":
        """GET of jobs that gave up."""
        from shared.api.dead_letter_calls import DeadLetters

        return DeadLetters(self._world.read, self._world.settings)

    @cached_property
    def batches(self) -> "ReadBatches":
        """GET of batches."""
        from shared.api.read_batches import ReadBatches
        from shared.use_cases.read_batch import ReadBatch

        world = self._world
        return ReadBatches(ReadBatch(world.stores.jobs, world.stores.batches, world.stores.ledger), world.settings)

    @cached_property
    def boards(self) -> "ReadStoryboards":
        """GET of storyboards."""
        from shared.api.read_storyboards import ReadStoryboards
        from shared.use_cases.follow_storyboard import FollowStoryboard
        from shared.use_cases.read_storyboard import ReadStoryboard

        world = self._world
        read = ReadStoryboard(world.stores.jobs, world.stores.batches, world.stores.ledger)
        return ReadStoryboards(read, FollowStoryboard(read, world.wait), world.gate, world.settings)

    @cached_property
    def models(self) -> "ModelCalls":
        """GET of the catalogue."""
        from shared.api.model_calls import ModelCalls

        return ModelCalls(self._world.clock, self._world.settings)

    @cached_property
    def figures(self) -> "UsageCalls":
        """GET of what was spent and done."""
        from shared.api.usage_calls import UsageCalls
        from shared.use_cases.stats import ReadStats
        from shared.use_cases.usage import ReadUsage

        stores, clock = self._world.stores, self._world.clock
        return UsageCalls(ReadUsage(stores.ledger), ReadStats(stores.ledger, stores.jobs, clock), clock)

    @cached_property
    def limits(self) -> "LimitCalls":
        """GET of what is left of limits."""
        from shared.api.limit_calls import LimitCalls
        from shared.use_cases.read_limits import ReadLimits

        return LimitCalls(ReadLimits(self._world.stores.accounts, self._world.tenants, self._world.clock))

    @cached_property
    def controls(self) -> "ReadControls":
        """GET of what is paused."""
        from shared.api.control_calls import ReadControls
        from shared.use_cases.list_controls import ListControls, operator_of

        return ReadControls(ListControls(self._world.stores.controls, operator_of(self._world.settings)))

    @cached_property
    def tasks(self) -> "Tasks":
        """GET of the dialect iga."""
        from shared.api.dialects.iga import Tasks

        return Tasks(self._world.read)

    @cached_property
    def studio(self) -> "StudioJobs":
        """GET of the dialect studio."""
        from shared.api.dialects.studio import StudioJobs
        from shared.use_cases.public_links import PublicLinks

        world = self._world
        links = PublicLinks(world.stores.jobs, world.images, world.settings)
        return StudioJobs(world.read, links, world.settings)

    @cached_property
    def studio_client(self) -> "Handler":
        """GET of that dialect's client, a script."""
        from shared.api.dialects.studio_client import client

        return client

    @cached_property
    def keys(self) -> "ReadKeys":
        """GET of keys."""
        from shared.api.key_calls import ReadKeys
        from shared.use_cases.list_keys import ListKeys

        return ReadKeys(ListKeys(self._world.stores.keys))
