"""HTTP: routes, problems, views. Parses, calls a use case, renders."""
