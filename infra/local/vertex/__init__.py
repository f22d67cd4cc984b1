"""Vertex AI: Imagen by `predict`, Gemini by `generateContent`, painted instead of inferred."""
