"""Refusals in the words of the real service."""

import grpc

from infra.local.rpc import RpcError


def invalid(message: str) -> RpcError:
    """INVALID_ARGUMENT."""
    return RpcError(grpc.StatusCode.INVALID_ARGUMENT, message)


def failed_precondition(message: str) -> RpcError:
    """FAILED_PRECONDITION."""
    return RpcError(grpc.StatusCode.FAILED_PRECONDITION, message)


def not_found(name: str) -> RpcError:
    """NOT_FOUND, for the topic or subscription `name`."""
    return RpcError(grpc.StatusCode.NOT_FOUND, f"Resource not found (resource={name.rsplit('/', 1)[-1]}).")


def already_exists(name: str) -> RpcError:
    """ALREADY_EXISTS, for the topic or subscription `name`."""
    text = f"Resource already exists in the project (resource={name.rsplit('/', 1)[-1]})."
    return RpcError(grpc.StatusCode.ALREADY_EXISTS, text)


def unimplemented(what: str) -> RpcError:
    """UNIMPLEMENTED: what is asked for exists at Google's, but not here."""
    return RpcError(grpc.StatusCode.UNIMPLEMENTED, f"{what} is not implemented here.")
