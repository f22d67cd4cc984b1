"""Every effect of a fault at every door of the local cloud, and the counts of calls."""

import re
import sys
import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.api_core.exceptions import GoogleAPICallError, ResourceExhausted, ServiceUnavailable, TooManyRequests
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from requests.exceptions import ConnectionError as RequestsConnectionError

from tests.contract.local.callers import CALLERS, Caller
from tests.processes import Faults, RunningCloud

CUT = (ServiceUnavailable, RequestsConnectionError)


@pytest.fixture(params=CALLERS)
def caller(request: pytest.FixtureRequest, cloud: RunningCloud, project: str) -> Iterator[Caller]:
    """A client at each door, over gRPC and over HTTP."""
    with CALLERS[request.param](cloud, project) as one:
        one.call()  # the connection is there, and one call has taken effect
        yield one


def took_effect(caller: Caller, number: int) -> bool:
    """Whether so many calls took effect, where that can be told."""
    return caller.effects is None or caller.effects() == number


def test_latency_is_added_before_the_call(caller: Caller, faults: Faults) -> None:
    """It takes so much longer, and succeeds."""
    delay = faults(caller.service, caller.method, effect="delay", latency_ms=400, count=1)
    start = time.monotonic()
    caller.call()
    assert time.monotonic() - start >= 0.4
    assert faults.hits(delay) == 1
    assert took_effect(caller, 2)


def test_an_error_is_instead_of_the_effect(caller: Caller, faults: Faults) -> None:
    """It has the code and the words of the rule."""
    faults(caller.service, caller.method, code="RESOURCE_EXHAUSTED", message="not so fast", count=1)
    with pytest.raises((ResourceExhausted, TooManyRequests), match="not so fast"):
        caller.call()
    assert took_effect(caller, 1)
    caller.call()
    assert took_effect(caller, 2)


def test_a_reset_is_instead_of_the_effect(caller: Caller, faults: Faults, cloud: RunningCloud) -> None:
    """The TCP connection is reset, the call counted; the next one is answered, over a new connection."""
    faults(caller.service, caller.method, effect="reset", count=1)
    cloud.control.reset_counts()
    with pytest.raises(CUT) as refused:
        caller.call()
    # Over HTTP, urllib3 may swallow the reset while it sends, and then finds the connection ended.
    if sys.platform == "linux" and caller.over_grpc:
        assert re.search("Connection reset by peer|Broken pipe", str(refused.value))
    assert took_effect(caller, 1)
    caller.call()
    assert took_effect(caller, 2)
    assert cloud.control.counts()[caller.counted] == 2


def test_a_lost_response_is_after_the_effect(caller: Caller, faults: Faults, cloud: RunningCloud) -> None:
    """The caller cannot tell; the effect is there."""
    faults(caller.service, caller.method, effect="lose_response", count=1)
    cloud.control.reset_counts()
    with pytest.raises(CUT):
        caller.call()
    assert took_effect(caller, 2)
    assert cloud.control.counts()[caller.counted] == 1


def test_skip_and_count_choose_the_calls(caller: Caller, faults: Faults) -> None:
    """So many pass first, then so many fail, then all pass."""
    faults(caller.service, caller.method, effect="error", skip=1, count=2)
    assert outcomes(caller, 5) == [True, False, False, True, True]
    assert took_effect(caller, 4)


def test_a_seed_decides_the_same_way_each_time(caller: Caller, faults: Faults) -> None:
    """Half of the calls fail: the same ones under the same seed, others under another."""
    told = []
    for seed in (7, 7, 8):
        faults(caller.service, caller.method, probability=0.5, seed=seed)
        told.append(outcomes(caller, 10))
        faults.end()
    assert told[0] == told[1] != told[2]
    assert {True, False} == set(told[0])


def test_a_rule_for_all_methods_meets_any(caller: Caller, faults: Faults) -> None:
    """`*` is every method of that service, and of no other."""
    faults({"firestore": "pubsub"}.get(caller.service, "firestore"), "*")
    caller.call()
    faults(caller.service, "*", count=1)
    with pytest.raises(ServiceUnavailable):
        caller.call()


def test_a_grpc_reset_ends_all_streams_of_its_connection(cloud: RunningCloud, project: str, faults: Faults) -> None:
    """As a broken connection does; calls on other connections go on."""
    database = f"projects/{project}/databases/(default)"
    options = [("grpc.use_local_subchannel_pool", 1)]
    with (
        grpc.insecure_channel(cloud.host("firestore"), options=options) as channel,
        grpc.insecure_channel(cloud.host("firestore"), options=options) as other_channel,
    ):
        client, other = (
            FirestoreClient(transport=FirestoreGrpcTransport(channel=one)) for one in (channel, other_channel)
        )
        listening, elsewhere = (listen(one, database) for one in (client, other))
        faults("firestore", "BeginTransaction", effect="reset", count=1)
        with pytest.raises(ServiceUnavailable):
            client.begin_transaction(database=database, retry=None, timeout=30)
        with pytest.raises(GoogleAPICallError):
            list(listening)
        other.commit({"database": database, "writes": [{"update": {"name": f"{database}/documents/a/b"}}]}, timeout=30)
        assert next(answer for answer in elsewhere if answer.document_change.document.name)


def listen(client: FirestoreClient, database: str) -> Iterator[Any]:
    """The answers to listening to one document, from after it is known that there is none."""
    target = {"documents": {"documents": [f"{database}/documents/a/b"]}, "target_id": 1}
    metadata = [("google-cloud-resource-prefix", database)]
    answers: Iterator[Any] = iter(
        client.listen(iter([{"database": database, "add_target": target}]), metadata=metadata, retry=None, timeout=60)
    )
    next(answer for answer in answers if answer.target_change.target_change_type.name == "CURRENT")
    return answers


def outcomes(caller: Caller, number: int) -> list[bool]:
    """Whether each of so many calls succeeded."""
    told = []
    for _ in range(number):
        try:
            caller.call()
        except ServiceUnavailable:
            told.append(False)
        else:
            told.append(True)
    return told
