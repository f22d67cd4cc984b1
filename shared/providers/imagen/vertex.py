"""The way to Vertex AI: Google's generated asynchronous client."""

from google.auth.exceptions import GoogleAuthError
from google.cloud.aiplatform_v1.services.prediction_service import PredictionServiceAsyncClient

from shared.providers.imagen.errors import ours


def client(location: str, emulator_host: str | None) -> PredictionServiceAsyncClient:
    """The client of a region, or of the local cloud at `emulator_host`. To be made inside the event loop.

    Raises:
        ProviderError: there are no credentials for Google's own.
    """
    if emulator_host is None:
        endpoint = f"{location}-aiplatform.googleapis.com"
        try:  # it looks for them at once
            return PredictionServiceAsyncClient(client_options={"api_endpoint": endpoint})
        except GoogleAuthError as exc:
            raise ours(exc) from exc
    import grpc
    from google.cloud.aiplatform_v1.services.prediction_service.transports import PredictionServiceGrpcAsyncIOTransport

    # Images of several megabytes come in one answer.
    channel = grpc.aio.insecure_channel(emulator_host, options=[("grpc.max_receive_message_length", -1)])
    return PredictionServiceAsyncClient(transport=PredictionServiceGrpcAsyncIOTransport(channel=channel))
