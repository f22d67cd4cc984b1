"""What a function loads before its first answer, and with it: a process of its own, looked into."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping

import pytest

from shared.providers import PROVIDERS
from tests.processes import ROOT, clean_environment

# By function: what must not be there after its import, in any version.
MODELS = ("google.cloud.aiplatform", "google.genai", "vertexai", "PIL")
TRACING = ("opentelemetry.sdk", "opentelemetry.exporter")  # what a sampled request loads, on a thread
NEVER = {
    "submit": (*MODELS, *TRACING, "shared.providers", "google.cloud.storage", "google.oauth2.id_token"),
    "status": (
        *MODELS, *TRACING, "shared.providers", "google.pubsub", "google.cloud.pubsub", "google.cloud.storage",
        "google.oauth2.id_token",
    ),
    "openai": (*MODELS, *TRACING, "shared.providers", "google.oauth2.id_token"),
    "sweep": (*MODELS, *TRACING, "shared.providers"),
    "notify": (*MODELS, *TRACING, "shared.providers", "google.cloud.storage"),
    "generate": (*MODELS, *TRACING),
}  # fmt: skip
# By provider: the SDK that it brings.
SDKS = {"gemini": "google.genai", "imagen": "google.cloud.aiplatform"}
CONFIGURED = {
    "GOOGLE_CLOUD_PROJECT": "p",
    "VERTEX_EMULATOR_HOST": "127.0.0.1:9",
    "GOOGLE_VERTEX_BASE_URL": "http://127.0.0.1:9",
    "GCS_BUCKET_NAME": "b",
    "NANO_BANANA_API_KEY": "k",
    "REPLICATE_API_TOKEN": "k",
}
# Loaded when a request needs them: a function's first is most often POST or GET of a job, or a message.
LAZY = (
    "yaml", "tenacity", "PIL", "shared.gcp.listening", "shared.api.contract", "shared.api.dialects",
    "shared.api.batch_calls", "shared.api.command_calls", "shared.api.control_calls", "shared.api.dashboard_calls",
    "shared.api.delivery_calls", "shared.api.event_calls", "shared.api.image_calls", "shared.api.key_calls",
    "shared.api.list_calls", "shared.api.pages", "shared.api.read_batches", "shared.api.read_storyboards",
    "shared.api.storyboard_calls", "shared.api.upload_calls", "shared.api.usage_calls",
)  # fmt: skip


def loaded(program: str, environment: Mapping[str, str] | None = None) -> set[str]:
    """The modules in a process that ran `program`."""
    program = f"{program}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    variables = clean_environment({"PYTHONPATH": str(ROOT), **(environment or {})})
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("function", sorted(NEVER))
def test_an_import_loads_only_what_the_function_uses(function: str) -> None:
    """Neither a provider's SDK nor another function's clients."""
    modules = loaded(f"import runpy; runpy.run_path('functions/{function}/main.py')")
    assert "shared.config" in modules
    lazy = [name for name in LAZY if not (function == "openai" and name == "shared.api.dialects")]  # all that it speaks
    assert of(modules, *NEVER[function], *lazy) == []


@pytest.mark.parametrize("function", ["generate", "submit"])
def test_nothing_is_collected_while_a_function_is_loaded(function: str) -> None:
    """The collector would go through all that stays, a sixth of the time; afterwards it works again."""
    loaded(
        f"""
import functions_framework.aio, gc, runpy
before = gc.get_stats()
runpy.run_path('functions/{function}/main.py')
assert sum(each['collections'] for each in gc.get_stats()[1:]) <= 1 + sum(each['collections'] for each in before[1:])
assert gc.isenabled() and gc.get_freeze_count() > 50_000
"""
    )


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_a_provider_loads_no_other_s_sdk(name: str) -> None:
    """A worker pays for what it uses, and only then: a second and 150 MB at worst."""
    modules = loaded(
        f"""
import asyncio, os
from shared.clock import SystemClock
from shared.config import load
from shared.providers import Providers

async def make():
    await Providers(load(os.environ), SystemClock(None))({name!r})

asyncio.run(make())
""",
        CONFIGURED,
    )
    assert {provider for provider, sdk in SDKS.items() if of(modules, sdk)} == SDKS.keys() & {name}


PREPARE = """
import asyncio, os, sys
from shared.clock import SystemClock
from shared.config import load
from shared.providers import Providers

providers = Providers(load(os.environ), SystemClock(None))
"""


@pytest.mark.parametrize("name", [*sorted(PROVIDERS), ""])
def test_a_job_on_its_way_has_its_provider_loaded(name: str) -> None:
    """Before it asks, on a thread: the loop goes on; and of no other provider anything, nor of a name that is none."""
    modules = loaded(
        PREPARE
        + f"""
async def prepare():
    providers.prepare({name!r})
    providers.prepare({name!r})
    for other in asyncio.all_tasks() - {{asyncio.current_task()}}:
        await other
    assert len(providers._loading) == ({name!r} != '')

asyncio.run(prepare())
""",
        CONFIGURED,
    )
    assert {provider for provider, sdk in SDKS.items() if of(modules, sdk)} == SDKS.keys() & {name}
    assert (f"shared.providers.{name}" in modules) == (name in PROVIDERS)


@pytest.mark.parametrize("soon", [True, False])
@pytest.mark.parametrize(
    ("adapter", "made", "package"),
    [("job_queue", "queue_of", "google.pubsub_v1"), ("image_store", "images_of", "google.cloud.storage")],
)
def test_a_client_is_loaded_beside_the_database_s_answers_or_not_at_all(
    adapter: str,
    made: str,
    package: str,
    soon: bool,  # noqa: FBT001 - pytest's way
) -> None:
    """On a thread, by a function that needs it with each job; by others once it is asked for something."""
    modules = loaded(
        f"""
import asyncio, os, sys
from shared.config import load
from shared.gcp.{adapter} import {made}

async def begin():
    adapter = {made}(load(os.environ), soon={soon})
    async with asyncio.timeout(60):
        while {soon} and {package!r} not in sys.modules:
            await asyncio.sleep(0)

asyncio.run(begin())
""",
        CONFIGURED,
    )
    assert bool(of(modules, package)) == soon


def test_what_fails_to_load_is_told_to_the_job_that_asks() -> None:
    """As if nothing had been prepared; whoever asks later has it tried again."""
    loaded(
        PREPARE
        + """
async def ask():
    sys.modules['google.cloud.aiplatform_v1'] = None  # as where it is not installed
    providers.prepare('imagen')
    for _ in range(2):
        try:
            await providers('imagen')
        except ImportError:
            continue
        raise SystemExit('it was not told')
    del sys.modules['google.cloud.aiplatform_v1']
    await providers('imagen')

asyncio.run(ask(), debug=True)
""",
        CONFIGURED,
    )


def of(modules: set[str], *packages: str) -> list[str]:
    """Those that belong to the packages, in any version: google.pubsub is google.pubsub_v1, too."""
    return sorted(name for name in modules if re.match(rf"({'|'.join(map(re.escape, packages))})(_v\w+)?(\.|$)", name))
