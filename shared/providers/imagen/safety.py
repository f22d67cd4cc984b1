"""Imagen's refusals in our words: its support codes name what a filter found.

Source of the codes: https://cloud.google.com/vertex-ai/generative-ai/docs/image/responsible-ai-imagen
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from shared.domain.safety import Safety

CATEGORIES: Mapping[str, Sequence[str]] = {
    "celebrity": ("29310472", "15236754"),
    "child": ("58061214", "17301594"),
    "dangerous": ("62263041",),
    "hate": ("57734940", "22137204"),
    "other": ("74803281", "29578790", "42876398"),
    "people_face": ("39322892",),
    "personal_information": ("92201652",),
    "prohibited": ("89371032", "49114662", "72817394"),
    "sexual": ("90789179", "63429089", "43188360"),
    "toxic": ("78610348",),
    "violence": ("61493863", "56562880"),
    "vulgar": ("32635315",),
}
OF_CODE = {code: category for category, codes in CATEGORIES.items() for code in codes}
PRACTICES = "Responsible AI"  # what the refusal of a prompt names
_CODES = re.compile(r"support codes?:?\s*((?:\d+[,;\s]*)+)", re.IGNORECASE)


def safety_of(text: str, filtered: Literal["prompt", "image"]) -> Safety:
    """What a refusal says, by the support codes in its text; one that we do not know has no category."""
    codes = tuple(dict.fromkeys(re.findall(r"\d+", " ".join(_CODES.findall(text)))))
    found = dict.fromkeys(OF_CODE[code] for code in codes if code in OF_CODE)
    return Safety(filtered=filtered, categories=tuple(found), support_codes=codes)


def is_refusal(text: str) -> bool:
    """Whether an error that calls the request wrong is in truth a safety filter's."""
    return PRACTICES in text or bool(_CODES.search(text))
