"""Pause and resume: submits are taken and deliveries acknowledged as ever, and the work waits."""

import logging
from collections.abc import Sequence
from typing import cast

from shared.config import Settings
from shared.domain.caller import Identity
from shared.domain.control import KINDS, LANES, Control, Kind, control_id, is_name, paused, resumed
from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown, Rejected, Unavailable
from shared.idempotency import MAX_CONTENTION, fresh_token
from shared.ports import Clock, Stores, TenantStore
from shared.ports.controls import ControlStore, StoredControl
from shared.telemetry import event
from shared.use_cases.list_controls import Operator, operator_of, providers
from shared.use_cases.resume import Resume

AT_ONCE = 5.0  # seconds in which the call itself tells the waiting jobs; `sweep` tells the rest


class Controls:
    """POST of pause and resume."""

    def __init__(self, controls: ControlStore, tenants: TenantStore, clock: Clock, operator: Operator) -> None:
        self._controls = controls
        self._tenants = tenants
        self._clock = clock
        self._operator = operator

    async def pause(self, identity: Identity, kind: str, name: str) -> Control:
        """Begin nothing of it from now on; what is paused stays so.

        Raises:
            Rejected: 403, it is the operator's to pause; 404, there is no such thing.
            Unavailable: 503; repeat.
        """
        known = await self._known(identity, kind, name)
        for _ in range(MAX_CONTENTION):
            stored = await self._controls.get(control_id(known, name))
            if stored and stored.control.paused:
                return stored.control
            wanted = paused(known, name, self._clock.now(), fresh_token())
            if await self._written(stored, wanted):
                event("paused", control=wanted.id, tenant=identity.tenant, key_id=identity.key_id)
                return wanted
        raise _contended(kind, name)

    async def resume(self, identity: Identity, kind: str, name: str, go_on: Resume) -> Control | None:
        """Let it go on, and tell its waiting jobs; None: there is nothing left to do.

        Raises:
            Rejected, Unavailable: as `pause`.
        """
        known = await self._known(identity, kind, name)
        for _ in range(MAX_CONTENTION):
            stored = await self._controls.get(control_id(known, name))
            if stored is None:
                return None
            if stored.control.paused:
                wanted = resumed(stored.control, self._clock.now(), fresh_token())
                if await self._written(stored, wanted):
                    event("resumed", control=wanted.id, tenant=identity.tenant, key_id=identity.key_id)
                continue
            try:
                return None if await go_on(stored, AT_ONCE) else stored.control
            except Unavailable as exc:
                event("waiting jobs not announced; sweep will", level=logging.WARNING, error=exc)
                return stored.control
        raise _contended(kind, name)

    async def _written(self, before: StoredControl | None, control: Control) -> bool:
        try:
            await (self._controls.write(before, control) if before else self._controls.create(control))
        except (AlreadyExists, Conflict, OutcomeUnknown):
            return False  # another's, or its own: what is there now says what is left to do
        return True

    async def _known(self, identity: Identity, kind: str, name: str) -> Kind:
        if kind not in KINDS or not is_name(name):
            raise _unknown(kind, name, f"A kind is one of {', '.join(KINDS)}.")
        if kind == "tenant":
            own = name == identity.tenant
            if not own and not (self._operator.is_(identity) and await self._tenants.get(name)):
                raise _unknown(kind, name, "A key may pause its own tenant.")
            return kind
        there: Sequence[str] = LANES if kind == "lane" else providers()
        if name not in there:
            raise _unknown(kind, name, f"There are {', '.join(there)}.")
        if not self._operator.is_(identity):
            text = f"A {kind} is for the operator of this deployment to pause: the tenant that OPERATOR_TENANT names."
            raise Rejected(403, "not_the_operator", text)
        return cast("Kind", kind)


def controls_of(stores: Stores, clock: Clock, settings: Settings) -> Controls:
    """As the settings have it."""
    return Controls(stores.controls, stores.tenants, clock, operator_of(settings))


def _unknown(kind: str, name: str, text: str) -> Rejected:
    return Rejected(404, "control_not_found", f"There is no {kind} {name} to pause here. {text}")


def _contended(kind: str, name: str) -> Unavailable:
    return Unavailable("contended", f"The {kind} {name} changes too fast: please repeat.", retry_after=1)
