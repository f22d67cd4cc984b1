"""The way to Gemini: on Vertex AI, or, with an API key, on the Gemini Developer API; by google-genai over HTTP."""

import ssl
from collections.abc import Callable
from typing import Any

import httpx
from google import genai
from google.genai import types

from shared.config import Settings

CONNECT = 10.0  # seconds; google-genai has one time-out for all, and a call's is too long for this
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=100)


class Door:
    """The way to Google's models, by location: on Vertex AI, or on the Developer API, which has none.

    Args:
        project: of Google Cloud, for Vertex AI.
        api_key: of the Developer API; None: Vertex AI.
        base_url: where it is, if not at Google's own address.
        local: it is the local Vertex AI, which takes any token; else Google's default credentials are looked for.
    """

    def __init__(
        self, project: str | None, *, api_key: str | None = None, base_url: str | None = None, local: bool = False
    ) -> None:
        self.is_vertex = api_key is None
        self._project = project
        self._api_key = api_key
        self._base_url = base_url
        self._local = local
        self._clients: dict[str, genai.Client] = {}
        # Read once, and for all: the SDK would for each of a client's transports. The local one speaks plain HTTP.
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if local else httpx.create_ssl_context()
        # Our own, so that it is httpx whatever else is installed.
        hooks: dict[str, list[Callable[..., Any]]] = {"request": [_connect_soon]}
        self._http = httpx.AsyncClient(verify=self._tls, limits=LIMITS, event_hooks=hooks, trust_env=not local)

    async def close(self) -> None:
        """Close its connections; in a function they last as long as the process."""
        for client in self._clients.values():
            client.close()
        await self._http.aclose()

    def client(self, location: str) -> genai.Client:
        """Google's client for the models at `location`."""
        if location not in self._clients:
            self._clients[location] = self._client(location)
        return self._clients[location]

    def _client(self, location: str) -> genai.Client:
        # Without `retry_options` it never retries by itself.
        options = types.HttpOptions(
            base_url=self._base_url,
            httpx_async_client=self._http,
            client_args={"verify": self._tls},
            async_client_args={"ssl": self._tls},
        )
        if self._api_key is not None:
            return genai.Client(vertexai=False, api_key=self._api_key, http_options=options)
        credentials = None
        if self._local:
            from google.oauth2.credentials import Credentials

            credentials = Credentials("local")
        return genai.Client(
            vertexai=True, project=self._project, location=location, credentials=credentials, http_options=options
        )


def door_of(settings: Settings) -> Door:
    """The way to Gemini that this deployment's settings give.

    Raises:
        MissingSetting: one that it needs is not set.
    """
    local = settings.vertex_emulator_host is not None
    # An emulator that has no such door is not to mean Google's own.
    base_url = settings.need("google_vertex_base_url") if local else settings.google_vertex_base_url
    key = settings.gemini_api_key
    project = settings.google_cloud_project if key else settings.need("google_cloud_project")
    return Door(project, api_key=key, base_url=base_url, local=local)


async def _connect_soon(request: httpx.Request) -> None:
    given = request.extensions.get("timeout", {})
    request.extensions["timeout"] = {**given, "connect": min(CONNECT, given.get("connect") or CONNECT)}
