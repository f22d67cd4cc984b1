"""`python -m infra.tenants`: the operator's tool for tenants, their first keys, and the Google identities let in.

It writes to the Firestore of GOOGLE_CLOUD_PROJECT (FIRESTORE_DATABASE), or of the emulator or local cloud that
FIRESTORE_EMULATOR_HOST names. A process that serves reads what is changed here after at most a minute.
"""

import argparse
import asyncio
import os
import sys
from typing import NoReturn

import msgspec
from google.auth.exceptions import GoogleAuthError

from infra.tenant_fields import FieldError, changed, known
from shared.clock import SystemClock
from shared.config import TENANT_ID, BadSetting, MissingSetting, load
from shared.domain.api_key import EMAIL, KeyRequest, Principal
from shared.domain.caller import SCOPES, Scope
from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown, Rejected
from shared.domain.tenant import Tenant
from shared.gcp.stores import stores_of
from shared.ports import StoredTenant, Stores
from shared.use_cases.manage_keys import ManageKeys

EPILOG = """\
python -m infra.tenants create acme                    make the tenant, and print its first key
python -m infra.tenants set acme retention_days=30 budget.day_usd=5 limits.jobs_in_flight=20
python -m infra.tenants set acme budget.day_usd=       back to no limit
python -m infra.tenants key acme --scopes jobs:read    one more key, where no administrator's key is at hand
python -m infra.tenants allow acme ci@acme.iam.gserviceaccount.com   for AUTH_MODE=iam
fields: """


class RefusedError(Exception):
    """It cannot be done; the text says why and what to do."""


class Operator:
    """What an operator does with tenants."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._clock = SystemClock()

    async def create(self, tenant_id: str, assignments: list[str], name: str, scopes: tuple[Scope, ...]) -> str:
        """A new tenant; gives its first key."""
        tenant = changed(Tenant(id=tenant_id, created_at=self._clock.now()), assignments)
        try:
            await self._stores.tenants.create(tenant)
        except AlreadyExists as exc:
            text = f"there is a tenant {tenant_id}: `set` changes it, and `key` makes a key of it"
            raise RefusedError(text) from exc
        return await self.key(tenant_id, name, scopes)

    async def set(self, tenant_id: str, assignments: list[str]) -> str:
        """The tenant, changed."""
        stored = await self._found(tenant_id)
        wanted = changed(stored.tenant, assignments)
        if wanted != stored.tenant:
            await self._stores.tenants.write(stored, wanted)
        return shown(wanted)

    async def show(self, tenant_id: str) -> str:
        """The tenant, as it is."""
        return shown((await self._found(tenant_id)).tenant)

    async def key(self, tenant_id: str, name: str, scopes: tuple[Scope, ...]) -> str:
        """A new key of a tenant; its only showing."""
        await self._found(tenant_id)
        _, token = await ManageKeys(self._stores.keys, self._clock).create(
            tenant_id, KeyRequest(name=name, scopes=scopes)
        )
        return str(token)

    async def allow(self, tenant_id: str, email: str, scopes: tuple[Scope, ...]) -> str:
        """Let a Google identity in, as the tenant."""
        await self._found(tenant_id)
        now = self._clock.now()
        await self._stores.keys.allow(Principal(email=email.lower(), tenant=tenant_id, scopes=scopes, created_at=now))
        return f"{email.lower()} is let in as {tenant_id}: {', '.join(scopes)}"

    async def forbid(self, email: str) -> str:
        """Let a Google identity in no more."""
        await self._stores.keys.forbid(email.lower())
        return f"{email.lower()} is let in no more"

    async def _found(self, tenant_id: str) -> StoredTenant:
        stored = await self._stores.tenants.get(tenant_id)
        if stored is None:
            raise RefusedError(f"there is no tenant {tenant_id}: `create` makes it")
        return stored


def shown(tenant: Tenant) -> str:
    """The tenant in JSON, without its secrets; what is not there is at its default."""
    secrets = tuple(f"{secret[:10]}…" for secret in tenant.webhook_secrets)
    return msgspec.json.format(msgspec.json.encode(msgspec.structs.replace(tenant, webhook_secrets=secrets))).decode()


def parser() -> argparse.ArgumentParser:
    """The commands, each with what it does."""
    options = argparse.ArgumentParser(
        prog="python -m infra.tenants", description=__doc__, epilog=EPILOG + ", ".join(known()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = options.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, about in {
        "create": "make a tenant and its first key, which it prints",
        "set": "change fields of a tenant, and print it",
        "show": "print a tenant",
        "key": "make a key, and print it",
        "allow": "let a Google identity in",
    }.items():
        command = commands.add_parser(name, help=about)
        command.add_argument("tenant", type=_tenant_id)
        if name in {"create", "set"}:
            command.add_argument("fields", nargs="*", metavar="FIELD=VALUE")
        if name == "allow":
            command.add_argument("email", type=_email)
        if name in {"create", "key"}:
            command.add_argument("--name", default="first key", help="what the key is for (default: %(default)s)")
        if name in {"create", "key", "allow"}:
            command.add_argument("--scopes", type=_scopes, default=SCOPES, help=f"default: {','.join(SCOPES)}")
    commands.add_parser("forbid", help="let a Google identity in no more").add_argument("email", type=_email)
    return options


def _tenant_id(text: str) -> str:
    return text if TENANT_ID.fullmatch(text) else _wrong(f"{text!r} is no tenant's id: {TENANT_ID.pattern}")


def _email(text: str) -> str:
    return text if EMAIL.fullmatch(text) else _wrong(f"{text!r} is no address of an identity")


def _scopes(text: str) -> tuple[Scope, ...]:
    if unknown := set(text.split(",")) - set(SCOPES):
        _wrong(f"there is no scope {', '.join(sorted(unknown))}; there are {', '.join(SCOPES)}")
    return tuple(scope for scope in SCOPES if scope in text.split(","))


def _wrong(text: str) -> NoReturn:
    raise argparse.ArgumentTypeError(text)


def main(arguments: list[str] | None = None) -> int:
    """Do one command: what it gives on standard output; 1 with words on standard error where it cannot."""
    given = vars(parser().parse_args(arguments))
    command = given.pop("command")
    names = {"tenant": "tenant_id", "fields": "assignments"}
    options = {names.get(name, name): value for name, value in given.items()}

    async def run() -> str:
        operator = Operator(stores_of(load(os.environ)))
        return str(await getattr(operator, command)(**options))

    try:
        print(asyncio.run(run()))
    except (RefusedError, FieldError, MissingSetting, BadSetting, Rejected, GoogleAuthError) as exc:
        print(exc, file=sys.stderr)
        return 1
    except (Conflict, OutcomeUnknown):
        print(
            "Firestore did not say that it is done, or somebody else was faster: look, and repeat it", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
