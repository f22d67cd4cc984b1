"""Updates by field mask."""

from collections.abc import Set as AbstractSet
from typing import Any

from infra.local.pubsub.errors import invalid


def merged(stored: Any, given: Any, mask: Any, changeable: AbstractSet[str]) -> Any:
    """A copy of `stored` with what `mask` names taken from `given`; what is named and not given is cleared.

    Raises:
        RpcError: INVALID_ARGUMENT: the mask is empty, or names a field that is none, or cannot be changed.
    """
    kind = stored.DESCRIPTOR.name
    if not mask.paths:
        raise invalid(f"The update_mask for the {kind} must be set, and must contain a non-empty paths list.")
    if not mask.IsValidForDescriptor(stored.DESCRIPTOR):
        raise invalid(f"The update_mask names what is no field of a {kind}: {', '.join(mask.paths)}.")
    for path in mask.paths:
        if path.split(".")[0] not in changeable:
            raise invalid(f"The field {path} of a {kind} cannot be changed.")
    updated = type(stored)()
    updated.CopyFrom(stored)
    mask.MergeMessage(given, updated, replace_message_field=True, replace_repeated_field=True)
    return updated
