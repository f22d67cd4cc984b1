"""A deployment of Darkroom, over HTTP."""

from types import TracebackType
from typing import Any, Self

import httpx

LOCAL = {"127.0.0.1", "localhost", "::1"}


class DeploymentError(Exception):
    """The deployment did not answer as it should; the text says how, and `advice` what to do."""

    def __init__(self, text: str, advice: str) -> None:
        super().__init__(text)
        self.advice = advice


class Deployment:
    """One address and the key to it; use it as a context manager, which closes its connections."""

    def __init__(self, url: str, api_key: str | None = None, *, seconds: float = 10) -> None:
        """Take `https://…`, or `http://127.0.0.1:8080` of a local stack; `seconds` bounds each step of a call.

        Raises:
            DeploymentError: that is no address.
        """
        self.url = url.rstrip("/")
        try:
            address = httpx.URL(self.url)
        except httpx.InvalidURL as exc:
            raise _no_address(url) from exc
        if address.scheme not in {"http", "https"} or not address.host:
            raise _no_address(url)
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        # No proxy leads to this machine itself.
        self._http = httpx.Client(
            base_url=self.url, headers=headers, timeout=seconds, trust_env=address.host not in LOCAL
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str) -> httpx.Response:
        """The answer, which succeeded.

        Raises:
            DeploymentError: it did not.
        """
        return self.ask("GET", path)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """The answer to any call, which succeeded.

        Raises:
            DeploymentError: it did not.
        """
        answer = self._answer(self._http.build_request(method, path, json=body))
        if answer.is_success:
            return answer
        raise DeploymentError(f"{method} {path} answered {answer.status_code}: {_detail(answer)}", _advice(answer))

    def as_stranger(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """Whatever is answered to somebody without a key.

        Raises:
            DeploymentError: nothing is.
        """
        request = self._http.build_request(method, path, json=body)
        request.headers.pop("Authorization", None)
        return self._answer(request)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._http.send(request)
        except httpx.HTTPError as exc:
            text = f"{self.url} cannot be reached: {exc or type(exc).__name__}"
            raise DeploymentError(text, "Check the address (--url or DARKROOM_URL) and that it is up.") from exc


def body_of(answer: httpx.Response) -> dict[str, Any]:
    """The object in an answer.

    Raises:
        DeploymentError: it has none, so it is not Darkroom's.
    """
    try:
        body = answer.json()
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body
    text = f"{answer.request.url.path} is not what Darkroom answers: {answer.text[:80]!r}"
    raise DeploymentError(text, "Check that the address (--url or DARKROOM_URL) is a deployment of Darkroom.")


def _no_address(url: str) -> DeploymentError:
    advice = "Give --url or DARKROOM_URL such as https://images.example.com or http://127.0.0.1:8080."
    return DeploymentError(f"{url!r} is no address of a deployment", advice)


def _detail(answer: httpx.Response) -> str:
    """What the answer says is wrong: Darkroom's own words where it has any."""
    return _said(answer, "detail") or answer.reason_phrase or "no reason given"


def _said(answer: httpx.Response, member: str) -> str | None:
    """A member of the problem that an answer is; None where it is none."""
    try:
        return str(answer.json()[member])
    except (ValueError, KeyError, TypeError):
        return None


def _advice(answer: httpx.Response) -> str:
    if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return "Give a key that may do this, as --api-key or DARKROOM_API_KEY."
    if answer.is_client_error and _said(answer, "code") not in {"not_found", None}:
        return "Change what the answer names, and ask again."
    if answer.is_client_error:
        return "Check that the address (--url or DARKROOM_URL) is a deployment of Darkroom of this version or newer."
    function = "status" if answer.request.method == "GET" else "submit"
    return f"See the logs of the function `{function}`."
