"""Where a process can be killed: before and after each side effect, in the order in which one job meets them.

A side effect is a call that may change something outside the process. `test_points.py` records what the functions
really call and fails where that is not what stands here: whoever adds a side effect adds its point.
"""

from typing import Literal, NamedTuple

Function = Literal["submit", "generate", "notify", "sweep"]
Variant = Literal["killed before", "killed after", "answer lost"]
VARIANTS: tuple[Variant, ...] = ("killed before", "killed after", "answer lost")

COMMIT, PUBLISH, PREDICT = "firestore.Commit", "pubsub.Publish", "vertex.Predict"
INSERT, REWRITE, DELETE = "storage.objects.insert", "storage.objects.rewrite", "storage.objects.delete"
POST = "webhook.POST"
SUBMIT = "nanobanana.POST"
FIRST, SECOND_WORKER = "a new picture", "after a dead worker"
AWAITED = "an awaited picture"  # on a stack that does not poll
GENERATING, COMPLETED = 3, 5  # the sequence numbers of these changes of a job that nothing disturbs


class Point(NamedTuple):
    """One side effect of one function."""

    function: Function
    call: str  # service.Method
    target: str  # a collection, a topic; with `#` the sequence number of the event that it is about
    what: str
    again: bool = False  # another scenario has it too, and that is enough

    @property
    def containing(self) -> tuple[str, ...]:
        """What its request has in it, as the trace of the local cloud shows requests."""
        name, _, sequence = self.target.partition("#")
        if self.call == COMMIT:
            return (f"/documents/{name}/", *([f'_{sequence}"'] if sequence else ()))
        return (f'/topics/{name}"',) if self.call == PUBLISH else ()


def _notify(sequence: int) -> tuple[Point, ...]:
    deliveries = f"deliveries#{sequence}"
    return (
        Point("notify", COMMIT, deliveries, "record the delivery"),
        Point("notify", COMMIT, deliveries, "take the delivery"),
        Point("notify", POST, f"#{sequence}", "tell the receiver"),
        Point("notify", COMMIT, deliveries, "note the answer"),
    )


def _again(*points: Point) -> tuple[Point, ...]:
    return tuple(point._replace(again=True) for point in points)


_SUBMIT = (
    Point("submit", COMMIT, "jobs", "record"),
    Point("submit", PUBLISH, "jobs-interactive", "announce"),
)
_SWEEP = (
    Point("sweep", COMMIT, "jobs", "move the waking on"),
    Point("sweep", PUBLISH, "jobs-interactive", "announce"),
)
_CLAIM = Point("generate", COMMIT, "jobs", "claim")
_BOOK = Point("generate", COMMIT, "jobs", "book the call")
_CALL = Point("generate", PREDICT, "", "call the model")
_PRICE = Point("generate", COMMIT, "jobs", "note the price")
_SUBMITTED = (
    Point("generate", SUBMIT, "", "submit"),
    Point("generate", COMMIT, "jobs", "store the operation"),
)
_UPLOAD = (
    Point("generate", INSERT, "", "upload one of two"),
    Point("generate", INSERT, "", "upload the other"),
)
_END = (
    Point("generate", COMMIT, "jobs", "complete"),
    Point("generate", PUBLISH, "job-events", "tell of the end"),
    Point("generate", COMMIT, "jobs", "take out what is told"),
)

# By scenario: the functions that are looked at, and their side effects in order. Those of a run of Cloud Storage's
# calls are made at once, in any order.
SCENARIOS: dict[str, tuple[Point, ...]] = {
    FIRST: (
        *_SUBMIT,
        _CLAIM,
        _BOOK,
        Point("generate", PUBLISH, "job-events", "tell of the call"),
        _CALL,
        _PRICE,
        *_UPLOAD,
        *_END,
        *_notify(GENERATING),
        *_notify(COMPLETED),
    ),
    "a polled picture": (
        *_again(*_SUBMIT),
        _CLAIM,
        _BOOK,
        *_SUBMITTED,
        _PRICE,
        *_UPLOAD,
        *_END,
    ),
    AWAITED: (
        *_again(*_SUBMIT, _CLAIM, _BOOK),
        *_SUBMITTED,
        Point("generate", COMMIT, "jobs", "give the claim back"),
        *_again(*_SWEEP, _CLAIM, _BOOK, _PRICE, *_UPLOAD, *_END),  # the callback is lost
    ),
    "a picture made before": (
        *_again(*_SUBMIT),
        _CLAIM,
        Point("generate", INSERT, "", "describe the copy"),
        Point("generate", REWRITE, "", "copy"),
        Point("generate", COMMIT, "jobs", "note the copy"),
        *_END,
    ),
    SECOND_WORKER: (
        *_again(*_SWEEP, _CLAIM, _BOOK, _CALL, _PRICE),
        Point("generate", DELETE, "", "delete one of two"),
        Point("generate", DELETE, "", "delete the other"),
        *_again(*_UPLOAD, *_END),
    ),
    "never announced": _SWEEP,
    "never told": (
        Point("sweep", PUBLISH, "job-events", "tell of the end"),
        Point("sweep", COMMIT, "jobs", "take out what is told"),
    ),
    "left something behind": (
        Point("sweep", DELETE, "", "delete one of two"),
        Point("sweep", DELETE, "", "delete the other"),
        Point("sweep", COMMIT, "jobs", "note that it is clean"),
    ),
    "not delivered": (
        Point("sweep", COMMIT, "deliveries#5", "move the waking on"),
        Point("sweep", PUBLISH, "job-events", "announce the delivery"),
    ),
}


class Cell(NamedTuple):
    """One experiment."""

    scenario: str
    place: int  # of its point
    variant: Variant

    @property
    def point(self) -> Point:
        """Where."""
        return SCENARIOS[self.scenario][self.place]

    @property
    def skip(self) -> int:
        """How many such calls come before it."""
        before = SCENARIOS[self.scenario][: self.place]
        return sum((point.call, point.target) == (self.point.call, self.point.target) for point in before)

    @property
    def most_calls(self) -> int:
        """How often the model may be called: once more for each worker that died, but not where it is polled on."""
        if self.scenario == SECOND_WORKER:
            return 3
        points = [point.what for point in SCENARIOS[self.scenario]]
        if "store the operation" not in points:
            return 2
        stored = points.index("store the operation")
        return 1 if self.place > stored or (self.place == stored and self.variant != "killed before") else 2

    def __str__(self) -> str:
        return f"{self.point.function}: {self.point.what}, {self.variant} ({self.scenario})"


CELLS = tuple(
    Cell(scenario, place, variant)
    for scenario, points in SCENARIOS.items()
    for place, point in enumerate(points)
    if not point.again
    for variant in VARIANTS
)
# A look at each function in each of the ways, for every run of the tests.
SHORT = (
    Cell(FIRST, 0, "killed after"),
    Cell(FIRST, 3, "answer lost"),
    Cell(FIRST, 5, "killed after"),
    Cell(FIRST, 8, "killed before"),
    Cell(FIRST, 18, "killed after"),
    Cell("a polled picture", 5, "killed after"),
    Cell("never announced", 1, "killed before"),
    Cell("left something behind", 1, "killed after"),
)
