"""Counts, sums and averages that the server computes."""

import math
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud.firestore_v1.base_query import FieldFilter

from tests.contract.local.firestore.clients import database, generated, got, store


async def _one(aggregation: Any) -> Any:
    [[result]] = await got(aggregation.get())
    return result.value


async def _all(aggregation: Any) -> dict[str, Any]:
    [results] = await got(aggregation.get())
    return {result.alias: result.value for result in results}


@pytest.fixture
async def things(db: Any) -> Any:
    """Five documents: n is 1, 2, 3.5, a text, and missing."""
    values: dict[str, dict[str, Any]] = {
        "a": {"n": 1},
        "b": {"n": 2},
        "c": {"n": 3.5},
        "d": {"n": "text"},
        "e": {"m": 1},
    }
    await store(db, {f"things/{each}": data for each, data in values.items()})
    return db.collection("things")


async def test_count(things: Any) -> None:
    """All documents of a collection, or those that a filter finds."""
    assert await _one(things.count()) == 5
    assert await _one(things.where(filter=FieldFilter("n", ">", 1)).count()) == 2
    assert await _one(things.where(filter=FieldFilter("n", "==", 99)).count()) == 0


async def test_count_of_a_part(things: Any) -> None:
    """Limit, offset, order and cursor count as they would find."""
    assert await _one(things.limit(3).count()) == 3
    assert await _one(things.offset(4).count()) == 1
    assert await _one(things.order_by("n").count()) == 4
    assert await _one(things.order_by("n").start_at({"n": 2}).count()) == 3


async def test_sum(things: Any) -> None:
    """Numbers are added, everything else is passed over."""
    assert await _one(things.sum("n")) == 6.5
    integers = await _one(things.where(filter=FieldFilter("n", "<", 3)).sum("n"))
    assert integers == 3
    assert isinstance(integers, int)
    assert await _one(things.limit(2).sum("n")) == 3
    assert await _one(things.sum("none")) == 0


async def test_average(things: Any) -> None:
    """The mean of the numbers, always a double."""
    assert await _one(things.avg("n")) == pytest.approx(6.5 / 3)
    mean = await _one(things.where(filter=FieldFilter("n", "<", 3)).avg("n"))
    assert mean == 1.5
    assert isinstance(mean, float)


async def test_aliases(things: Any) -> None:
    """Each result has the name asked for, or field_1, field_2 and so on."""
    query = things.where(filter=FieldFilter("n", "<", 3))
    named = query.count(alias="how many").sum("n", alias="total").avg("n", alias="mean")
    assert await _all(named) == {"how many": 2, "total": 3, "mean": 1.5}
    assert await _all(query.count().sum("n").count(alias="x").avg("n")) == {
        "field_1": 2,
        "field_2": 3,
        "x": 2,
        "field_3": 1.5,
    }


async def test_aggregates_of_nested_and_quoted_fields(db: Any) -> None:
    """Field paths are those of filters."""
    await store(db, {f"things/{n}": {"m": {"p": n}, "odd name.": n} for n in (1, 2)})
    assert await _all(db.collection("things").sum("m.p", alias="p").sum("`odd name.`", alias="q")) == {"p": 3, "q": 3}


@pytest.mark.parametrize(
    ("values", "total"),
    [
        ([1, 2.5], 3.5),
        ([2**63 - 1, 1], float(2**63)),
        ([2**63 - 1, 1, -1], 2**63 - 1),
        ([1, math.nan], math.nan),
        ([math.inf, -math.inf], math.nan),
        ([math.inf, 1], math.inf),
    ],
    ids=["mixed", "overflow", "no overflow in the end", "nan", "infinities", "infinity"],
)
def test_sums_at_the_edge(client: Any, values: list[float], total: float) -> None:
    """An integer sum that does not fit becomes a double; NaN and infinity follow IEEE 754."""
    for number, value in enumerate(values):
        client.document(f"things/{number}").set({"n": value})
    [[result]] = client.collection("things").sum("n").get()
    assert result.value == pytest.approx(total, nan_ok=True)


def test_an_average_of_nothing_is_null(client: Any) -> None:
    """The generated response tells null from 0; a sum of nothing is the integer 0."""
    aggregations = [
        {"alias": "mean", "avg": {"field": {"field_path": "n"}}},
        {"alias": "sum", "sum": {"field": {"field_path": "n"}}},
    ]
    query = {"structured_query": {"from_": [{"collection_id": "none"}]}, "aggregations": aggregations}
    request = {"parent": f"{database(client)}/documents", "structured_aggregation_query": query}
    [response] = generated(client).run_aggregation_query(request=request)
    assert "null_value" in response.result.aggregate_fields["mean"]
    assert response.result.aggregate_fields["sum"].integer_value == 0
    assert "integer_value" in response.result.aggregate_fields["sum"]
    assert response.read_time is not None


def test_a_count_up_to_a_bound(client: Any) -> None:
    """`up_to` stops counting there."""
    for number in range(5):
        client.document(f"things/{number}").set({})
    query = {
        "structured_query": {"from_": [{"collection_id": "things"}]},
        "aggregations": [{"alias": "n", "count": {"up_to": 3}}],
    }
    request = {"parent": f"{database(client)}/documents", "structured_aggregation_query": query}
    [response] = generated(client).run_aggregation_query(request=request)
    assert response.result.aggregate_fields["n"].integer_value == 3


async def test_aggregations_that_are_refused(things: Any) -> None:
    """None at all, more than five, and two of one name."""
    with pytest.raises(InvalidArgument, match="duplicate alias"):
        await got(things.count(alias="x").sum("n", alias="x").get())
    six = things.count()
    for _ in range(5):
        six = six.count()
    with pytest.raises(InvalidArgument):
        await got(six.get())
    with pytest.raises(InvalidArgument):
        await got(type(six)(things._query()).get())  # noqa: SLF001 - an aggregation without any
