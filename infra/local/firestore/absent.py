"""What of Firestore is not here: refused by name, or different."""

from infra.local.firestore.errors import unimplemented
from infra.local.rpc import RpcError

# Parts of requests that are refused as UNIMPLEMENTED, and what they would ask for.
REFUSED = {
    "StructuredQuery.find_nearest": "vector search",
    "RunQueryRequest.explain_options": "query explain",
    "RunAggregationQueryRequest.explain_options": "query explain",
    "WriteRequest.stream_id": "resuming a write stream",
}
DIFFERENCES = (
    "Nobody is asked for credentials, and there are no security rules: every caller may do all.",
    "A database is there as soon as it is named, under any project.",
    (
        "Without `--indexes` every query is served. With it, a query that the file's indexes do not serve is "
        "refused as FAILED_PRECONDITION, naming the index that is missing, and the file's TTL policies are run."
    ),
    "There are no quotas: neither writes a second to a document nor bytes a second are bounded.",
)


def refusal(name: str) -> RpcError:
    """UNIMPLEMENTED, for one of the parts above."""
    return unimplemented(f"{name} is not implemented here: {REFUSED[name]}.")
