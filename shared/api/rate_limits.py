"""What answers say of requests a minute: draft-ietf-httpapi-ratelimit-headers-11, and the fields of its sixth version.

The older ones, which many clients read, are about the limit that is nearest.
"""

from collections.abc import Sequence

from shared.use_cases.rates import MINUTE, Quota


def rate_limit_headers(quotas: Sequence[Quota]) -> dict[str, str]:
    """The headers; none where nothing is limited."""
    if not quotas:
        return {}
    nearest = min(quotas, key=lambda quota: quota.remaining)
    return {
        "RateLimit-Policy": ", ".join(f'"{quota.kind}";q={quota.limit};w={MINUTE}' for quota in quotas),
        "RateLimit": ", ".join(f'"{quota.kind}";r={quota.remaining};t={quota.reset}' for quota in quotas),
        "RateLimit-Limit": str(nearest.limit),
        "RateLimit-Remaining": str(nearest.remaining),
        "RateLimit-Reset": str(nearest.reset),
    }
