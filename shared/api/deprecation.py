"""The headers that say that a model goes: Deprecation (RFC 9745), Sunset (RFC 8594), and where to read of it."""

from email.utils import format_datetime

from shared.domain.deprecation import Deprecation


def deprecation_headers(deprecation: Deprecation | None, base_url: str) -> dict[str, str]:
    """The headers for an answer on a job whose client named such a model; none where there is nothing to say."""
    if deprecation is None:
        return {}
    headers = {
        "Deprecation": f"@{round(deprecation.deprecated_at.timestamp())}",
        "Link": f'<{base_url}/v1/models>; rel="deprecation"; type="application/json"',
    }
    if deprecation.sunset_at:
        headers["Sunset"] = format_datetime(deprecation.sunset_at, usegmt=True)
    return headers
