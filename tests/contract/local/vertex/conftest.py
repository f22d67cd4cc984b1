"""Google's own clients of Vertex AI, pointed at the local cloud."""

from collections.abc import Iterator

import grpc
import pytest
from google import genai
from google.auth.credentials import AnonymousCredentials
from google.cloud.aiplatform_v1.services.prediction_service import PredictionServiceClient
from google.cloud.aiplatform_v1.services.prediction_service.transports import PredictionServiceGrpcTransport
from google.genai.types import HttpOptions
from google.oauth2.credentials import Credentials

from tests.contract.local.vertex.asking import Imagen
from tests.processes import RunningCloud


@pytest.fixture(scope="session")
def base_url(cloud: RunningCloud) -> str:
    """Where Vertex AI's HTTP door is."""
    return cloud.environment["GOOGLE_VERTEX_BASE_URL"]


@pytest.fixture(scope="session")
def grpc_client(cloud: RunningCloud) -> Iterator[PredictionServiceClient]:
    """The generated client over gRPC."""
    options = [("grpc.max_receive_message_length", -1)]
    with grpc.insecure_channel(cloud.host("vertex"), options=options) as channel:
        yield PredictionServiceClient(transport=PredictionServiceGrpcTransport(channel=channel))


@pytest.fixture(scope="session")
def rest_client(base_url: str) -> PredictionServiceClient:
    """The generated client over HTTP."""
    options = {"api_endpoint": base_url}
    return PredictionServiceClient(transport="rest", credentials=AnonymousCredentials(), client_options=options)


@pytest.fixture(params=["grpc", "rest"])
def imagen(request: pytest.FixtureRequest) -> Imagen:
    """`predict`, over gRPC and over HTTP."""
    client: PredictionServiceClient = request.getfixturevalue(f"{request.param}_client")
    return Imagen(client)


@pytest.fixture(scope="session")
def vertex(base_url: str) -> genai.Client:
    """google-genai on Vertex AI; it wants a token, and takes any."""
    options = HttpOptions(base_url=base_url)
    return genai.Client(
        vertexai=True, project="p", location="global", credentials=Credentials("local"), http_options=options
    )


@pytest.fixture(scope="session")
def developer(base_url: str) -> genai.Client:
    """google-genai with an API key."""
    return genai.Client(api_key="a-key", http_options=HttpOptions(base_url=base_url))


@pytest.fixture(params=["vertex", "developer"])
def gemini(request: pytest.FixtureRequest) -> genai.Client:
    """google-genai at either of its doors."""
    client: genai.Client = request.getfixturevalue(request.param)
    return client
