"""Who asks: a key or a Google identity becomes a tenant and its scopes. Nothing else opens a deployment.

What was read is kept for a minute, so that a revoked key opens nothing after that; an expiry counts at once.
"""

from datetime import timedelta

from shared.domain.api_key import USUAL_SCOPES, ApiKey, Principal, Token, token_of
from shared.domain.caller import OPEN, Identity
from shared.domain.errors import Rejected
from shared.ports import Clock, Identities, KeyStore, Tenants
from shared.use_cases.recent import Recent

KEPT = timedelta(seconds=60)
UNKNOWN = timedelta(seconds=5)  # a wrong key is not asked for again and again


class Authenticate:
    """Lets in whom a key or an identity opens this deployment to."""

    def __init__(
        self, keys: KeyStore, tenants: Tenants, clock: Clock, *, opens: frozenset[str], identities: Identities | None
    ) -> None:
        """`opens` has what AUTH_MODE says: `keys`, `iam`, or `none` for a deployment without locks."""
        self._keys = keys
        self._tenants = tenants
        self._clock = clock
        self._opens = opens
        self._identities = identities if "iam" in opens else None
        self._known: Recent[ApiKey] = Recent(self._key, clock, found=KEPT, missing=UNKNOWN)
        self._principals: Recent[Principal] = Recent(keys.principal, clock, found=KEPT, missing=UNKNOWN)

    async def __call__(
        self, bearer: str | None, platform: str | None = None, *, otherwise: str | None = None
    ) -> Identity:
        """Who has this bearer token, or the `platform`'s token, which it has checked already; empty: it was none.

        With `otherwise`, whoever brings no key of ours is that tenant: what an older client has in its headers opens
        nothing here. A key of ours that is wrong is no reason to take its holder for another.

        Raises:
            Rejected: 401, it opens nothing; 403, its tenant may not use this deployment any more.
            Unavailable: the database, or the source of Google's certificates, does not answer.
        """
        if "none" in self._opens:
            return OPEN
        identity = await self._by_key(bearer) or await self._by_google(bearer if platform is None else platform)
        if identity is None and otherwise and not (bearer and token_of(bearer)):
            identity = Identity(tenant=otherwise, scopes=USUAL_SCOPES)
        if identity is None:
            raise Rejected(401, "unauthorized", f"This call needs {self._wanted()}, and what came with it is none.")
        if (await self._tenants.get(identity.tenant)).disabled:
            raise Rejected(403, "tenant_disabled", f"The tenant {identity.tenant} is disabled. Ask its operator.")
        return identity

    async def _by_key(self, bearer: str | None) -> Identity | None:
        token = token_of(bearer) if bearer and "keys" in self._opens else None
        # Kept by the whole token: a secret that a rotation has just made is not taken for the one it replaced.
        key = await self._known(str(token)) if token else None
        if token is None or key is None or not key.opens(token.secret, self._clock.now()):
            return None
        return Identity(tenant=key.tenant, scopes=key.scopes, key_id=key.id)

    async def _key(self, token: str) -> ApiKey | None:
        """The key that the token opens now; what it has read of another is not kept."""
        parts = token_of(token) or Token("", "")
        stored = await self._keys.get(parts.id)
        return stored.key if stored and stored.key.opens(parts.secret, self._clock.now()) else None

    async def _by_google(self, token: str | None) -> Identity | None:
        if self._identities is None or token is None or token_of(token):
            return None
        email = await self._identities.email(token)
        principal = await self._principals(email) if email else None
        return Identity(tenant=principal.tenant, scopes=principal.scopes, email=email) if principal else None

    def _wanted(self) -> str:
        kinds = {
            "keys": "an API key that is in force (`Authorization: Bearer drk_…`)",
            "iam": "a Google identity token for this deployment, of an identity that it knows",
        }
        return " or ".join(text for kind, text in kinds.items() if kind in self._opens)
