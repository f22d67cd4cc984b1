"""Refusals in the words of the real service."""

import grpc

from infra.local.rpc import RpcError


def invalid(message: str) -> RpcError:
    """INVALID_ARGUMENT."""
    return RpcError(grpc.StatusCode.INVALID_ARGUMENT, message)


def failed_precondition(message: str) -> RpcError:
    """FAILED_PRECONDITION."""
    return RpcError(grpc.StatusCode.FAILED_PRECONDITION, message)


def not_found(message: str) -> RpcError:
    """NOT_FOUND."""
    return RpcError(grpc.StatusCode.NOT_FOUND, message)


def already_exists(message: str) -> RpcError:
    """ALREADY_EXISTS."""
    return RpcError(grpc.StatusCode.ALREADY_EXISTS, message)


def aborted(message: str) -> RpcError:
    """ABORTED: the client may try the transaction again."""
    return RpcError(grpc.StatusCode.ABORTED, message)


def unimplemented(message: str) -> RpcError:
    """UNIMPLEMENTED: what is asked for exists at Google's, but not here."""
    return RpcError(grpc.StatusCode.UNIMPLEMENTED, message)
