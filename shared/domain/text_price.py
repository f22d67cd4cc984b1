"""What a model that writes costs."""

import msgspec


class TextPrice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a model's tokens cost, in micro-USD a million."""

    prompt: int
    answer: int  # what it thinks is paid as what it says

    def of(self, prompt_tokens: int, answer_tokens: int) -> int:
        """What so many cost, in micro-USD, rounded up."""
        return -(-(prompt_tokens * self.prompt + answer_tokens * self.answer) // 1_000_000)
