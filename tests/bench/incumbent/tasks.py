"""The incumbent's worker: claim the row, wait as long as the model takes, write its picture, mark the row done."""

import os
import time
from pathlib import Path
from typing import Any

import psycopg
from celery import Celery
from celery.signals import worker_process_init, worker_ready

from tests.bench.incumbent import settings

CLAIM = "UPDATE tasks SET status='running', started_at=clock_timestamp() WHERE id=%s AND status<>'done' RETURNING id"
DONE = "UPDATE tasks SET status='done', uri=%s, finished_at=clock_timestamp() WHERE id=%s"

app = Celery("incumbent", broker=settings.REDIS, backend=settings.REDIS)
app.conf.update(
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    task_track_started=True,
    task_reject_on_worker_lost=True,
    result_expires=3600,
    broker_connection_retry_on_startup=True,
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    worker_hijack_root_logger=False,
)
_picture = Path(settings.PICTURE).read_bytes()
_connection: Any = None


def connection() -> Any:
    """This process's one connection to PostgreSQL."""
    global _connection  # noqa: PLW0603 - one a process
    if _connection is None or _connection.closed:
        _connection = psycopg.connect(settings.PG_DSN, autocommit=True)
    return _connection


@worker_process_init.connect
def _connect(**_: Any) -> None:
    connection()


@worker_ready.connect
def _ready(**_: Any) -> None:
    if settings.READY_FILE:
        Path(settings.READY_FILE).touch()


@app.task(name="generate", bind=True, max_retries=3)
def generate(self: Any, prompt: str, delay_ms: int = 0) -> dict[str, Any]:  # noqa: ARG001 - its model takes none
    """Make the picture of one task; a message that is delivered again for one that is done is dropped."""
    task_id = self.request.id
    row = connection().execute(CLAIM, (task_id,)).fetchone()
    if row is None:
        return {"status": "done", "duplicate": True}
    if delay_ms:
        time.sleep(delay_ms / 1000)
    path = os.path.join(settings.OUT, task_id + ".png")  # noqa: PTH118 - as it was written: it is what is measured
    partial = path + ".part"
    with open(partial, "wb", buffering=0) as file:  # noqa: PTH123 - likewise
        file.write(_picture)
    os.replace(partial, path)  # noqa: PTH105 - likewise
    connection().execute(DONE, ("file://" + path, task_id))
    return {"uri": "file://" + path, "bytes": len(_picture)}
