"""The README of the local cloud, made of what the code says of itself."""
