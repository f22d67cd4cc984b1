"""gRPC over HTTP/2, served within the event loop: a call here costs a third of one by way of gRPC's own threads."""
