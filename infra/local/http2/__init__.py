"""gRPC over HTTP/2, served within the event loop: a call costs half of what it does by way of gRPC's own threads."""
