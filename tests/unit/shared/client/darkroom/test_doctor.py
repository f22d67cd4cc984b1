"""`darkroom doctor`, against servers that answer as a deployment does, or otherwise."""

import json
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from darkroom import Client
from darkroom.doctor import DIALECTS, Finding, examine, now_in_utc

from shared.config import Settings
from tests.fakes.http_server import Answer, Asked, HttpServer, json_answer
from tests.processes import ROOT
from tests.unit.shared.api.asking import Api


def a_model(**changes: Any) -> dict[str, Any]:
    """A model of GET /v1/models that nobody uses and nobody switches off."""
    model = {
        "id": "m", "aliases": [], "default": False, "retired": False, "sunset": None, "days_left": None,
        "successor": None,
    }  # fmt: skip
    return model | changes


class Service:
    """A deployment that a test describes."""

    def __init__(self) -> None:
        self.models: list[dict[str, Any]] = [a_model(aliases=["fast"], default=True)]
        self.answers: dict[str, Answer] = {"/health": json_answer({"status": "ok"})}
        self.opened: set[str] = set()  # paths that take what an unknown caller sends, and refuse an empty body

    def __call__(self, asked: Asked) -> Answer:
        """As `HttpServer` asks for it."""
        if asked.path in DIALECTS.values():
            return json_answer({}, 400 if asked.path in self.opened else 401)
        if asked.path not in self.answers and "authorization" not in asked.headers:
            return json_answer({}, 401)
        return self.answers.get(asked.path, json_answer({"models": self.models}))


@pytest.fixture
def service() -> Service:
    """One that is well."""
    return Service()


@pytest.fixture
def server(service: Service) -> Iterator[HttpServer]:
    """Where it answers."""
    with HttpServer(service).running() as server:
        yield server


def found(server: HttpServer, *, ahead: float = 0, api_key: str = "k") -> list[Finding]:
    """What is found, by a machine whose clock is so many seconds ahead."""
    with Client(server.url, api_key, retries=0) as client:
        return list(examine(client, lambda: now_in_utc() + timedelta(seconds=ahead)))


def needed(findings: list[Finding]) -> list[tuple[str, str]]:
    """What somebody has to do: of what, and what."""
    return [(finding.subject, finding.action) for finding in findings if finding.severity == "action"]


def test_nothing_is_wrong_with_a_deployment_that_is_well(server: HttpServer) -> None:
    """Each look is told."""
    findings = found(server)
    assert [(finding.severity, finding.subject) for finding in findings] == [
        ("ok", "health"), ("ok", "clock"), ("ok", "models"), ("ok", "access"),
    ]  # fmt: skip
    keys = [asked.headers.get("authorization") for asked in server.asked]
    assert keys == ["Bearer k", "Bearer k", *[None] * (1 + len(DIALECTS))]


def test_a_dialect_that_is_open_to_strangers_is_warned_of(server: HttpServer, service: Service) -> None:
    """By trying, as any stranger could; one that is switched off is not there."""
    service.opened = {DIALECTS["iga"]}
    notes = [finding for finding in found(server) if finding.severity == "note"]
    assert [finding.subject for finding in notes] == ["access"]
    assert "dialect iga without a key" in notes[0].message
    assert "DIALECT_TENANTS" in notes[0].action


def test_a_deployment_without_a_lock_is_warned_of(server: HttpServer, service: Service) -> None:
    """Once; its dialects are as open as all of it."""
    service.answers["/v1/models"] = json_answer({"models": service.models})
    notes = [finding for finding in found(server) if finding.severity == "note"]
    assert [(finding.subject, "asks for no key" in finding.message) for finding in notes] == [("access", True)]


@pytest.mark.parametrize(("days_left", "due"), [(61, False), (60, True), (0, True), (-144, True)])
def test_a_model_in_use_is_to_be_left_60_days_before_it_goes(
    server: HttpServer,
    service: Service,
    days_left: int,
    due: bool,  # noqa: FBT001 - a row
) -> None:
    """For its successor, in each place that names it."""
    service.models = [
        a_model(aliases=["fast", "quick"], default=True, sunset="2027-05-28", days_left=days_left, successor="s")
    ]
    action = "Set IMAGE_MODEL to s. Point fast and quick at s in shared/catalog/models.yaml and deploy."
    assert needed(found(server)) == ([("m", action)] if due else [])


def test_a_retired_model_in_use_is_to_be_left(server: HttpServer, service: Service) -> None:
    """Also without a successor."""
    service.models = [a_model(default=True, retired=True, sunset="2025-09-24", days_left=-423)]
    assert needed(found(server)) == [("m", "Set IMAGE_MODEL to another model.")]


def test_what_nobody_uses_is_only_worth_knowing(server: HttpServer, service: Service) -> None:
    """What goes, and what is gone."""
    service.models += [
        a_model(id="going", sunset="2026-12-01", days_left=10, successor="s"),
        a_model(id="gone", sunset="2025-12-01", days_left=-355, successor="s", retired=True),
    ]
    findings = found(server)
    assert needed(findings) == []
    notes = {finding.subject: finding.message for finding in findings if finding.severity == "note"}
    assert notes == {
        "going": "switched off on 2026-12-01, in 10 days; requests for it go on with s",
        "retired ids": "what runs in their place: gone → s",
    }


@pytest.mark.parametrize(("ahead", "which"), [(40, "behind"), (-40, "ahead of")])
def test_clocks_that_differ_are_to_be_set(server: HttpServer, ahead: float, which: str) -> None:
    """By more than half a minute."""
    clock = found(server, ahead=ahead)[1]
    assert (clock.severity, clock.subject) == ("action", "clock")
    assert f" s {which} this machine's" in clock.message
    assert found(server, ahead=ahead / 2)[1].severity == "ok"


NO_HTML = Answer(200, b"<html>", {"Content-Type": "text/html"})
CLOSED = json_answer({"detail": "This deployment is closed."}, 401)


@pytest.mark.parametrize(
    ("path", "answer", "says"),
    [
        ("/v1/models", CLOSED, ("answered 401: This deployment is closed.", "DARKROOM_API_KEY")),
        ("/v1/models", json_answer({}, 404), ("answered 404", "DARKROOM_URL")),
        ("/v1/models", Answer(502, b"bad"), ("answered 502: Bad Gateway", "logs")),
        ("/v1/models", NO_HTML, ("not what Darkroom answers: '<html>'", "DARKROOM_URL")),
        ("/v1/models", json_answer({"models": [{"id": "m"}]}), ("not what this version of darkroom knows", "version")),
        ("/health", json_answer({"status": "ill"}), ("it says of itself: ill", "logs")),
        ("/health", Answer(reset=True), ("cannot be reached", "DARKROOM_URL")),
    ],
)
def test_an_answer_that_cannot_be_used_says_what_to_do(
    server: HttpServer, service: Service, path: str, answer: Answer, says: tuple[str, str]
) -> None:
    """Whatever came."""
    service.answers[path] = answer
    problems = [finding for finding in found(server) if finding.severity == "action"]
    assert len(problems) == 1
    assert says[0] in problems[0].message
    assert says[1] in problems[0].action


def darkroom(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, as `make setup` has installed it."""
    command = [str(ROOT / ".venv" / "bin" / "darkroom"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=ROOT)


def test_the_command_ends_with_1_when_something_is_to_be_done(server: HttpServer, service: Service) -> None:
    """In JSON for programs, in a table for people; the catalogue that ships has models in use that are over."""
    well = darkroom("doctor", "--url", server.url, "--api-key", "k", "--json")
    assert (well.returncode, json.loads(well.stdout)["ok"]) == (0, True)
    listed = Api(Settings(auth_mode="none")).status.get("/v1/models").json()
    service.answers["/v1/models"] = json_answer(listed)
    ill = darkroom("doctor", "--url", server.url, "--json")
    report = json.loads(ill.stdout)
    assert (ill.returncode, report["ok"], report["url"]) == (1, False, server.url)
    fast = next(finding for finding in report["findings"] if finding["subject"] == "imagen-4.0-fast-generate-001")
    assert fast["action"] == "Point fast at gemini-3.1-flash-image in shared/catalog/models.yaml and deploy."
    shown = darkroom("doctor", "--url", server.url)
    assert shown.returncode == 1
    assert "imagen-4.0-fast-generate-001" in shown.stdout


def test_an_address_that_is_none_is_told() -> None:
    """With one that is."""
    done = darkroom("doctor", "--url", "example", "--json")
    assert done.returncode == 1
    assert "http://127.0.0.1:8080" in json.loads(done.stdout)["findings"][-1]["action"]
