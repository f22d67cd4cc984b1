"""A client of the music-video endpoints: scenes of an idea, and a character's portraits; waited for, or not."""

from dataclasses import dataclass
from typing import Any

import httpx


class MvRefused(Exception):
    """The service did not take it."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        super().__init__(f"{answer.status_code}: {answer.text}")


class ContractError(Exception):
    """An answer that the contract does not have."""


@dataclass(frozen=True)
class Accepted:
    """A job that was taken."""

    job_id: str
    status: str
    status_url: str


@dataclass(frozen=True)
class Scenes:
    """What was waited for."""

    job_id: str
    scenes: list[dict[str, str]]


@dataclass(frozen=True)
class Images:
    """What was waited for."""

    job_id: str
    images: list[dict[str, Any]]


class MvClient:
    """Speaks the contract, and insists on it."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=90, trust_env=False)

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def create_scenes(self, *, wait: int | None = None, key: str | None = None, **body: Any) -> Accepted | Scenes:
        """POST /api/mv/create_scenes."""
        answer = self._post("/api/mv/create_scenes", body, wait, key)
        if answer.status_code == 200:
            found = answer.json()
            _has(found, "scenes", "job_id")
            for scene in found["scenes"]:
                _has(scene, "description", "negative_description")
            return Scenes(found["job_id"], found["scenes"])
        return _accepted(answer, "/v1/storyboards/")

    def generate_character_reference(
        self, *, wait: int | None = None, key: str | None = None, **body: Any
    ) -> Accepted | Images:
        """POST /api/mv/generate_character_reference."""
        answer = self._post("/api/mv/generate_character_reference", body, wait, key)
        if answer.status_code == 200:
            found = answer.json()
            _has(found, "images", "job_id")
            for image in found["images"]:
                _has(image, "url", "mime_type", "width", "height")
            return Images(found["job_id"], found["images"])
        return _accepted(answer, "/v1/jobs/")

    def portrait_as_base64(self, wait: int, **body: Any) -> dict[str, str]:
        """The first portrait's bytes: `image_base64` and `mime_type`."""
        path = f"/api/mv/generate_character_reference?wait={wait}&base64=true"
        answer = self._http.post(path, json=body)
        if answer.status_code != 303 or "/images/0?base64" not in answer.headers["location"]:
            raise ContractError(f"{answer.status_code}: {answer.text}")
        found: dict[str, str] = self._http.get(answer.headers["location"]).raise_for_status().json()
        _has(found, "image_base64", "mime_type")
        return found

    def status(self, accepted: Accepted) -> dict[str, Any]:
        """GET the status address."""
        found: dict[str, Any] = self._http.get(accepted.status_url).raise_for_status().json()
        return found

    def _post(self, path: str, body: dict[str, Any], wait: int | None, key: str | None) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        params = {} if wait is None else {"wait": str(wait)}
        answer = self._http.post(path, json=body, params=params, headers=headers)
        if answer.status_code >= 400:
            raise MvRefused(answer)
        return answer


def _accepted(answer: httpx.Response, under: str) -> Accepted:
    found = answer.json()
    if answer.status_code != 202 or set(found) != {"job_id", "status", "status_url"}:
        raise ContractError(f"{answer.status_code}: {answer.text}")
    if found["status_url"] != f"{under}{found['job_id']}":
        raise ContractError(f"status_url is {found['status_url']}")
    return Accepted(**found)


def _has(found: dict[str, Any], *names: str) -> None:
    if set(found) != set(names):
        raise ContractError(f"{sorted(found)} where {sorted(names)} belong")
