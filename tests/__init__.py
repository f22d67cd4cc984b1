"""The tests: unit/ mirrors the tree; contract/, integration/, e2e/ and chaos/ go over the wire."""
