"""One real image of a real provider; never part of `make test`."""
