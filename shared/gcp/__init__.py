"""One adapter a port, of the same name, on Google's own clients."""
