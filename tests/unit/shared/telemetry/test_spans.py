"""Spans: what of a task's work is recorded, and below what."""

import asyncio
from collections.abc import Iterator

import pytest

from shared.telemetry import begin_trace, span, traceparent
from tests.fakes.trace_exporter import Spans, recording

TRACE, OTHER, ABOVE = "0af7651916cd43dd8448eb211c80319c", "4bf92f3577b34da6a3ce929d0e0e4736", "b7ad6b7169203331"
SAMPLED, UNSAMPLED = f"00-{TRACE}-{ABOVE}-01", f"00-{TRACE}-{ABOVE}-00"
ELSEWHERE = f"00-{OTHER}-00f067aa0ba902b7-01"


@pytest.fixture
def spans() -> Iterator[Spans]:
    """What is recorded within the test."""
    with recording() as found:
        yield found


def test_a_span_is_below_the_one_under_way(spans: Spans) -> None:
    """And that one below what the `traceparent` names; what goes out names the innermost."""
    begin_trace(SAMPLED)
    with span("outer", "server") as outer:
        with span("inner", attributes={"n": 1, "left out": None}) as inner:
            assert traceparent() == f"00-{TRACE}-{inner.context.span_id}-01"  # type: ignore[union-attr]
            inner.set({"told": "later"})
        outer.rename("renamed")
    assert [one.name for one in spans.finished] == ["inner", "renamed"]
    assert (spans["renamed"].parent.span_id, spans["inner"].parent) == (ABOVE, spans["renamed"].context)
    assert (spans["inner"].attributes, spans["renamed"].kind) == ({"n": 1, "told": "later"}, "server")
    assert spans["renamed"].start_ns <= spans["inner"].start_ns <= spans["inner"].end_ns <= spans["renamed"].end_ns
    assert traceparent() == SAMPLED


async def test_tasks_at_once_have_the_same_parent(spans: Spans) -> None:
    """Each is below the span in which it was begun, not below another that is under way meanwhile."""
    both = asyncio.Barrier(2)

    async def work(name: str) -> None:
        with span(name):
            await both.wait()

    begin_trace(SAMPLED)
    with span("outer"):
        await asyncio.gather(work("one"), work("two"))
    assert spans["one"].parent == spans["two"].parent == spans["outer"].context


def test_what_leaves_a_span_as_an_exception_is_its_error_without_its_words(spans: Spans) -> None:
    """The text of an exception may have a prompt in it."""
    begin_trace(SAMPLED)
    with pytest.raises(KeyError, match="secret"), span("broken"):
        raise KeyError("secret")
    assert (spans["broken"].error, spans["broken"].attributes) == ("KeyError", {"error.type": "KeyError"})


@pytest.mark.parametrize(
    "header", [UNSAMPLED, None, "garbage", f"00-{'0' * 32}-{ABOVE}-01", f"00-{TRACE}-{'0' * 16}-01"]
)
def test_what_is_not_sampled_is_not_recorded(spans: Spans, header: str | None) -> None:
    """A trace that its beginner does not want, none, or a malformed one; the first goes on as it came."""
    begin_trace(header, sample=True)
    with span("outer", "server") as outer:
        outer.set({"n": 1})
        assert traceparent() == (header if header == UNSAMPLED else None)
    assert spans.finished == []


def test_without_an_exporter_nothing_is_recorded() -> None:
    """A trace that somebody else samples is handed on untouched."""
    begin_trace(SAMPLED)
    with span("outer"):
        assert traceparent() == SAMPLED
    begin_trace(None)


def test_work_for_a_job_is_in_the_job_s_trace_and_linked_to_its_request(spans: Spans) -> None:
    """So a sweep, or a user's retry, goes on in the trace in which the job was asked for."""
    begin_trace(SAMPLED)
    with span("retry", "server"):
        with span("send", "producer", origin=ELSEWHERE) as sent:
            assert traceparent(ELSEWHERE) == f"00-{OTHER}-{sent.context.span_id}-01"  # type: ignore[union-attr]
        assert traceparent(ELSEWHERE) == ELSEWHERE
    assert (spans["send"].context.trace_id, spans["send"].parent.span_id) == (OTHER, "00f067aa0ba902b7")
    assert (spans["send"].link, spans["retry"].link) == (spans["retry"].context, None)


def test_a_job_s_trace_is_sampled_or_not_whatever_its_request_is(spans: Spans) -> None:
    """Who sweeps is not traced, and the job is; or the other way round."""
    begin_trace(None)
    with span("send", "producer", origin=ELSEWHERE):
        pass
    begin_trace(ELSEWHERE)
    with span("not recorded", "producer", origin=UNSAMPLED):
        assert traceparent(UNSAMPLED) == UNSAMPLED
    assert [(one.name, one.link) for one in spans.finished] == [("send", None)]


def test_in_the_job_s_own_trace_it_is_below_what_is_under_way(spans: Spans) -> None:
    """The usual case: the request that asked for the job announces it."""
    begin_trace(SAMPLED)
    with span("request", "server"), span("send", "producer", origin=SAMPLED):
        pass
    assert (spans["send"].parent, spans["send"].link) == (spans["request"].context, None)


def test_of_requests_without_a_trace_the_ratio_begins_one() -> None:
    """Its first span has no parent; a message, or a request that has a trace, never begins one."""
    with recording(ratio=1.0) as spans:
        begin_trace(None, sample=True)
        with span("request", "server"):
            pass
        begin_trace(None)
        with span("message"):
            pass
        begin_trace(UNSAMPLED, sample=True)
        with span("unwanted"):
            pass
    (only,) = spans.finished
    assert (only.name, only.parent.span_id, len(only.context.trace_id)) == ("request", "", 32)
