"""Who is let in to an operation: 401, 403, or an identity that lies in the request (headers.tenant_of) from then on."""

import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from shared.api.cors import Cors
from shared.api.headers import MAX_NAME, identity_of
from shared.api.operations import Operation
from shared.api.problems import of_exception
from shared.api.rate_limits import rate_limit_headers
from shared.api.refusals import refusal
from shared.api.responses import base_url
from shared.config import Settings
from shared.domain.errors import Rejected
from shared.ports import Clock, Identities, Stores, Tenants
from shared.use_cases.authenticate import Authenticate
from shared.use_cases.rates import Rates

BEARER = re.compile(r"bearer +(?P<token>[\x21-\x7e]+) *", re.IGNORECASE)
REALM = 'Bearer realm="darkroom"'
PLATFORM = "x-serverless-authorization"
UNAUTHORIZED = 401
READS = frozenset({"GET", "HEAD"})


class Gate:
    """Looks at each request before its handler does."""

    def __init__(
        self,
        authenticate: Authenticate,
        tenants: Tenants,
        rates: Rates,
        *,
        trusts_platform: bool,
        open_to: Mapping[str, str],
        settings: Settings,
    ) -> None:
        """`trusts_platform`: it has checked X-Serverless-Authorization or, where that is not, Authorization.

        `open_to`: dialect → the tenant that whoever brings no key is in it.
        """
        self._open_to = open_to
        self._settings = settings
        self._cors = Cors(settings.origins)
        self._authenticate = authenticate
        self._tenants = tenants
        self._rates = rates
        self._trusts_platform = trusts_platform

    async def __call__(self, request: Request, operation: Operation) -> Response | None:
        """None where the caller may have the operation; else what it is told (RFC 6750)."""
        if operation.scope is None:
            return None
        if rejected := self._strange_page(request, operation):
            return refusal(request, operation, rejected)
        return await self.refused(request, operation) or await self._counted(request, operation)

    async def refused(self, request: Request, operation: Operation) -> Response | None:
        """The same, for an answer that goes on: a key may have been revoked since it began. Nothing is counted."""
        bearer = _bearer(request, "authorization")
        platform = self._checked_by_platform(request)
        try:
            identity = await self._authenticate(bearer, platform, otherwise=self._open_as(operation))
        except Exception as exc:  # noqa: BLE001 - as a handler's: whatever it is becomes an answer
            rejected = of_exception(exc)
            wrong = ', error="invalid_token"' if "authorization" in request.headers else ""
            challenged = {"WWW-Authenticate": REALM + wrong} if rejected.status == UNAUTHORIZED else {}
            return refusal(request, operation, rejected, **challenged)
        if operation.scope not in identity.scopes:
            text = f"This call needs the scope {operation.scope}; yours are {', '.join(identity.scopes)}."
            challenge = f'{REALM}, error="insufficient_scope", scope="{operation.scope}"'
            return refusal(
                request, operation, Rejected(403, "insufficient_scope", text), **{"WWW-Authenticate": challenge}
            )
        request.scope["identity"] = identity
        return None

    def _open_as(self, operation: Operation) -> str | None:
        """The tenant that whoever brings no key is in this operation; a dialect's clients may follow its answers."""
        return self._open_to.get(operation.dialect or operation.told_by or "")

    def _strange_page(self, request: Request, operation: Operation) -> Rejected | None:
        """Why a page in somebody's browser may not ask for this, where no key is what keeps it from it.

        A browser sends a plain form or text for any page to wherever it can reach, also to a machine of one's own. Its
        own name is the configured one: a stranger's name may have come to mean this machine (DNS rebinding).
        """
        origin, keyed = request.headers.get("origin"), "authorization" in request.headers
        is_open = self._settings.auth_mode == "none" or (self._open_as(operation) and not keyed)
        if origin is None or not is_open or request.method in READS:
            return None
        if origin == base_url(request, self._settings) or self._cors.lets(request):
            return None
        text = f"Pages of {origin[:MAX_NAME]} may not ask for this: name their origin in CORS_ORIGINS if they should."
        return Rejected(403, "origin_not_allowed", text)

    def _checked_by_platform(self, request: Request) -> str | None:
        """The token that the platform has checked; None where that is the one in Authorization.

        Where its own header is there, the platform has looked at no other: if that one is no token, none was checked.
        """
        if not self._trusts_platform or PLATFORM not in request.headers:
            return None
        return _bearer(request, PLATFORM) or ""

    async def _counted(self, request: Request, operation: Operation) -> Response | None:
        """429 where the tenant or its user asks too often; the router adds `answer_headers` to whatever is answered."""
        try:
            tenant = await self._tenants.get(identity_of(request).tenant)
        except Exception as exc:  # noqa: BLE001 - a later version may have written what cannot be read here
            return refusal(request, operation, of_exception(exc))
        if tenant.max_body_bytes is not None:
            request.scope["max_body"] = tenant.max_body_bytes
        quotas, rejected = self._rates.request(tenant, request.headers.get("x-user-id", "")[:MAX_NAME])
        request.scope["answer_headers"] = rate_limit_headers(quotas)
        return refusal(request, operation, rejected) if rejected else None


def gate_of(stores: Stores, tenants: Tenants, identities: Identities | None, clock: Clock, settings: Settings) -> Gate:
    """The gate that the settings ask for."""
    authenticate = Authenticate(stores.keys, tenants, clock, opens=settings.opened_by, identities=identities)
    return Gate(
        authenticate,
        tenants,
        Rates(clock),
        trusts_platform=settings.iam_trusts_platform,
        open_to={dialect: tenant for dialect, tenant in settings.open_to.items() if dialect in settings.spoken},
        settings=settings,
    )


def _bearer(request: Request, header: str) -> str | None:
    """The token in a header that is there once; of two nobody could say which is meant."""
    given = request.headers.getlist(header)
    found = BEARER.fullmatch(given[0]) if len(given) == 1 else None
    return found["token"] if found else None
