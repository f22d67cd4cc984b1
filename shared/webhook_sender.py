"""WebhookSender over HTTP: signed as Standard Webhooks 1.0 has it; a redirect is a failure."""

import asyncio
import logging
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from shared.config import Settings
from shared.domain.delivery import Try
from shared.pinned import LIMITS, RefusedAddressError, pin
from shared.ports import Clock
from shared.telemetry import event, span, traceparent

SECONDS = 20.0  # a request, from the look-up of the name to the answer's status; the specification asks for 15 to 30
USER_AGENT = "Darkroom-Webhooks/1"


class NotSignedError(Exception):
    """There is nothing to sign with; the text says what is missing."""


def sender_of(settings: Settings, clock: Clock) -> "HttpWebhookSender":
    """The sender that this deployment's settings give.

    Without WEBHOOK_SECRETS, or with one that cannot be used, each try says so: its event is kept, and tried again.
    """
    secrets = tuple(secret.strip() for secret in (settings.webhook_secrets or "").split(",") if secret.strip())
    return HttpWebhookSender(secrets, clock, allow_private=settings.private_addresses)


class HttpWebhookSender:
    """Sends; the first of `secrets` is the current one, the others still sign while they are rotated out."""

    def __init__(
        self, secrets: tuple[str, ...], clock: Clock, *, allow_private: bool = False, seconds: float = SECONDS
    ) -> None:
        """`secrets` are `whsec_…`; `allow_private` is for local work alone; `seconds` bound each request."""
        self._secrets = secrets
        self._clock = clock
        self._allow_private = allow_private
        self._seconds = seconds
        # No bound on connections: a hundred slow receivers must not keep the others waiting for one.
        self._http = httpx.AsyncClient(timeout=None, limits=LIMITS, trust_env=False)  # noqa: S113 - bounded in `send`

    async def send(self, url: str, webhook_id: str, payload: str, secrets: tuple[str, ...] = ()) -> Try:
        """See WebhookSender.send."""
        at, begin = self._clock.now(), time.monotonic()
        status, error = None, ""
        try:
            signatures = _signed(secrets or self._secrets, webhook_id, payload, at)
            about = {"http.request.method": "POST", "server.address": urlsplit(url).hostname}
            with span("POST", "client", about) as post:
                async with asyncio.timeout(self._seconds):
                    status = await self._post(url, payload, signatures)
                post.set({"http.response.status_code": status})
                if status >= 400:  # noqa: PLR2004 - whoever sends sees it as an error, whoever is to blame
                    post.fail(str(status))
        except TimeoutError:
            error = f"no answer within {self._seconds:g} s"
        except NotSignedError as exc:
            error = str(exc)
            event("webhook not signed", level=logging.ERROR, reason=error, event_id=webhook_id)
        except (httpx.HTTPError, OSError, RefusedAddressError) as exc:
            error = f"{type(exc).__name__}: {exc}"[:300]
        return Try(at=at, status=status, error=error, duration_ms=round((time.monotonic() - begin) * 1000))

    async def _post(self, url: str, payload: str, signatures: dict[str, str]) -> int:
        pinned = await pin(url, allow_private=self._allow_private)
        headers = {**pinned.headers, "Content-Type": "application/json", "User-Agent": USER_AGENT, **signatures}
        if trace := traceparent():
            headers["traceparent"] = trace
        async with self._http.stream(
            "POST", pinned.url, content=payload.encode(), headers=headers, extensions=pinned.extensions
        ) as answer:
            return answer.status_code  # its body is nobody's, however long it is or takes


def _signed(secrets: tuple[str, ...], webhook_id: str, payload: str, at: datetime) -> dict[str, str]:
    if not secrets:
        raise NotSignedError("not sent: the environment variable WEBHOOK_SECRETS is not set")
    moment = at.astimezone(UTC).replace(microsecond=0)
    try:
        signatures = " ".join(Webhook(secret).sign(webhook_id, moment, payload) for secret in secrets)
    except (ValueError, EmptyWebhookSecretError) as exc:
        text = f"not sent: of the secrets (WEBHOOK_SECRETS, or the tenant's) one is no whsec_ with base64: {exc}"
        raise NotSignedError(text) from exc
    timestamp = str(int(moment.timestamp()))
    return {"webhook-id": webhook_id, "webhook-timestamp": timestamp, "webhook-signature": signatures}
