"""What is not implemented says so by its name; nothing asked for is passed over in silence."""

from typing import Any

import grpc
import pytest
from google.api_core.exceptions import MethodNotImplemented
from google.cloud.firestore_v1.base_vector_query import DistanceMeasure
from google.cloud.firestore_v1.query_profile import ExplainOptions
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.cloud.firestore_v1.vector import Vector

from infra.local.rpc import Method, methods_of
from tests.contract.local.firestore.clients import got

NOT_IMPLEMENTED = {"ExecutePipeline", "PartitionQuery"}


@pytest.mark.parametrize("method", methods_of(FirestoreGrpcTransport), ids=lambda method: method.name)
def test_every_rpc_is_implemented_or_says_not(emulator: str, method: Method) -> None:
    """An RPC that the server lacks is UNIMPLEMENTED by its full name; all others are there."""
    with grpc.insecure_channel(emulator) as channel:
        ends = ("stream" if streams else "unary" for streams in (method.client_streams, method.server_streams))
        call = getattr(channel, "_".join(ends))(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )
        request = method.request()
        code, details = grpc.StatusCode.OK, None
        try:
            answer = call(iter([request]) if method.client_streams else request, timeout=5)
            if method.server_streams:
                list(answer)
        except grpc.RpcError as error:
            code, details = error.code(), error.details()
    if method.name in NOT_IMPLEMENTED or not method.path.startswith("/google.firestore.v1.Firestore/"):
        assert code == grpc.StatusCode.UNIMPLEMENTED
        assert method.path in str(details)
    else:
        assert code != grpc.StatusCode.UNIMPLEMENTED


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
