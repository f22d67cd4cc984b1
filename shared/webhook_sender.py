"""WebhookSender over HTTP: signed as Standard Webhooks 1.0 has it, and never into a private network.

The name is resolved once, every address it has is checked, and the request goes to the address that was checked:
a name that answers otherwise the next time cannot lead it elsewhere. Redirects are not followed; a 3xx is a failure.
"""

import asyncio
import ipaddress
import time
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

from shared.config import Settings
from shared.domain.delivery import Try
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
    return HttpWebhookSender(secrets, clock, allow_private=settings.webhook_private_addresses)


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
            status = await self._post(httpx.URL(url), webhook_id, payload, at)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, _RefusedError) as exc:
            error = f"{type(exc).__name__.strip('_')}: {exc}"[:300]
        return Try(at=at, status=status, error=error, duration_ms=round((time.monotonic() - begin) * 1000))

    async def _post(self, url: httpx.URL, webhook_id: str, payload: str, at: datetime) -> int:
        address = await self._address(url)
        headers = {"Host": url.netloc.decode(), "Content-Type": "application/json", "User-Agent": USER_AGENT}
        pinned = url.copy_with(host=address)
        headers |= self._signed(webhook_id, payload, at)
        extensions = {"sni_hostname": url.host}
        async with self._http.stream(
            "POST", pinned, content=payload.encode(), headers=headers, extensions=extensions
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

    async def _address(self, url: httpx.URL) -> str:
        if url.scheme not in {"http", "https"} or not url.host:
            raise _RefusedError(f"{url} is no http or https address")
        port = url.port or (443 if url.scheme == "https" else 80)
        found = await asyncio.get_running_loop().getaddrinfo(url.host, port, proto=6)
        addresses = [str(entry[4][0]) for entry in found]
        private = [address for address in addresses if not ipaddress.ip_address(address.split("%")[0]).is_global]
        if private and not self._allow_private:
            raise _RefusedError(f"{url.host} leads to {private[0]}, which is not on the public internet")
        return addresses[0]


class _RefusedError(Exception):
    """An address that is not sent to."""
