"""Gemini's pictures. A call makes one: n of them are n calls at once."""

from shared.providers.gemini.door import Door, door_of
from shared.providers.gemini.provider import Gemini

__all__ = ["Door", "Gemini", "door_of"]
