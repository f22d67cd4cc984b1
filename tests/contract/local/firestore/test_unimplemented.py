"""What is not implemented says so by its name; nothing asked for is passed over in silence."""

from typing import Any

import pytest
from google.api_core.exceptions import MethodNotImplemented
from google.cloud.firestore_v1.base_vector_query import DistanceMeasure
from google.cloud.firestore_v1.query_profile import ExplainOptions
from google.cloud.firestore_v1.vector import Vector

from tests.contract.local.firestore.clients import got


async def test_vector_search_says_that_it_is_not_there(db: Any) -> None:
    """A nearest-neighbour query is refused, not answered as another one."""
    near = db.collection("things").find_nearest("v", Vector([1.0]), 1, DistanceMeasure.EUCLIDEAN)
    with pytest.raises(MethodNotImplemented, match="find_nearest"):
        await got(near.get())


async def test_query_explanation_says_that_it_is_not_there(db: Any) -> None:
    """For queries and aggregations, with and without analysis."""
    things = db.collection("things")
    for analyze in (True, False):
        options = ExplainOptions(analyze=analyze)
        with pytest.raises(MethodNotImplemented, match="explain_options"):
            await got(things.get(explain_options=options))
        with pytest.raises(MethodNotImplemented, match="explain_options"):
            await got(things.count().get(explain_options=options))


async def test_partitions_say_that_they_are_not_there(db: Any) -> None:
    """PartitionQuery is refused by its full name."""
    with pytest.raises(MethodNotImplemented, match=r"/google\.firestore\.v1\.Firestore/PartitionQuery"):
        await got(db.collection_group("things").get_partitions(3))


async def test_pipelines_say_that_they_are_not_there(db: Any) -> None:
    """ExecutePipeline is refused by its full name."""
    with pytest.raises(MethodNotImplemented, match=r"/google\.firestore\.v1\.Firestore/ExecutePipeline"):
        await got(db.pipeline().collection("things").execute())
