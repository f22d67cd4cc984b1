"""gRPC over HTTP/2, served within the event loop: a call here costs half of what it did by way of gRPC's own threads."""
