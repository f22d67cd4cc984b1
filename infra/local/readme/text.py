"""The README as a whole: what is written for it, and what the services say of themselves."""

from collections.abc import Iterable
from pathlib import Path
from textwrap import fill

from infra.local import examples
from infra.local.__main__ import parser
from infra.local.addresses import SIGNER_KEY, TRACES, VARIABLES
from infra.local.clock import Clock
from infra.local.control import control_service
from infra.local.disk import Disk
from infra.local.faults import Faults
from infra.local.kernel import Kernel
from infra.local.metrics.service import metrics_service
from infra.local.readme import limits
from infra.local.readme.services import firestore, pubsub, storage, vertex
from infra.local.readme.tables import bullets, control, fault_effects, fault_fields, table
from infra.local.storage.service import CloudStorage
from infra.local.traces import traces_service

_INTRODUCTION = """\
# A Google Cloud on this machine

Firestore, Pub/Sub, Cloud Storage and Vertex AI (Imagen and Gemini) in one Python process, for Google's own client
libraries: to develop and to test against, with no account, no Docker and no Java. It starts in about a second.

It is strict. What it answers is what the real service answers, down to preconditions, isolation, error codes and
limits; what it does not have it refuses by name, as UNIMPLEMENTED (501 over HTTP), and never passes over in silence.
And it can do what the real one does only on bad days: fail, hang, lose an answer, deliver twice.

This file is made of the code by `python -m infra.local.readme`; a test holds the two together.
"""

_USE = """\
(In the root of this repository, with `.venv/bin` first in `PATH`, as `make setup` made it.)

`eval` comes back when everything answers. The variables are those that Google's clients look into, so programs need no
change. Without `eval`: `python -m infra.local` prints the same `export` lines,
then `# ready`, and goes on until Ctrl-C. Where it cannot start it says why in one line, and exits with 1.
"""

_WHAT = {
    "firestore": "Firestore, over gRPC",
    "pubsub": "Pub/Sub, over gRPC",
    "storage": "Cloud Storage, over HTTP",
    "vertex": "Vertex AI, over gRPC, for programs that look into it: Google's clients have no variable for that",
    "vertex_rest": "Vertex AI, over HTTP",
    "control": "the control port",
}

_DURABILITY = """\
Without `--data` all is in memory and ends with the process. With `--data DIR`, Firestore, Pub/Sub and Cloud Storage
keep SQLite databases (write-ahead) and files in DIR, which one process has at a time. Whatever was acknowledged
survives `kill -9`: it is written before the answer is sent. It need not survive a power cut, since
nothing waits for the disk itself. Old versions for reads in the past, open transactions, faults, counts and a clock
moved forward are in memory alone; but time never goes back behind what is stored. Removing DIR forgets everything.
"""

_CONTROL = """\
The control port (`LOCAL_CLOUD_CONTROL`) speaks HTTP and JSON. It sets faults, counts calls, and moves the clock.
It also takes traces by OTLP, as a collector does, keeps the last of them, and shows them under `/local/traces`.
With `--logs` it shows under `/local/metrics` what the functions' logs come to, by the tables of `infra/cloud`.
"""

_FAULTS = """\
A fault is a rule: which calls, what happens, how often. Several may be in force, and a call meets all that match.
"""


def readme() -> str:
    """The text of infra/local/README.md."""
    disk = Disk(None)
    try:
        kernel = Kernel(Clock(), disk, Faults())
        cloud_storage = CloudStorage(kernel)
        shown = metrics_service(kernel, Path())
        parts_of = (control_service(kernel), traces_service(kernel), shown, cloud_storage.control())
        operations = [each for part in parts_of for each in part.offered]
        parts = [
            _INTRODUCTION,
            *_usage(),
            "## Firestore\n", *firestore(),
            "## Pub/Sub\n", *pubsub(),
            "## Cloud Storage\n", *storage(cloud_storage),
            "## Vertex AI\n", *vertex(kernel),
            "## Limits of every gRPC port\n", bullets(limits.GRPC), "",
            "## The control port\n", _CONTROL, control(operations), "",
            "## Faults\n", _FAULTS, fault_fields(), "", fault_effects(), "",
            "## What survives\n", _DURABILITY,
        ]  # fmt: skip
    finally:
        disk.close()
    return "\n".join(parts).rstrip() + "\n"


def _usage() -> Iterable[str]:
    yield "## Use\n"
    yield _block("sh", examples.START)
    yield _USE
    rows = [(f"`{variable}`", _WHAT[name]) for name, (variable, _) in VARIABLES.items()]
    rows.append((f"`{TRACES}`", "the control port again: OpenTelemetry's exporters add `/v1/traces`"))
    rows.append((f"`{SIGNER_KEY}`", "a service account's key file: `generate_signed_url` with it gives URLs that work"))
    yield table(("variable", "of"), rows) + "\n"
    yield "In Python:\n"
    yield _block("python", examples.PYTHON)
    yield "Gemini, with `google-genai`:\n"
    yield _block("python", examples.VERTEX)
    yield "With curl:\n"
    yield _block("sh", examples.CURL)
    yield "Counts of calls, faults, and the clock:\n"
    yield _block("sh", examples.CONTROL)
    yield "### Options\n"
    yield bullets(_options()) + "\n"


def _options() -> Iterable[str]:
    options = parser()
    for action in options._actions:  # noqa: SLF001 - argparse offers no other way to its options
        said = (action.help or "") % {"default": action.default, "prog": options.prog}
        value = f" {action.metavar or ''}".rstrip()
        yield fill(f"`{action.option_strings[-1]}{value}`: {said}", 118, subsequent_indent="  ", break_on_hyphens=False)


def _block(language: str, code: str) -> str:
    return f"```{language}\n{code}\n```\n"
