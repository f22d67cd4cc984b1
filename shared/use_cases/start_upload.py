"""A client is given an address to send a picture to; the bytes never pass a function."""

from shared.domain.caller import Caller
from shared.domain.placement import upload_name
from shared.domain.uploads import VALID, Upload, UploadRequest
from shared.idempotency import job_id
from shared.ports import Clock
from shared.ports.uploads import UploadSigner
from shared.telemetry import event


class StartUpload:
    """POST /v1/uploads."""

    def __init__(self, signer: UploadSigner, clock: Clock) -> None:
        self._signer = signer
        self._clock = clock

    async def __call__(self, request: UploadRequest, caller: Caller) -> Upload:
        """An address for exactly these bytes' type and number; a repeat of the key names the same upload.

        The bucket holds the sender to it: another type, size or MD5 is refused, and so is a second upload. One that no
        job has used is deleted after a day, by the bucket's own rule.

        Raises:
            Unavailable: 503, nothing can be signed.
        """
        upload_id = job_id(caller.tenant, "upload", caller.idempotency_key)
        headers = {
            "Content-Type": request.mime_type,
            "x-goog-content-length-range": f"{request.bytes},{request.bytes}",
            "x-goog-if-generation-match": "0",
        }
        if request.md5:
            headers["Content-MD5"] = request.md5
        now = self._clock.now()
        url = await self._signer.put_url(upload_name(caller.tenant, upload_id), headers, now, VALID)
        event("upload signed", upload_id=upload_id, bytes=request.bytes)
        return Upload(id=upload_id, upload_url=url, method="PUT", headers=headers, expires_at=now + VALID)
