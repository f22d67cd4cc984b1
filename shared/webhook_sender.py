"""WebhookSender over HTTP: signed as Standard Webhooks 1.0 has it; a redirect is a failure."""

import time
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

from shared.config import Settings
from shared.domain.delivery import Try
from shared.pinned import RefusedAddressError, pin
from shared.ports import Clock

TIMEOUT = httpx.Timeout(15.0, connect=5.0)  # seconds; the specification asks for 15 to 30
MAX_ANSWER = 64 * 1024  # bytes of the answer that are read, and thrown away
USER_AGENT = "Darkroom-Webhooks/1"


def sender_of(settings: Settings, clock: Clock) -> "HttpWebhookSender":
    """The sender that this deployment's settings give.

    Raises:
        MissingSetting: WEBHOOK_SECRETS.
    """
    secrets = tuple(secret.strip() for secret in settings.need("webhook_secrets").split(",") if secret.strip())
    return HttpWebhookSender(secrets, clock, allow_private=settings.private_addresses)


class HttpWebhookSender:
    """Sends; the first of `secrets` is the current one, the others still sign while they are rotated out."""

    def __init__(self, secrets: tuple[str, ...], clock: Clock, *, allow_private: bool = False) -> None:
        """`secrets` are `whsec_…`; `allow_private` is for local work alone."""
        self._signers = [Webhook(secret) for secret in secrets]
        self._clock = clock
        self._allow_private = allow_private
        self._http = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, follow_redirects=False)

    async def send(self, url: str, webhook_id: str, payload: str) -> Try:
        """See WebhookSender.send."""
        at, begin = self._clock.now(), time.monotonic()
        status, error = None, ""
        try:
            status = await self._post(url, webhook_id, payload, at)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, RefusedAddressError) as exc:
            error = f"{type(exc).__name__}: {exc}"[:300]
        return Try(at=at, status=status, error=error, duration_ms=round((time.monotonic() - begin) * 1000))

    async def _post(self, url: str, webhook_id: str, payload: str, at: datetime) -> int:
        pinned = await pin(url, allow_private=self._allow_private)
        headers = {**pinned.headers, "Content-Type": "application/json", "User-Agent": USER_AGENT}
        headers |= self._signed(webhook_id, payload, at)
        async with self._http.stream(
            "POST", pinned.url, content=payload.encode(), headers=headers, extensions=pinned.extensions
        ) as answer:
            read = 0
            async for chunk in answer.aiter_raw():  # so that the connection can be used again
                read += len(chunk)
                if read > MAX_ANSWER:
                    break
            return answer.status_code

    def _signed(self, webhook_id: str, payload: str, at: datetime) -> dict[str, str]:
        moment = at.astimezone(UTC).replace(microsecond=0)
        signatures = " ".join(signer.sign(webhook_id, moment, payload) for signer in self._signers)
        timestamp = str(int(moment.timestamp()))
        return {"webhook-id": webhook_id, "webhook-timestamp": timestamp, "webhook-signature": signatures}
