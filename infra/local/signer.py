"""The key that signs URLs locally, where there is no IAM to do it: a service account's key file, made once.

Each function that signs has a copy of it under an address of its own, and the local Cloud Storage lets an address do
what that function's service account may do in the cloud: what it may not, its signature does not open either.
"""

import contextlib
import json
import os
from pathlib import Path
from uuid import uuid4

DOMAIN = "darkroom-local.iam.gserviceaccount.com"
EMAIL = f"local-signer@{DOMAIN}"
KEY_BITS = 2048
UPLOADS = "inputs/"  # where clients' uploads lie
# function -> the permissions that its account has in the cloud, and the beginning of the objects' names
READS = ("storage.objects.get",)
STORES = ("storage.objects.create", "storage.objects.delete", "storage.objects.get", "storage.objects.list")
RIGHTS = {
    "generate": ((STORES, ""),),
    "openai": ((READS, ""), (("storage.objects.create", "storage.objects.delete"), UPLOADS)),
    "status": ((READS, ""),),
    "submit": ((("storage.objects.create",), UPLOADS),),
}


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


def email_of(function: str) -> str:
    """The address that a function signs as."""
    return f"{function}@{DOMAIN}"


def key_of(key: Path, function: str) -> Path:
    """Where a function's copy of the key file lies: its own, where it signs at all."""
    return key.with_name(f"signer-{function}.json") if function in RIGHTS else key


def make_copies(key: Path) -> None:
    """Write each function's copy of the key file, for this user's eyes only."""
    content = json.loads(key.read_bytes())
    for function in RIGHTS:
        path = key_of(key, function)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({**content, "client_email": email_of(function)}, file)


def rights(bucket: str) -> dict[str, list[dict[str, object]]]:
    """The table of rights that the local Cloud Storage takes, for the objects of that bucket."""
    return {
        email_of(function): [{"permissions": permissions, "prefix": f"{bucket}/{names}"} for permissions, names in rows]
        for function, rows in RIGHTS.items()
    }
