"""What a caller may see of controls: those that it may pause, and whether they are."""

from typing import NamedTuple

from shared.catalog import catalog
from shared.config import Settings
from shared.domain.caller import Identity
from shared.domain.control import LANES, Control, Kind, control_id
from shared.ports.controls import ControlStore


class Operator(NamedTuple):
    """Whose lanes, providers and tenants they all are to pause."""

    tenant: str | None
    everybody: bool = False

    def is_(self, identity: Identity) -> bool:
        """Whether it is who asks."""
        return self.everybody or (self.tenant is not None and identity.tenant == self.tenant)


def operator_of(settings: Settings) -> Operator:
    """As the settings have it: a deployment without locks is everybody's to operate."""
    return Operator(settings.operator_tenant, everybody="none" in settings.opened_by)


class ListControls:
    """GET /v1/controls."""

    def __init__(self, controls: ControlStore, operator: Operator) -> None:
        self._controls = controls
        self._operator = operator

    async def __call__(self, identity: Identity) -> list[tuple[Kind, str, Control | None]]:
        """Each lane, each provider and each tenant that the caller may know of; None: it goes its usual way.

        Raises:
            Unavailable: the database does not answer.
        """
        stored = {found.control.id: found.control for found in await self._controls.all()}
        names: list[tuple[Kind, str]] = [("lane", name) for name in LANES]
        names += [("provider", name) for name in providers()]
        tenants = {identity.tenant} if not self._operator.is_(identity) else {
            control.name for control in stored.values() if control.kind == "tenant"
        } | {identity.tenant}  # fmt: skip
        names += [("tenant", name) for name in sorted(tenants)]
        return [(kind, name, stored.get(control_id(kind, name))) for kind, name in names]


def providers() -> list[str]:
    """The names of all that a job may be made by."""
    return sorted({model.provider for model in catalog().models.values()})
