"""What Darkroom does, one use case a file; they know ports, never vendors."""
