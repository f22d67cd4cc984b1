"""What the runner is told by environment variables, and what the functions are told by it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.addresses import SERVICES, TRACES, VARIABLES
from infra.local.ports import HOST, authority

ROOT = Path(__file__).resolve().parent.parent.parent
# Where the user's environment says nothing.
DEFAULTS = {
    "GOOGLE_CLOUD_PROJECT": "darkroom-local",
    "GCS_BUCKET_NAME": "darkroom-images",
    "VERTEX_LOCATION": "us-central1",
    "AUTH_MODE": "none",
    "LOG_LEVEL": "INFO",
    "WEBHOOK_SECRETS": "whsec_bG9jYWwtd2ViaG9va3MtYXJlLW5vLXNlY3JldA==",  # known to all who can read this
    "CALLBACK_SECRET": "local-callbacks-are-no-secret",  # nor is this one a secret
    "PRIVATE_ADDRESSES": "true",
    "SCENE_WRITER": "local",  # the local Gemini's texts follow a schema, but nobody would want to read them
    "CORS_ORIGINS": "http://localhost:*,http://127.0.0.1:*",  # a front end that is being made, on its own server
    "PUBLIC_URL_SECRET": "local-links-are-no-secret",  # no secret either
    "REQUESTS_PER_MINUTE": "0",  # whoever has the machine may keep it busy
}
# Read by functions-framework's command line, and not meant for it here.
NOT_FOR_FUNCTIONS = {"DEBUG", "HOST", "PORT", "FUNCTION_TARGET", "FUNCTION_SOURCE", "FUNCTION_SIGNATURE_TYPE"}


class SettingsError(Exception):
    """A variable that the runner reads is wrong; the text names it."""


@dataclass(frozen=True)
class Settings:
    """How a stack is to be run."""

    port: int = 8080  # of the gateway; 0: any free one
    folder: Path = ROOT / ".local"
    folder_given: bool = False
    vertex_real: bool = False
    lease_seconds: int = 180
    sweep_seconds: float = 5.0  # between two calls of sweep; 0: none
    given: Mapping[str, str] = field(default_factory=dict)  # the user's environment

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Settings":
        """From environment variables.

        Raises:
            SettingsError: a value cannot be used.
        """
        vertex = given.get("VERTEX", "")
        if vertex not in {"", "local", "real"}:
            raise SettingsError(f"VERTEX={vertex!r}: it is `real`, or left out")
        if vertex == "real" and not given.get("GOOGLE_CLOUD_PROJECT"):
            raise SettingsError("VERTEX=real bills a project of yours: say which, as GOOGLE_CLOUD_PROJECT=…")
        if vertex == "real" and given.get("VERTEX_EMULATOR_HOST"):
            raise SettingsError("VERTEX=real and VERTEX_EMULATOR_HOST contradict each other: unset one")
        return cls(
            port=int(_number(given, "PORT", 8080, 0, 65535)),
            folder=Path(given.get("LOCAL_DIR") or ROOT / ".local").resolve(),
            folder_given=bool(given.get("LOCAL_DIR")),
            vertex_real=vertex == "real",
            # With the 20 s of the broker on top, Pub/Sub's bounds of an ack deadline: 10 to 600.
            lease_seconds=int(_number(given, "LEASE_SECONDS", 180, 5, 580)),
            sweep_seconds=_number(given, "SWEEP_SECONDS", 5, 0, 3600),
            given=given,
        )

    def services(self) -> list[str]:
        """The services to be started: those that the environment does not point elsewhere."""
        own = [name for name in SERVICES if not self.given.get(VARIABLES[name][0])]
        return [name for name in own if not (name == "vertex" and self.vertex_real)]

    def common(self, cloud: Mapping[str, int], public_url: str) -> dict[str, str]:
        """The environment of every process of the stack; `cloud` is the local cloud's ports by service."""
        ours = {name: self.given.get(name, value) for name, value in DEFAULTS.items()}
        if self.vertex_real:
            ours["SCENE_WRITER"] = self.given.get("SCENE_WRITER", "gemini")
        addresses = {
            VARIABLES[name][0]: VARIABLES[name][1].format(authority(HOST, port)) for name, port in cloud.items()
        }
        if "control" in cloud and not self.given.get(TRACES):
            addresses[TRACES] = addresses[VARIABLES["control"][0]]
        storage = self.given.get("STORAGE_EMULATOR_HOST", "")
        if storage and "://" not in storage:  # Google's client wants a scheme, and people forget it
            addresses["STORAGE_EMULATOR_HOST"] = f"http://{storage}"
        inherited = {name: value for name, value in self.given.items() if name not in NOT_FOR_FUNCTIONS}
        if self.vertex_real:
            inherited.pop("GOOGLE_VERTEX_BASE_URL", None)
        direct = ",".join(
            filter(None, [self.given.get("NO_PROXY") or self.given.get("no_proxy"), "127.0.0.1,localhost"])
        )
        return {
            **inherited,
            **ours,
            **addresses,
            "PUBLIC_URL": self.given.get("PUBLIC_URL") or public_url,
            "NO_PROXY": direct,
            "no_proxy": direct,
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "FUNCTION_USE_ASGI": "true",
            # Else Google's storage client asks for the bucket's metadata behind the program's back.
            "DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA": "true",
        }


def _number(given: Mapping[str, str], name: str, default: float, least: float, most: float) -> float:
    text = given.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise SettingsError(f"{name}={text!r}: it is a number from {least:g} to {most:g}")
    return value
