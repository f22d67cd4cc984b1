"""V4 signed URLs: what was signed is built anew from the request and held against the signature.

https://cloud.google.com/storage/docs/authentication/canonical-requests
"""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from starlette.requests import Request

from infra.local.storage.accounts import Accounts
from infra.local.storage.refusals import unimplemented
from infra.local.storage.xml import XmlError

ALGORITHM = "GOOG4-RSA-SHA256"
LONGEST = 7 * 24 * 3600  # seconds
REQUIRED = ("x-goog-algorithm", "x-goog-credential", "x-goog-date", "x-goog-expires", "x-goog-signedheaders")
CREDENTIAL = re.compile(r"(?P<email>[^/]+)/(?P<date>\d{8})/(?P<region>[^/]+)/storage/goog4_request")


def is_signed(request: Request) -> bool:
    """Whether the request carries a signature in its query.

    Raises:
        StorageError: 501, it is one of the older form.
    """
    names = {name.lower() for name in request.query_params}
    if "googleaccessid" in names and "signature" in names:
        raise unimplemented("a V2 signed URL")
    return "x-goog-signature" in names


def signer(request: Request, accounts: Accounts, now: int) -> str:
    """The service account that signed the request; `now` is in microseconds since the epoch.

    Raises:
        XmlError: 400, malformed or expired; 403, the signature is not that of this request.
    """
    given = {name.lower(): value for name, value in request.query_params.items()}
    for name in REQUIRED:
        if name not in given:
            raise _malformed(name, "Missing query parameter.")
    if given["x-goog-algorithm"] != ALGORITHM:
        raise unimplemented(f"the signing algorithm {given['x-goog-algorithm']}")
    credential = CREDENTIAL.fullmatch(given["x-goog-credential"])
    if credential is None or credential["date"] != given["x-goog-date"][:8]:
        raise _malformed("x-goog-credential", "Invalid credential scope.")
    _check_time(given["x-goog-date"], given["x-goog-expires"], now)
    scope = given["x-goog-credential"].split("/", 1)[1]
    # A URL that was signed for GET may be asked for its headers alone.
    methods = ("HEAD", "GET") if request.method == "HEAD" else (request.method,)
    for method in methods:
        canonical = _canonical_request(request, method, given["x-goog-signedheaders"])
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = "\n".join((ALGORITHM, given["x-goog-date"], scope, digest))
        try:
            signature = bytes.fromhex(given["x-goog-signature"])
        except ValueError:
            signature = b""
        if accounts.signed_by(credential["email"], signature, to_sign.encode()):
            return credential["email"]
    raise XmlError(
        403,
        "SignatureDoesNotMatch",
        "Access denied.",
        Details="The request signature we calculated does not match the signature you provided. Check your Google"
        " secret key and signing method.",
        StringToSign=to_sign,
        CanonicalRequest=canonical,
    )


def _check_time(date: str, expires: str, now: int) -> None:
    try:
        start = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as exc:
        raise _malformed("x-goog-date", "Invalid date.") from exc
    if not expires.isdecimal() or not 1 <= int(expires) <= LONGEST:
        raise _malformed("x-goog-expires", f"Expiration must be 1 to {LONGEST} seconds.")
    end = start + timedelta(seconds=int(expires))
    if now >= end.timestamp() * 1_000_000:
        details = f"The provided token has expired. Request signature expired at: {end.isoformat()}"
        raise XmlError(400, "ExpiredToken", "Invalid argument.", Details=details)


def _canonical_request(request: Request, method: str, signed_headers: str) -> str:
    path = quote(unquote(request.scope["raw_path"].decode("latin-1")), safe="/~")
    pairs = [(n, v) for n, v in request.query_params.multi_items() if n.lower() != "x-goog-signature"]
    query = "&".join(sorted(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs))
    signed = signed_headers.split(";")
    if "host" not in signed:
        raise _malformed("x-goog-signedheaders", "The host header must be signed.")
    for name in signed:
        if name not in request.headers:
            raise _malformed(name, "Header was included in signedheaders, but not in the request.")
    for name in request.headers:
        if name.startswith("x-goog-") and name not in signed:
            raise _malformed(name, "Header was included in the request, but not in signedheaders.")
    headers = "".join(f"{name}:{_header(request, name)}\n" for name in signed)
    payload = request.headers.get("x-goog-content-sha256", "UNSIGNED-PAYLOAD")
    if payload != "UNSIGNED-PAYLOAD":
        raise unimplemented("a signed payload (x-goog-content-sha256)")
    return f"{method}\n{path}\n{query}\n{headers}\n{signed_headers}\n{payload}"


def _header(request: Request, name: str) -> str:
    return ",".join(" ".join(value.split()) for value in request.headers.getlist(name))


def _malformed(name: str, details: str) -> XmlError:
    text = "Your request has a malformed header."
    return XmlError(400, "MalformedSecurityHeader", text, ParameterName=name, Details=details)
