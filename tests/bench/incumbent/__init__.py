"""What a user would build instead: Flask, Celery, Redis and PostgreSQL, as it was handed over.

Its API, its tasks and its table are a program of their own, which runs in .venv-bench; the rest here starts it.
It has no leases, no outbox, no retries of the model, and keeps nothing about a picture but where it is.
"""
