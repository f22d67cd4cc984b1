"""The API against its own contract: schemathesis asks what nobody thought of."""
