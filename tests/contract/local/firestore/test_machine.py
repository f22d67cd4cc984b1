"""Firestore against a dictionary: whatever is written, read or asked, both say the same."""

import os
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from google.api_core.datetime_helpers import DatetimeWithNanoseconds
from google.api_core.exceptions import Aborted, GoogleAPICallError
from google.cloud import firestore
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.contract.local.firestore import strategies
from tests.contract.local.firestore.clients import begin, close_now, commit, finished, paths, rollback
from tests.contract.local.firestore.model import Model, Refused, Write
from tests.contract.local.firestore.model_queries import INEQUALITIES, Question, asked, found
from tests.contract.local.firestore.model_values import exact

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
EXAMPLES, STEPS = (200, 50) if THOROUGH else (12, 40)


class FirestoreMachine(RuleBasedStateMachine):
    """One client of the local Firestore, beside the model."""

    steps = 0  # of all examples

    def __init__(self) -> None:
        super().__init__()
        self.client = firestore.Client(f"machine-{uuid4().hex[:12]}")
        self.model = Model()
        self.times: dict[tuple[str, int], Any] = {}  # (path, version) → update time

    def teardown(self) -> None:
        """At the end, every document is as the model has it."""
        for path in strategies.PATHS:
            self._compare(path, self.client.document(path).get())
        close_now(self.client)

    def _compare(self, path: str, snapshot: Any) -> None:
        fields = self.model.fields(path)
        assert exact(snapshot.to_dict()) == exact(fields), path
        if fields is not None:
            version = (path, self.model.documents[path].version)
            updated = _datetime(snapshot.update_time)
            assert self.times.setdefault(version, updated) == updated
            assert all(time < updated for (at, older), time in self.times.items() if at == path and older < version[1])

    def _expected(self, writes: list[Write]) -> str:
        type(self).steps += 1
        try:
            self.model.commit(writes)
        except Refused as refusal:
            return refusal.code
        return "OK"

    def _add(self, to: Any, write: Write) -> None:
        document = self.client.document(write.path)
        option = None
        if write.version is not None:
            option = self.client.write_option(last_update_time=self.times[write.path, write.version])
        elif write.exists:
            option = self.client.write_option(exists=True)
        match write.kind:
            case "create":
                to.create(document, write.data)
            case "set" | "merge":
                to.set(document, write.data, merge=write.kind == "merge")
            case "update":
                to.update(document, write.data, option=option)
            case "delete":
                to.delete(document, option=option)

    @rule(writes=st.lists(strategies.writes, min_size=1, max_size=3))
    def commit(self, writes: list[Write]) -> None:
        """A batch takes effect as a whole or is refused with the model's code."""
        batch = self.client.batch()
        for write in writes:
            self._add(batch, write)
        expected = self._expected(writes)
        assert _code(batch.commit) == expected
        for write in writes:
            self._compare(write.path, self.client.document(write.path).get())

    @rule(path=st.sampled_from(strategies.PATHS), data=st.data(), delete=st.booleans())
    def conditional(self, path: str, data: st.DataObject, *, delete: bool) -> None:
        """A write under an update time, the current one or an old one."""
        if path not in self.model.documents:
            return
        self._compare(path, self.client.document(path).get())
        version = data.draw(st.sampled_from([known for at, known in self.times if at == path]))
        changes = {} if delete else data.draw(strategies.changes)
        write = Write("delete" if delete else "update", path, changes, version=version)
        batch = self.client.batch()
        self._add(batch, write)
        expected = self._expected([write])
        assert _code(batch.commit) == expected
        self._compare(path, self.client.document(path).get())

    @rule(question=strategies.questions())
    def query(self, question: Question) -> None:
        """A query finds the model's documents in the model's order, and counts them."""
        type(self).steps += 1
        expected = found(self.model.documents, question)
        query = asked(self.client, question)
        snapshots = query.get()
        assert paths(snapshots) == expected
        for snapshot in snapshots:
            self._compare(snapshot.reference.path, snapshot)
        [[count]] = query.count().get()
        assert count.value == len(expected)

    @rule(question=strategies.questions(), size=st.integers(1, 3))
    def pages(self, question: Question, size: int) -> None:
        """Pages that begin after the last snapshot before make up the whole, in order."""
        ranged = {each.field for each in question.every if each.operator in INEQUALITIES}
        by_name = any(field == "__name__" for field, _ in question.orders)
        if question.either or len(ranged) > (not by_name) or any(each.value is None for each in question.every):
            return  # here the client's cursors name other orders than the server has
        type(self).steps += 1
        whole = replace(question, start=None, end=None, offset=0, limit=None)
        query = asked(self.client, whole).limit(size)
        page, pages = query.get(), []
        while page:
            pages += paths(page)
            page = query.start_after(page[-1]).get()
        assert pages == found(self.model.documents, whole)

    @rule(question=strategies.questions(), field=st.sampled_from(["x", "m.p"]))
    def aggregate(self, question: Question, field: str) -> None:
        """Sum and average of what a query finds."""
        type(self).steps += 1
        whole = Question(question.collection, question.group, question.every, question.either)
        numbers = []
        for path in found(self.model.documents, whole):
            value: Any = self.model.documents[path].fields
            for step in field.split("."):
                value = value.get(step) if isinstance(value, dict) else None
            if isinstance(value, int | float) and not isinstance(value, bool):
                numbers.append(value)
        [[total]] = asked(self.client, whole).sum(field).get()
        assert total.value == sum(numbers)
        [[mean]] = asked(self.client, whole).avg(field).get()
        assert mean.value == pytest.approx(sum(numbers) / len(numbers) if numbers else 0)

    @rule(
        reads=st.lists(st.sampled_from(strategies.PATHS), max_size=2),
        question=st.none() | strategies.questions(),
        meddling=st.none() | strategies.writes,
        writes=st.lists(strategies.writes, min_size=1, max_size=2),
    )
    def transaction(
        self, reads: list[str], question: Question | None, meddling: Write | None, writes: list[Write]
    ) -> None:
        """A transaction commits unless what it read was changed by another; then nothing of it happens."""
        transaction = finished(begin(self.client))
        for path in reads:
            self._compare(path, self.client.document(path).get(transaction=transaction))
        if question:
            answer = paths(asked(self.client, question).get(transaction=transaction))
            assert answer == found(self.model.documents, question)
        before = self._read(reads, question)
        if meddling:
            batch = self.client.batch()
            self._add(batch, meddling)
            expected = self._expected([meddling])
            assert _code(batch.commit) == expected
        for write in writes:
            self._add(transaction, write)
        if self._read(reads, question) == before:
            expected = self._expected(writes)
            assert _code(lambda: finished(commit(transaction))) == expected
        else:
            with pytest.raises(Aborted):
                finished(commit(transaction))
        if transaction.in_progress:
            with suppress(GoogleAPICallError):
                finished(rollback(transaction))
        for write in writes:
            self._compare(write.path, self.client.document(write.path).get())

    def _read(self, reads: list[str], question: Question | None) -> list[tuple[str, int]]:
        documents = self.model.documents
        seen = [*reads, *(found(documents, question) if question else [])]
        return [(path, documents[path].version if path in documents else 0) for path in seen]

    @rule()
    def listing(self) -> None:
        """Collections are those with documents below; missing documents are listed where something is below them."""
        type(self).steps += 1
        there = self.model.documents
        assert {each.id for each in self.client.collections()} == {path.split("/")[0] for path in there}
        listed = {each.path for each in self.client.collection("things").list_documents()}
        assert listed == {"/".join(path.split("/")[:2]) for path in there if path.startswith("things/")}
        everything = self.client.get_all([self.client.document(path) for path in strategies.PATHS])
        assert {each.reference.path for each in everything if each.exists} == set(there)


def _datetime(time: Any) -> datetime:
    """A snapshot's time, which collection groups give as a protobuf message."""
    moment: datetime = DatetimeWithNanoseconds.from_timestamp_pb(time) if hasattr(time, "ToDatetime") else time
    return moment


def _code(call: Any) -> str:
    try:
        call()
    except GoogleAPICallError as refusal:
        return str(refusal.grpc_status_code.name)
    return "OK"


@pytest.mark.timeout(900)
def test_firestore_does_what_a_dictionary_does(emulator: str) -> None:
    """Random writes, conditional writes, transactions and queries: not one difference from the model."""
    assert emulator
    FirestoreMachine.steps = 0
    size = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=not THOROUGH,
        database=None,
        phases=[Phase.generate, Phase.shrink] if THOROUGH else [Phase.generate],  # shrinking takes minutes
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(FirestoreMachine, settings=size)
    print(f"{FirestoreMachine.steps} steps, no difference")  # noqa: T201 - the figure that is asked for
    assert FirestoreMachine.steps >= (2_000 if THOROUGH else 200)
