"""A tenant's API keys: made, rotated, revoked. A secret is shown once, in the answer that made it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec

from shared.domain.api_key import ApiKey, KeyRequest, Token, fresh_secret, hash_of
from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown, Rejected, Unavailable
from shared.domain.ids import is_job_id
from shared.idempotency import job_id
from shared.ports import Clock, KeyStore, StoredKey
from shared.telemetry import event

MAX_CONTENTION = 5  # writes lost to others in a row
LAST_YEAR = 9998  # whose every moment there is in UTC, whatever its zone
Rule = Callable[[ApiKey, datetime], ApiKey]


class ManageKeys:
    """POST /v1/keys, and what is done to one."""

    def __init__(self, keys: KeyStore, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    async def create(
        self, tenant: str, request: KeyRequest, idempotency_key: str | None = None
    ) -> tuple[ApiKey, Token]:
        """A new key, and what its user is to have.

        Raises:
            Rejected: 400, it would be over at once, or beyond all time; 409, this idempotency key has made it, and its
                secret was shown then; 422, it has made another.
            Unavailable: 503, nothing is known to be written.
        """
        now = self._clock.now()
        if request.expires_at is not None and request.expires_at <= now:
            where = (("/expires_at", f"has passed: it is {now.isoformat()} now"),)
            raise Rejected(400, "invalid_request", f"/expires_at {where[0][1]}.", errors=where)
        if request.expires_at is not None and request.expires_at.year > LAST_YEAR:
            text = f"must lie before the end of the year {LAST_YEAR}"
            raise Rejected(400, "invalid_request", f"/expires_at {text}.", errors=(("/expires_at", text),))
        token = Token(job_id(tenant, "key", idempotency_key), fresh_secret())
        key = ApiKey(
            id=token.id,
            tenant=tenant,
            name=request.name,
            scopes=tuple(dict.fromkeys(request.scopes)),
            hash=hash_of(token.secret),
            created_at=now,
            expires_at=request.expires_at.astimezone(UTC) if request.expires_at else None,
            fingerprint=_fingerprint(request) if idempotency_key else None,
        )
        try:
            await self._keys.create(key)
        except (AlreadyExists, OutcomeUnknown) as refusal:
            stored = await self._keys.get(key.id)
            if stored is None:
                raise Unavailable("store_unavailable", "The key could not be made: please repeat.") from refusal
            if stored.key.fingerprint != key.fingerprint:
                text = f"This Idempotency-Key has made the key {key.id} from another request. Use a new one."
                raise Rejected(422, "idempotency_key_reused", text) from refusal
            if stored.key.hash != key.hash:  # not our own first write, whose answer was lost
                raise _shown(stored.key) from refusal
        event("key made", key_id=key.id, tenant=tenant, name=key.name, scopes=list(key.scopes))
        return key, token

    async def rotate(
        self, tenant: str, key_id: str, overlap: timedelta, idempotency_key: str | None = None
    ) -> tuple[ApiKey, Token]:
        """A new secret for a key; the one before opens for as long as they overlap.

        Raises:
            Rejected: 404, the tenant has no such key; 409, it is revoked or over, or this idempotency key has rotated
                it, and its secret was shown then.
            Unavailable: 503, to be repeated.
        """
        token, rotation = Token(key_id, fresh_secret()), _hashed(idempotency_key)

        def rotated(key: ApiKey, now: datetime) -> ApiKey:
            if key.hash == hash_of(token.secret):
                return key
            if rotation and key.rotation == rotation:
                raise _shown(key)
            if key.revoked_at or (key.expires_at and key.expires_at <= now):
                raise Rejected(409, "key_not_in_force", f"The key {key.id} is revoked or over. Make a new one.")
            return msgspec.structs.replace(
                key,
                hash=hash_of(token.secret),
                previous_hash=key.hash if overlap else None,
                previous_until=now + overlap if overlap else None,
                rotated_at=now,
                rotation=rotation,
            )

        key = await self._changed(tenant, key_id, rotated)
        event("key rotated", key_id=key.id, tenant=tenant)
        return key, token

    async def revoke(self, tenant: str, key_id: str) -> ApiKey:
        """The key, which opens nothing any more, at most a minute later; one that is revoked already, as it is.

        Raises:
            Rejected: 404, the tenant has no such key.
            Unavailable: 503, to be repeated.
        """
        key = await self._changed(tenant, key_id, _revoked)
        event("key revoked", key_id=key.id, tenant=tenant)
        return key

    async def _changed(self, tenant: str, key_id: str, rule: Rule) -> ApiKey:
        for _ in range(MAX_CONTENTION):
            stored = await self._found(tenant, key_id)
            wanted = rule(stored.key, self._clock.now())
            if wanted == stored.key:
                return stored.key
            try:
                return (await self._keys.write(stored, wanted)).key
            except (Conflict, OutcomeUnknown):
                continue  # read anew: what was written unknowingly is unchanged by the rule
        raise Unavailable("store_unavailable", "Others write this key at the same time: please repeat.")

    async def _found(self, tenant: str, key_id: str) -> StoredKey:
        stored = await self._keys.get(key_id) if is_job_id(key_id) else None
        if stored is None or stored.key.tenant != tenant:
            raise Rejected(404, "key_not_found", "There is no such key. GET /v1/keys lists those that there are.")
        return stored


def _revoked(key: ApiKey, now: datetime) -> ApiKey:
    return key if key.revoked_at else msgspec.structs.replace(key, revoked_at=now)


def _shown(key: ApiKey) -> Rejected:
    text = (
        f"This request has been answered, and its secret is not kept. If you do not have it, rotate the key {key.id}."
    )
    return Rejected(409, "secret_already_shown", text)


def _fingerprint(request: KeyRequest) -> str:
    return sha256(msgspec.json.encode(request, order="deterministic")).hexdigest()


def _hashed(idempotency_key: str | None) -> str | None:
    return sha256(idempotency_key.encode()).hexdigest() if idempotency_key else None
