"""The plain protobuf messages of Firestore, without the wrappers of Google's client: those cost ten times more."""

from typing import Any

from google.cloud.firestore_v1.types import aggregation_result, bloom_filter, common, document, firestore, query, write
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.status_pb2 import Status

Document: Any = document.Document.pb()
Value: Any = document.Value.pb()
ArrayValue: Any = document.ArrayValue.pb()
MapValue: Any = document.MapValue.pb()
Write: Any = write.Write.pb()
WriteResult: Any = write.WriteResult.pb()
BloomFilter: Any = bloom_filter.BloomFilter.pb()
AggregationResult: Any = aggregation_result.AggregationResult.pb()
StructuredQuery: Any = query.StructuredQuery.pb()
TransactionOptions: Any = common.TransactionOptions.pb()
BatchGetDocumentsResponse: Any = firestore.BatchGetDocumentsResponse.pb()
BeginTransactionResponse: Any = firestore.BeginTransactionResponse.pb()
BatchWriteResponse: Any = firestore.BatchWriteResponse.pb()
CommitResponse: Any = firestore.CommitResponse.pb()
ListCollectionIdsResponse: Any = firestore.ListCollectionIdsResponse.pb()
ListDocumentsResponse: Any = firestore.ListDocumentsResponse.pb()
ListenResponse: Any = firestore.ListenResponse.pb()
RunQueryResponse: Any = firestore.RunQueryResponse.pb()
RunAggregationQueryResponse: Any = firestore.RunAggregationQueryResponse.pb()
TargetChange: Any = firestore.TargetChange.pb()
WriteResponse: Any = firestore.WriteResponse.pb()

__all__ = [
    "AggregationResult",
    "ArrayValue",
    "BatchGetDocumentsResponse",
    "BatchWriteResponse",
    "BeginTransactionResponse",
    "BloomFilter",
    "CommitResponse",
    "Document",
    "ListCollectionIdsResponse",
    "ListDocumentsResponse",
    "ListenResponse",
    "MapValue",
    "RunAggregationQueryResponse",
    "RunQueryResponse",
    "Status",
    "StructuredQuery",
    "TargetChange",
    "Timestamp",
    "TransactionOptions",
    "Value",
    "Write",
    "WriteResponse",
    "WriteResult",
    "micros_of",
    "set_time",
]

_MICRO = 1_000_000


def micros_of(timestamp: Any) -> int:
    """Microseconds since the epoch of a protobuf timestamp, cut off below."""
    return int(timestamp.seconds) * _MICRO + int(timestamp.nanos) // 1000


def set_time(timestamp: Any, micros: int) -> None:
    """Set a protobuf timestamp to `micros` since the epoch."""
    timestamp.seconds, rest = divmod(micros, _MICRO)
    timestamp.nanos = rest * 1000
