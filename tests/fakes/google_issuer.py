"""Who signs identity tokens, as Google does: with a key of its own, whose certificate is published."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt

ROBOT = "robot@acme.iam.gserviceaccount.com"


@dataclass(frozen=True)
class Issuer:
    """Signs tokens as Google does, under the key id `k1`."""

    audience: str
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    def certificate(self) -> str:
        """Of the public key, in PEM."""
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "issuer")])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(name, name, self.key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    def token(self, *, kid: str = "k1", **changes: Any) -> str:
        """A token for `robot`; a claim that is None is left out."""
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        signer = crypt.RSASigner.from_string(self.key.private_bytes(*form), kid)
        now = int(datetime.now(UTC).timestamp())
        claims = {
            "iss": "https://accounts.google.com", "aud": self.audience, "email": ROBOT, "email_verified": True,
            "iat": now, "exp": now + 3600, **changes,
        }  # fmt: skip
        kept = {name: value for name, value in claims.items() if value is not None}
        return bytes(jwt.encode(signer, kept)).decode()
