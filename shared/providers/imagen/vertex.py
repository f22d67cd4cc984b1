"""The way to Vertex AI: Google's generated asynchronous client."""

from google.cloud.aiplatform_v1.services.prediction_service import PredictionServiceAsyncClient


def client(location: str, emulator_host: str | None) -> PredictionServiceAsyncClient:
    """The client of a region, or of the local cloud at `emulator_host`. To be made inside the event loop."""
    if emulator_host is None:
        endpoint = f"{location}-aiplatform.googleapis.com"
        return PredictionServiceAsyncClient(client_options={"api_endpoint": endpoint})
    import grpc
    from google.cloud.aiplatform_v1.services.prediction_service.transports import PredictionServiceGrpcAsyncIOTransport

    # Images of several megabytes come in one answer.
    channel = grpc.aio.insecure_channel(emulator_host, options=[("grpc.max_receive_message_length", -1)])
    return PredictionServiceAsyncClient(transport=PredictionServiceGrpcAsyncIOTransport(channel=channel))
