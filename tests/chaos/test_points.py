"""The list of points is complete: what the functions call is recorded, and each side effect of it has its point."""

import re
import sys
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import pytest

from tests.chaos.conftest import long_run
from tests.chaos.peers import connections_of_group
from tests.chaos.points import AWAITED, COMMIT, FIRST, POST, PREDICT, PUBLISH, SCENARIOS, SUBMIT
from tests.chaos.rig import Rig
from tests.chaos.scenarios import START, Case
from tests.waiting import until

# Whatever else is called counts as a side effect, until it is known to be none.
READS = {
    "firestore.BatchGetDocuments", "firestore.GetDocument", "firestore.RunQuery",
    "storage.objects.get", "storage.objects.list",
}  # fmt: skip
FUNCTIONS = ("submit", "generate", "notify", "sweep")
GIVEN_BACK = 4  # entries of the timeline, when a claim is given back for the first time
Label = tuple[str, str]  # of a call: service.Method, and what it is about


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which process a connection comes from")
@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name != AWAITED])
def test_every_side_effect_has_its_point(scenario: str, the_rig: Rig) -> None:
    """In the order in which they are made, for each of the functions that the scenario looks at."""
    _all_listed(scenario, the_rig)


@long_run
@pytest.mark.skipif(sys.platform != "linux", reason="as above")
def test_every_side_effect_around_a_callback_has_its_point(unpolled_rig: Rig) -> None:
    """The same."""
    _all_listed(AWAITED, unpolled_rig)


def _all_listed(scenario: str, the_rig: Rig) -> None:
    case, submits = START[scenario](the_rig), the_rig.operations.submits
    with the_rig.control.tracing() as calls:
        if scenario == AWAITED:
            _swept(the_rig, case)
        else:
            _undisturbed(the_rig, case, slow=scenario == FIRST)
        traced = calls()
        owners = {ends: name for name in FUNCTIONS for ends in connections_of_group(the_rig.running.group(name))}
    the_rig.settle(case.id, case.events)  # so that nothing of it is left to do in the next scenario
    points = SCENARIOS[scenario]
    for function in {point.function for point in points}:
        made = [_label(call) for call in traced if function in _owners(call, owners, the_rig)]
        made = _price_first([label for label in made if label[0] not in READS])
        listed = [(point.call, point.target) for point in points if point.function == function]
        outside = [call for call, _ in listed if call in {POST, SUBMIT}]  # not calls to the local cloud
        if function == "notify":
            assert len(the_rig.receiver.told(case.id)) == outside.count(POST)
        if function == "generate":
            assert the_rig.operations.submits - submits == outside.count(SUBMIT)
        listed = [label for label in listed if label[0] not in outside]
        assert list(_in_order(made)) == list(_in_order(listed)), function


def _owners(call: dict[str, Any], owners: Mapping[tuple[int, int], str], rig: Rig) -> set[str]:
    """Who made the call, by the two ends of its connection: the caller's, and the service's, which may have two."""
    doors = [port for name, port in rig.running.stack.cloud.items() if name.partition("_")[0] == call["service"]]
    return {owners[call["peer"], door] for door in doors if (call["peer"], door) in owners}


def _undisturbed(rig: Rig, case: Case, *, slow: bool) -> None:
    """Let the case go its way; `slow`: the model answers when the receiver has been told that it is at work."""
    if not slow:
        case.begin()
        rig.settle_told(case.id, case.events)
        return
    with rig.control.fault("vertex", "Predict", effect="hold"):
        case.begin()
        until(lambda: [delivery["state"] for delivery in rig.deliveries(case.id)] == ["delivered"])
    rig.settle_told(case.id, case.events)


def _swept(rig: Rig, case: Case) -> None:
    """Let the case wait for its callback, and be looked after a minute later."""
    case.begin()
    until(lambda: len((rig.stored(case.id) or {})["timeline"]) == GIVEN_BACK)
    rig.clock.advance(61)
    rig.sweep()
    rig.settle_told(case.id, case.events)


def _label(call: dict[str, Any]) -> Label:
    name = f"{call['service']}.{call['method']}"
    if name == COMMIT:
        found = re.search(r"/documents/(\w+)/(?:evt_\w+?(_\d+)\")?", call["about"])
        assert found, call
        return name, found[1] + (found[2] or "").replace("_", "#")
    if name == PUBLISH:
        found = re.search(r'/topics/([\w-]+)"', call["about"])
        assert found, call
        return name, found[1]
    return name, ""


def _price_first(labels: list[Label]) -> list[Label]:
    """The labels; what a picture cost is noted while it is stored, and stands before that."""
    found: list[Label] = []
    for label in labels:
        run = len(found)
        while run and found[run - 1][0].startswith("storage."):
            run -= 1
        between = label[0] == COMMIT and run and found[run - 1][0] == PREDICT
        found.insert(run if between else len(found), label)
    return found


def _in_order(labels: list[Label]) -> Iterator[Label]:
    """The labels; those of calls to Cloud Storage, which are made at once, sorted among themselves."""
    for stored, group in groupby(labels, lambda label: label[0].startswith("storage.")):
        together = list(group)
        yield from sorted(together) if stored else together
