"""Which jobs a listing may ask for: a table of combinations, each of which has its index in the database."""

import re
from datetime import datetime

import msgspec

from shared.domain.errors import Rejected
from shared.domain.job import Job

MAX_WORDS = 64  # of a prompt that can be searched for
LONGEST_WORD = 40  # characters of a word that count
WORD = re.compile(r"\w+")

# Filters that may go together; `created_after`, and a further word of `q`, go with each.
COMBINATIONS: tuple[frozenset[str], ...] = tuple(
    frozenset(names)
    for names in (
        (),
        ("status",),
        ("job_type",),
        ("project_id",),
        ("scene_id",),
        ("user_id",),
        ("workflow_id",),
        ("parent_id",),
        ("label",),
        ("q",),
        ("job_type", "status"),
        ("project_id", "status"),
        ("project_id", "job_type"),
        ("project_id", "scene_id"),
        ("project_id", "user_id"),
        ("project_id", "label"),
        ("project_id", "q"),
        ("job_type", "q"),
        ("job_type", "project_id", "q"),
        ("user_id", "status"),
        ("parent_id", "status"),
    )
)
FILTERS = sorted(frozenset().union(*COMBINATIONS))
# Where a filter's name is not that of the job's field.
FIELDS = {"label": "label_terms", "q": "words"}


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What a listing asks for."""

    where: dict[str, str] = {}  # filter → value; of `q`, the words as they were typed
    created_after: datetime | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """Those of `q`, the longest first: it finds the fewest."""
        return tuple(sorted(words_of(self.where.get("q", "")), key=len, reverse=True))

    def equals(self) -> dict[str, str]:
        """Field → value for the filters that compare one value."""
        return {name: value for name, value in self.where.items() if name not in FIELDS}

    def contains(self) -> tuple[str, str] | None:
        """The array and the element that it must have; a database asks for one alone."""
        if "label" in self.where:
            return FIELDS["label"], self.where["label"]
        return (FIELDS["q"], self.words[0]) if "q" in self.where else None

    def finds(self, job: Job) -> bool:
        """Whether the job has the further words too."""
        return set(self.words) <= set(job.words)


def check(listing: Listing) -> None:
    """That the filters may go together.

    Raises:
        Rejected: 400, with those that may.
    """
    if "q" in listing.where and not listing.words:
        raise Rejected(400, "invalid_filter", "q must have at least one word.")
    asked = frozenset(listing.where)
    if asked not in COMBINATIONS:
        known = "; ".join(" + ".join(sorted(names)) for names in COMBINATIONS if names)
        text = f"These filters do not go together: {', '.join(sorted(asked))}. There are: {known}."
        raise Rejected(400, "unsupported_filters", text)


def words_of(text: str) -> tuple[str, ...]:
    """The words that a prompt is found by: in lower case, each once, in their order."""
    found = (word[:LONGEST_WORD] for word in WORD.findall(text.casefold()))
    return tuple(dict.fromkeys(found))[:MAX_WORDS]


def terms_of(labels: dict[str, str]) -> tuple[str, ...]:
    """The labels as one text each, `name=value`."""
    return tuple(f"{name}={value}" for name, value in labels.items())
