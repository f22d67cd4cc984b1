"""A client is given an address to send a picture to; the bytes never pass a function."""

from datetime import datetime

from shared.domain.caller import Caller
from shared.domain.errors import Rejected
from shared.domain.placement import upload_name
from shared.domain.uploads import KEY_KEPT, VALID, KeyedUpload, Upload, UploadRequest, fingerprint
from shared.idempotency import fresh_token, job_id
from shared.ports import Clock
from shared.ports.upload_keys import UploadKeyStore
from shared.ports.uploads import UploadSigner
from shared.telemetry import event


class StartUpload:
    """POST /v1/uploads."""

    def __init__(self, signer: UploadSigner, keys: UploadKeyStore, clock: Clock) -> None:
        self._signer = signer
        self._keys = keys
        self._clock = clock

    async def __call__(self, request: UploadRequest, caller: Caller) -> tuple[Upload, bool]:
        """An address for exactly these bytes' type and number, and True where its key had named the upload before.

        The bucket holds the sender to it: another type, size or MD5 is refused, and so is a second upload. One that no
        job has used is deleted after a day, by the bucket's own rule.

        Raises:
            Rejected: 422, the key has named an upload of another request.
            Unavailable: 503, nothing can be signed, or the database does not answer.
        """
        now = self._clock.now()
        upload_id = job_id(caller.tenant, "upload", caller.idempotency_key)
        replayed = caller.idempotency_key is not None and await self._named_before(upload_id, request, now)
        headers = {
            "Content-Type": request.mime_type,
            "x-goog-content-length-range": f"{request.bytes},{request.bytes}",
            "x-goog-if-generation-match": "0",
        }
        if request.md5:
            headers["Content-MD5"] = request.md5
        url = await self._signer.put_url(upload_name(caller.tenant, upload_id), headers, now, VALID)
        event("upload signed", upload_id=upload_id, bytes=request.bytes)
        return Upload(id=upload_id, upload_url=url, method="PUT", headers=headers, expires_at=now + VALID), replayed

    async def _named_before(self, upload_id: str, request: UploadRequest, now: datetime) -> bool:
        mine = KeyedUpload(id=upload_id, fingerprint=fingerprint(request), call=fresh_token(), purge_at=now + KEY_KEPT)
        noted = await self._keys.note(mine)
        if noted.fingerprint != mine.fingerprint:
            text = f"This Idempotency-Key has named the upload {upload_id}, for another file. Use a new key."
            raise Rejected(422, "idempotency_key_reused", text)
        return noted.call != mine.call
