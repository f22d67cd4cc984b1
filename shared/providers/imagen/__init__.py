"""Imagen on Vertex AI, by the prediction service's `predict`: generate, edit, enlarge.

Source of the parameters: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/imagen-api (and
-api-edit, -api-customization, -api-upscale), and google-genai's own converters, where the two differ.
"""

from shared.providers.imagen.provider import Imagen
from shared.providers.imagen.vertex import client

__all__ = ["Imagen", "client"]
