"""Queries that Firestore does not run are INVALID_ARGUMENT, never answered wrongly."""

from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import And, BaseFilter, FieldFilter, Or

from tests.contract.local.firestore.clients import database, generated, got

NINE_TIMES_FOUR = And([FieldFilter("a", "in", list(range(9))), FieldFilter("b", "in", list(range(4)))])


@pytest.mark.parametrize(
    "condition",
    [
        FieldFilter("n", "in", list(range(31))),
        FieldFilter("n", "array_contains_any", list(range(31))),
        FieldFilter("n", "not-in", list(range(11))),
        FieldFilter("n", "in", []),
        FieldFilter("n", "not-in", []),
        FieldFilter("n", "array_contains_any", []),
        Or([FieldFilter("n", "==", number) for number in range(31)]),
        NINE_TIMES_FOUR,
        And([FieldFilter("a", "not-in", [1]), FieldFilter("a", "!=", 2)]),
        And([FieldFilter("a", "!=", 1), FieldFilter("b", "!=", 2)]),
        And([FieldFilter("a", "not-in", [1]), FieldFilter("b", "in", [2])]),
        Or([FieldFilter("a", "not-in", [1]), FieldFilter("b", "==", 2)]),
        And([FieldFilter("a", "array_contains", 1), FieldFilter("b", "array_contains", 2)]),
        And([FieldFilter("a", "array_contains_any", [1]), FieldFilter("b", "array_contains_any", [2])]),
    ],
    ids=[
        "31 in", "31 contains any", "11 not in", "empty in", "empty not in", "empty contains any", "31 branches",
        "36 products", "not in and not equal", "two not equal", "not in and in", "not in and or",
        "two contains", "two contains any",
    ],
)  # fmt: skip
async def test_a_filter_beyond_the_documented_bounds(db: Any, condition: BaseFilter) -> None:
    """At most 30 disjunctions after expansion, 10 in not-in, one negation, one array filter to a conjunction."""
    with pytest.raises(InvalidArgument):
        await got(db.collection("things").where(filter=condition).get())


@pytest.mark.parametrize("count", [30, 10])
async def test_a_filter_at_the_bound(db: Any, count: int) -> None:
    """30 values for in, 10 for not-in, are accepted."""
    operator = "in" if count == 30 else "not-in"
    assert await got(db.collection("things").where(filter=FieldFilter("n", operator, list(range(count)))).get()) == []


_FROM = [{"collection_id": "things"}]
_NAME_IS_A_NUMBER = {"field": {"field_path": "__name__"}, "op": "EQUAL", "value": {"integer_value": 1}}
_BY_NAME = {"field": {"field_path": "__name__"}, "direction": "ASCENDING"}
_BY_N = [{"field": {"field_path": "n"}, "direction": "ASCENDING"}]


@pytest.mark.parametrize(
    "query",
    [
        {"from_": [{"collection_id": "things"}, {"collection_id": "others"}]},
        {"from_": _FROM, "limit": -1},
        {"from_": _FROM, "offset": -1},
        {"from_": _FROM, "order_by": _BY_N, "start_at": {"values": [{"integer_value": 1}] * 3}},
        {"from_": _FROM, "order_by": [{"field": {"field_path": ""}}]},
        {"from_": _FROM, "order_by": [{"field": {"field_path": "a..b"}}]},
        {"from_": _FROM, "order_by": [{"field": {"field_path": "odd name"}}]},
        {"from_": _FROM, "order_by": [_BY_NAME, *_BY_N]},
        {"from_": _FROM, "order_by": [_BY_NAME], "start_at": {"values": [{"integer_value": 1}]}},
        {"from_": _FROM, "select": {"fields": [{"field_path": "odd name"}]}},
        {"from_": _FROM, "where": {"field_filter": {"field": {"field_path": "n"}, "value": {"integer_value": 1}}}},
        {"from_": _FROM, "where": {"unary_filter": {"field": {"field_path": "n"}}}},
        {"from_": _FROM, "where": {"field_filter": {"field": {"field_path": "n"}, "op": "EQUAL"}}},
        {"from_": _FROM, "where": {"composite_filter": {"op": "AND"}}},
        {"from_": _FROM, "where": {"field_filter": _NAME_IS_A_NUMBER}},
    ],
    ids=[
        "two collections", "negative limit", "negative offset", "long cursor",
        "empty path", "broken path", "unquoted path", "order after the name",
        "cursor that is no name", "unquoted selection", "no operator", "no unary operator", "no value",
        "empty and", "name that is none",
    ],
)  # fmt: skip
def test_a_malformed_query(client: Any, query: dict[str, Any]) -> None:
    """What the hand-written clients never send is refused all the same."""
    with pytest.raises(InvalidArgument):
        list(
            generated(client).run_query(request={"parent": f"{database(client)}/documents", "structured_query": query})
        )


async def test_a_query_in_a_missing_parent_is_empty(db: Any) -> None:
    """The parent of a collection need not exist."""
    assert await got(db.collection("things/none/parts").order_by("x", direction=firestore.Query.DESCENDING).get()) == []
