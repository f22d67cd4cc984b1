"""Service accounts as Cloud Storage knows them: the keys that their signatures are checked with, and their rights."""

import base64
import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.local.rest import HttpService
from infra.local.storage.call import json_object
from infra.local.storage.meta import Meta
from infra.local.storage.refusals import invalid

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

KEY_BITS = 2048
SIGN_BLOB = "/v1/projects/-/serviceAccounts/{email}:signBlob"


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a signer may do, and where."""

    permissions: tuple[str, ...]  # storage.objects.get, .create, .delete
    prefix: str = ""  # of `bucket/object`; empty: everywhere


Grants = dict[str, list[Grant]]  # by the signer's address


class Accounts:
    """One RSA key per service account, made on first use; the accounts of the key file's project share that file's."""

    def __init__(self, meta: Meta, key_file: Path) -> None:
        self._meta = meta
        self._key_file = key_file
        self._keys: dict[str, RSAPrivateKey] = {}

    @cached_property
    def _filed(self) -> tuple[str, bytes]:
        """The project's part of the address, and the PEM, of the key file."""
        content = json.loads(self._key_file.read_bytes())
        return content["client_email"].partition("@")[2], content["private_key"].encode()

    def known(self, email: str) -> "RSAPrivateKey | None":
        """The account's key, if it has one."""
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        if email not in self._keys:
            project, filed = self._filed
            pem = filed if email.partition("@")[2] == project else self._meta.setting(f"key {email}")
            if pem is None:
                return None
            key = load_pem_private_key(pem, None)
            if not isinstance(key, RSAPrivateKey):
                return None
            self._keys[email] = key
        return self._keys[email]

    def key(self, email: str) -> "RSAPrivateKey":
        """The account's key, made now if it had none."""
        from cryptography.hazmat.primitives.asymmetric import rsa
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        known = self.known(email)
        if known is None:
            known = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
            pem = known.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            with self._meta.transaction():
                self._meta.put_setting(f"key {email}", pem)
            self._keys[email] = known
        return known

    def signed_by(self, email: str, signature: bytes, message: bytes) -> bool:
        """Whether `signature` is the account's, with SHA-256 and PKCS #1 v1.5, of `message`."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        key = self.known(email)
        if key is None:
            return False
        try:
            key.public_key().verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    def may(self, email: str, permission: str, resource: str) -> bool:
        """Whether the account has `permission` on `bucket/object`; without a table of rights everyone has all."""
        table = self.rights()
        if table is None:
            return True
        grants = table.get(email, ())
        return any(permission in grant.permissions and resource.startswith(grant.prefix) for grant in grants)

    def rights(self) -> Grants | None:
        """The table of rights."""
        record = self._meta.setting("rights")
        return msgspec.json.decode(record, type=Grants | None) if record else None

    def set_rights(self, table: Grants | None) -> None:
        """Replace the table; None: everyone may do all."""
        with self._meta.transaction():
            self._meta.put_setting("rights", msgspec.json.encode(table))

    def offer(self, service: HttpService) -> None:
        """Add IAM's signBlob to the service."""
        service.route_escaped("iam.signBlob", "POST", SIGN_BLOB, self.sign_blob)
        service.route_escaped("iam.signBlob", "POST", f"/iam{SIGN_BLOB}", self.sign_blob)

    async def sign_blob(self, request: Request) -> Response:
        """Sign the payload with the account's key, as the IAM Credentials API does."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        body = json_object(await request.body())
        try:
            payload = base64.b64decode(body["payload"], validate=True)
        except (KeyError, TypeError, ValueError) as exc:
            raise invalid("Invalid value at 'payload' (TYPE_BYTES), Base64 decoding failed") from exc
        email = request.path_params["email"]
        signature = self.key(email).sign(payload, padding.PKCS1v15(), hashes.SHA256())
        return JSONResponse({"keyId": f"local-{email}", "signedBlob": base64.b64encode(signature).decode()})

    def offer_control(self, control: HttpService) -> None:
        """Add the table of rights to the control port."""

        async def show(_: Request) -> Response:
            """The table of rights; null: every signer may do all."""
            return JSONResponse(msgspec.to_builtins(self.rights()))

        async def replace(request: Request) -> Response:
            """Replace it: `{"signer@…": [{"permissions": ["storage.objects.get"], "prefix": "bucket/a/"}]}`."""
            try:
                table = msgspec.json.decode(await request.body(), type=Grants)
            except msgspec.MsgspecError as exc:
                raise invalid(f"not a table of rights: {exc}") from exc
            self.set_rights(table)
            return Response(status_code=204)

        async def remove(_: Request) -> Response:
            """Remove it: every signer may do all."""
            self.set_rights(None)
            return Response(status_code=204)

        control.route("storage.rights", "GET", "/storage/rights", show)
        control.route("storage.rights.set", "PUT", "/storage/rights", replace)
        control.route("storage.rights.clear", "DELETE", "/storage/rights", remove)
