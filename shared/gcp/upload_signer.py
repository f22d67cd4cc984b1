"""UploadSigner by V4 signatures, without the storage client: who signs uploads needs nothing else of it.

https://cloud.google.com/storage/docs/authentication/canonical-requests
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import quote, urlsplit

from google.auth.exceptions import GoogleAuthError

from shared.config import Settings
from shared.domain.errors import Unavailable
from shared.gcp.signing import Signer, signer_of

ENDPOINT = "https://storage.googleapis.com"
ALGORITHM = "GOOG4-RSA-SHA256"


def upload_signer_of(settings: Settings) -> "V4UploadSigner":
    """The signer that this deployment's settings give.

    Raises:
        MissingSetting: there is no bucket.
    """
    endpoint = settings.storage_emulator_host or ENDPOINT
    return V4UploadSigner(settings.need("gcs_bucket_name"), endpoint, signer_key=settings.local_signer_key)


class V4UploadSigner:
    """Signs by a key file where there is one, else by IAM on behalf of the function's service account."""

    def __init__(self, bucket: str, endpoint: str = ENDPOINT, *, signer_key: str | None = None) -> None:
        self._bucket = bucket
        self._endpoint = endpoint.rstrip("/")
        self._signer_key = signer_key

    async def put_url(self, name: str, headers: Mapping[str, str], now: datetime, lifetime: timedelta) -> str:
        """See UploadSigner.put_url. On a thread: IAM is asked synchronously, and a key's arithmetic takes a while."""
        try:
            return await asyncio.to_thread(self._signed, name, headers, now, lifetime)
        except (GoogleAuthError, OSError, ValueError) as exc:
            text = f"Uploads cannot be signed now ({type(exc).__name__}). The logs of this function say why."
            raise Unavailable("uploads_not_signed", text, retry_after=5) from exc

    def _signed(self, name: str, headers: Mapping[str, str], now: datetime, lifetime: timedelta) -> str:
        signer = signer_of(self._signer_key)
        path = f"/{self._bucket}/{quote(name, safe='/~')}"
        bound = {**headers, "Host": urlsplit(self._endpoint).netloc}
        return self._endpoint + signed_path(signer, "PUT", path, bound, now=now, lifetime=lifetime)


def signed_path(
    signer: Signer, method: str, path: str, headers: Mapping[str, str], *, now: datetime, lifetime: timedelta
) -> str:
    """`path`, which is escaped already, with a query that lets `method` in with exactly these headers."""
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/auto/storage/goog4_request"
    signed = sorted((key.lower(), " ".join(value.split())) for key, value in headers.items())
    names = ";".join(key for key, _ in signed)
    parameters = {
        "X-Goog-Algorithm": ALGORITHM,
        "X-Goog-Credential": f"{signer.email}/{scope}",
        "X-Goog-Date": moment,
        "X-Goog-Expires": str(int(lifetime.total_seconds())),
        "X-Goog-SignedHeaders": names,
    }
    query = "&".join(f"{key}={quote(value, safe='~')}" for key, value in sorted(parameters.items()))
    lines = "".join(f"{key}:{value}\n" for key, value in signed)
    canonical = f"{method}\n{path}\n{query}\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
    to_sign = "\n".join((ALGORITHM, moment, scope, sha256(canonical.encode()).hexdigest()))
    return f"{path}?{query}&X-Goog-Signature={signer.sign(to_sign.encode()).hex()}"
