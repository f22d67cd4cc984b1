"""Whole tasks, from a client to the picture and back."""
