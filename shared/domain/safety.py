"""What a model's safety filter said of a prompt or an image."""

from typing import Literal

import msgspec


class Safety(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One refusal, in our words as far as the model says why."""

    filtered: Literal["prompt", "image"]  # what it looked at: nothing was made, or what was made is kept back
    categories: tuple[str, ...] = ()  # in our names, such as `violence`; empty: the model does not say
    support_codes: tuple[str, ...] = ()  # the vendor's, for its support
