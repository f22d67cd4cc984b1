"""Words in a prompt that provoke a behaviour: `[[blocked]]`, `[[slow 5]]`. Any other text in brackets is text."""

import re
from dataclasses import dataclass

PREDICT, GENERATE = "predict", "generateContent"
BOTH = f"{PREDICT}, {GENERATE}"


@dataclass(frozen=True)
class Marker:
    """One such word, as the README lists it."""

    name: str
    methods: str
    effect: str


MARKERS = (
    Marker(
        "blocked",
        PREDICT,
        "200; every image filtered: `raiFilteredReason` with support codes if `includeRaiReason`, else nothing",
    ),
    Marker("some-blocked", PREDICT, "200; the last of the images filtered, as above, the others given"),
    Marker("empty", PREDICT, "200 without any predictions"),
    Marker("refused", PREDICT, "400 INVALID_ARGUMENT naming Responsible AI, with a support code"),
    Marker("varied", PREDICT, "other images at each call, where no seed is given; else equal requests get equal ones"),
    Marker("text-only", GENERATE, "no image: plain text with finish reason STOP"),
    Marker("no-image", GENERATE, "no image and no text: finish reason NO_IMAGE"),
    Marker("image-safety", GENERATE, "no image: finish reason IMAGE_SAFETY"),
    Marker("image-prohibited", GENERATE, "no image: finish reason IMAGE_PROHIBITED_CONTENT"),
    Marker("image-recitation", GENERATE, "no image: finish reason IMAGE_RECITATION"),
    Marker("safety", GENERATE, "finish reason SAFETY with the ratings, no content"),
    Marker("max-tokens", GENERATE, "half of the text, finish reason MAX_TOKENS"),
    Marker("prompt-blocked", GENERATE, "no candidates: `promptFeedback.blockReason` PROHIBITED_CONTENT"),
    Marker("bad-json", GENERATE, "text that is no JSON where a response schema asks for it"),
    Marker("retired", BOTH, "404 NOT_FOUND, as from a model that was switched off"),
    Marker("rate-limit", BOTH, "429 RESOURCE_EXHAUSTED"),
    Marker("error", BOTH, "`[[error 503]]`: that HTTP status, over gRPC the status that stands for it"),
    Marker("slow", BOTH, "`[[slow 5]]`: so many seconds, by the local cloud's clock, before anything else"),
)
_KNOWN = {marker.name: marker for marker in MARKERS}
_FORM = re.compile(r"\s*\[\[([a-z-]+)(?: +(\d+(?:\.\d+)?))?\]\]\s*")


@dataclass(frozen=True)
class Marked:
    """A prompt taken apart."""

    text: str  # without the markers
    found: dict[str, str]  # by name, what stood beside it

    def __contains__(self, name: str) -> bool:
        return name in self.found


def marked(prompt: str, method: str) -> Marked:
    """The prompt without those markers that `method` knows, and what they were."""
    found: dict[str, str] = {}

    def take(match: re.Match[str]) -> str:
        marker = _KNOWN.get(match[1])
        if marker is None or method not in marker.methods:
            return match[0]
        found[match[1]] = match[2] or ""
        return " "

    return Marked(_FORM.sub(take, prompt).strip() if "[[" in prompt else prompt, found)
