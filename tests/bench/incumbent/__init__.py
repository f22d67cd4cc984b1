"""What a user would build instead: Flask, Celery, Redis and PostgreSQL, as it was handed over.

Its API, its tasks and its table are a program of their own, which runs in .venv-bench; the rest here starts it.

What it is fast by: Redis keeps no append-only file, which is Debian's default, so that a crash may lose an accepted
job; a crash between the INSERT and the queue leaves a row without a job; a machine that dies keeps its jobs for the
hour of Celery's visibility timeout. It retries no model, looks at no picture, and keeps nothing about one but where it
is. Ours does all of that in the same time that is measured.
"""
