"""The incumbent's API: `POST /generate_image` (X-Idempotency-Key) → 202, `GET /v1/tasks/<id>`."""

import hashlib
import json
import threading
import uuid
from typing import Any

from celery.result import AsyncResult
from flask import Flask, jsonify, request
from psycopg_pool import ConnectionPool

from tests.bench.incumbent import settings
from tests.bench.incumbent.tasks import app as celery_app
from tests.bench.incumbent.tasks import generate

SHORTEST_KEY, LONGEST_KEY, LONGEST_PROMPT = 8, 128, 4000
INSERT = (
    "INSERT INTO tasks(id, idem_key, body_hash, status) VALUES (%s,%s,%s,'queued') "
    "ON CONFLICT (idem_key) DO NOTHING RETURNING id"
)
FIND = "SELECT id, body_hash FROM tasks WHERE idem_key=%s"

app = Flask(__name__)
_pool: Any = None
_lock = threading.Lock()


def pool() -> Any:
    """The connections to PostgreSQL, opened with the first request: after gunicorn's fork."""
    global _pool  # noqa: PLW0603 - one a process, as it is usual in Flask
    if _pool is None:
        with _lock:
            if _pool is None:
                opened = ConnectionPool(
                    settings.PG_DSN, min_size=2, max_size=16, kwargs={"autocommit": True}, open=True
                )
                opened.wait(10)
                _pool = opened
    return _pool


@app.get("/healthz")
def healthz() -> Any:
    """Whether the database answers."""
    with pool().connection() as connection:
        connection.execute("SELECT 1")
    return "ok"


@app.post("/generate_image")
def submit() -> Any:
    """Record the task, unless its key is used already, and put it into Celery's queue."""
    key = request.headers.get("X-Idempotency-Key", "")
    if not (SHORTEST_KEY <= len(key) <= LONGEST_KEY):
        return jsonify(error="X-Idempotency-Key required (8..128 chars)"), 400
    body = request.get_json(silent=True)
    if (
        not isinstance(body, dict)
        or not isinstance(body.get("prompt"), str)
        or not 0 < len(body["prompt"]) <= LONGEST_PROMPT
    ):
        return jsonify(error="prompt required"), 400
    delay = body.get("delay_ms", 0)
    digest = hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).digest()
    task_id = str(uuid.uuid4())
    with pool().connection() as connection:
        new = connection.execute(INSERT, (task_id, key, digest)).fetchone()
        if new is None:
            old_id, old_digest = connection.execute(FIND, (key,)).fetchone()
            if bytes(old_digest) != digest:
                return jsonify(error="idempotency key reused with another body"), 409
            return jsonify(task_id=str(old_id), status_url=f"/v1/tasks/{old_id}", duplicate=True), 202
    generate.apply_async(args=(body["prompt"], delay), task_id=task_id)
    return jsonify(task_id=task_id, status_url=f"/v1/tasks/{task_id}"), 202


@app.get("/v1/tasks/<task_id>")
def status(task_id: str) -> Any:
    """How it fares, by one GET of Redis."""
    # `state`, then `result`, would read twice until it is done.
    meta = AsyncResult(task_id, app=celery_app)._get_task_meta()  # noqa: SLF001
    answer = {"task_id": task_id, "status": meta["status"]}
    if meta["status"] == "SUCCESS":
        answer["result"] = meta["result"]
    return jsonify(answer)
