"""The key that signs URLs locally, where there is no IAM to do it: a service account's key file, made once."""

import contextlib
import json
import os
from pathlib import Path
from uuid import uuid4

EMAIL = "local-signer@darkroom-local.iam.gserviceaccount.com"
KEY_BITS = 2048


def make_key(path: Path) -> None:
    """Write a key file as Google's libraries read it to `path`, for this user's eyes only; leave one that is there."""
    if path.exists():
        return
    # Here, for its import costs more than looking whether the file is there.
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    content = {
        "type": "service_account",
        "project_id": "darkroom-local",
        "private_key_id": "local",
        "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "client_email": EMAIL,
        "client_id": "0",
        "token_uri": "http://127.0.0.1:9/token",  # it never asks for a token: nothing listens there
    }
    partial = path.with_name(f"{path.name}.{uuid4().hex}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file)
    with contextlib.suppress(FileExistsError):  # another process was faster: its key is the one
        path.hardlink_to(partial)
    partial.unlink()
