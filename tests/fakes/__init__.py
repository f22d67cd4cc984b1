"""One fake a port, of the same name: hand-written, in memory, and held to the port's contract like the real one."""
