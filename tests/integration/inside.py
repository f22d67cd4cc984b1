"""What tests look at behind the API: objects, documents and the calls that were made for them."""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore, storage

from tests.integration.api import Api, Job, a_prompt
from tests.processes import Control
from tests.stack import RunningStack
from tests.waiting import until

QUIET_LOOKS = 5
MODEL_SECONDS = 60  # of a slow model, by the local cloud's clock
# What each process reads now and then, whatever it is asked: tenants and keys once a minute, for one.
NOW_AND_THEN = ("/documents/tenants/", "/documents/api_keys/", "/documents/controls/")


@contextmanager
def counting(control: Control) -> Iterator[Counter[str]]:
    """The calls made within the block, by `service.Method`, but for what is read now and then; filled when it ends.

    It begins when what went before has come to its end: a worker, for one, has more to do when its job is completed.
    """
    calls = Counter[str]()
    until(quiet(control))
    with control.tracing() as traced:
        before = Counter(control.counts())
        yield calls
        made = Counter(control.counts()) - before
        asides = [call for call in traced() if any(name in call["about"] for name in NOW_AND_THEN)]
    calls.update(made - Counter(f"{call['service']}.{call['method']}" for call in asides))


def quiet(control: Control) -> Callable[[], bool]:
    """Whether a few looks, one after the other, found the same counts."""
    seen = deque[dict[str, int]](maxlen=QUIET_LOOKS)

    def look() -> bool:
        seen.append(control.counts())
        return seen.count(seen[0]) == QUIET_LOOKS

    return look


def in_the_model(api: Api, control: Control, **body: Any) -> Job:
    """A job whose model is at work, and answers when the local cloud's clock is moved on by MODEL_SECONDS."""
    called = control.counts().get("vertex.Predict", 0)
    job = api.submit(**{"prompt": slow_prompt(), **body})
    until(lambda: control.counts().get("vertex.Predict", 0) > called)
    return api.reached(job, "generating")


def slow_prompt() -> str:
    """A prompt that takes the model MODEL_SECONDS."""
    return a_prompt(f"[[slow {MODEL_SECONDS}]]")


class Inside:
    """The bucket and the database of a stack, through Google's own clients."""

    def __init__(self, running: RunningStack) -> None:
        variables = running.environment
        project = variables["GOOGLE_CLOUD_PROJECT"]
        with pytest.MonkeyPatch.context() as patch:
            for name in ("FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST"):
                patch.setenv(name, variables[name])
            credentials = AnonymousCredentials()
            self.database = firestore.Client(project=project, credentials=credentials)
            self.storage = storage.Client(project=project, credentials=credentials)
            # The transport reads the variable when it is first used.
            self._transport = self.database._firestore_api.transport  # noqa: SLF001 - Google's close leaves it open
        self.bucket = self.storage.bucket(variables["GCS_BUCKET_NAME"])
        self._sweep = running.function_url("sweep") if "sweep" in running.stack.names else ""

    def close(self) -> None:
        """Close both clients."""
        self._transport.close()
        self.storage.close()

    def objects(self, job: Job) -> list[Any]:
        """The objects that are the job's, by name, wherever they lie."""
        return [blob for blob in self.bucket.list_blobs() if f"_{job['id']}_" in blob.name]

    def names(self, job: Job) -> list[str]:
        """Their names."""
        return [blob.name for blob in self.objects(job)]

    def documents(self, **fields: Any) -> list[dict[str, Any]]:
        """The jobs with these fields, as they are stored."""
        query: Any = self.database.collection("jobs")
        for name, value in fields.items():
            query = query.where(filter=firestore.FieldFilter(name, "==", value))
        return [snapshot.to_dict() for snapshot in query.get()]

    def make_due(self, job: Job) -> None:
        """Let the time have come at which `sweep` is to look at the job."""
        self.database.collection("jobs").document(job["id"]).update({"wake_at": datetime.now(UTC)})

    def swept(self, repair: str) -> None:
        """Have `sweep` look until it has made such a repair; what other tests left may be repaired with it."""
        until(lambda: self.sweep().get(repair))

    def passed_over(self, job: Job) -> bool:
        """Whether `sweep`, when it looks now, leaves the job as it is."""
        stored = self.documents(id=job["id"])
        self.sweep()
        return self.documents(id=job["id"]) == stored

    def sweep(self) -> dict[str, int]:
        """Have `sweep` look at once; gives its repairs by kind, those of what other tests left too."""
        answer = httpx.post(self._sweep, json={}, timeout=60, trust_env=False).raise_for_status()
        repaired: dict[str, int] = answer.json()["repaired"]
        return repaired


def referenced(job: Job) -> list[str]:
    """The names of the objects that the job has by its own account: each image, what lies beside it, and its JSON."""
    images = [_name(image["uri"]) for image in job["images"]]
    beside = [_name(image[kind]["uri"]) for image in job["images"] for kind in ("original", "thumbnail") if image[kind]]
    return sorted([*images, *beside, *(f"{name}.json" for name in images)])


def _name(uri: str) -> str:
    return uri.split("/", 3)[3]
