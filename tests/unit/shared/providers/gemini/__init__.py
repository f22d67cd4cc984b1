"""Of shared/providers/gemini."""
