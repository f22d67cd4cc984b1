"""An image that was asked for and did not come, of a run whose others did."""

import msgspec

from shared.domain.errors import Billed
from shared.domain.safety import Safety


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Why it did not come."""

    code: str  # such as `safety_blocked`
    message: str
    billed: Billed = "no"
    safety: Safety | None = None
