"""What the local cloud consists of, and how a program is told where it is. Cheap to import."""

SERVICES = ("firestore", "pubsub", "storage", "vertex")
PORTS = (*SERVICES, "vertex_rest", "control")  # what listens: Vertex AI has two doors
# By what listens: the variable that a program looks into, and how it says `host:port`.
VARIABLES = {
    "firestore": ("FIRESTORE_EMULATOR_HOST", "{}"),
    "pubsub": ("PUBSUB_EMULATOR_HOST", "{}"),
    "storage": ("STORAGE_EMULATOR_HOST", "http://{}"),
    "vertex": ("VERTEX_EMULATOR_HOST", "{}"),
    "vertex_rest": ("GOOGLE_VERTEX_BASE_URL", "http://{}"),
    "control": ("LOCAL_CLOUD_CONTROL", "http://{}"),
}
TRACES = "OTEL_EXPORTER_OTLP_ENDPOINT"  # where OpenTelemetry sends traces: the control port takes them
SIGNER_KEY = "LOCAL_SIGNER_KEY"  # the path of the key file that signs URLs
