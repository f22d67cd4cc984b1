"""Configuration: environment variables, read once, each with its old names and its default."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

DIALECTS = ("iga", "studio", "mv", "openai")  # of older clients
TENANT_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
ORIGIN = re.compile(r"\*|https?://[a-z0-9.-]+(:(\d{1,5}|\*))?")  # as browsers write it, or with any port
MAX_PREFIX = 500  # bytes: with the longest of our names behind it, a name stays within Cloud Storage's 1024
OURS = ("inputs/", "tenants/", "project_")  # where other objects lie; those of the first are deleted after a day
MOST_DAYS = 36_500  # of retention: what lies further off may be beyond all time

AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]
NotNegative = Annotated[int, msgspec.Meta(ge=0)]
Endpoint = Annotated[str, msgspec.Meta(pattern=r"^https?://[^/]+")]
Days = Annotated[float, msgspec.Meta(ge=0, le=MOST_DAYS)]


class MissingSetting(Exception):
    """A variable that this call needs is not set; `name` says which."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the environment variable {name} is not set")
        self.name = name


class BadSetting(Exception):
    """A variable has a value that cannot be meant; the text names it and says what can."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting of every function; a field's name in capitals is its variable."""

    google_cloud_project: str | None = None
    firestore_database: str = "(default)"
    gcs_bucket_name: str | None = None
    vertex_location: str = "us-central1"
    image_model: str = "standard"
    use_real_image: bool = True  # false: every job is painted by the placeholder
    scene_writer: Literal["gemini", "local"] = "gemini"  # of storyboards; local: without any model
    scene_model: str | None = None  # of Gemini's, that writes; None: as the catalogue has it
    default_aspect_ratio: str = "1:1"
    add_watermark: bool = True
    lease_seconds: int = 180
    max_attempts: AtLeastOne = 5
    requests_per_minute: NotNegative = 600  # of a tenant without a limit of its own, in each instance; 0: any number
    unknown_price_micros: NotNegative = 250_000  # what a job reserves of a budget whose price nobody knows
    max_concurrency: AtLeastOne = 32  # jobs at once in one instance of `generate`
    max_waiters: AtLeastOne = 500  # requests that wait for a job at once in one instance of `submit` or `status`
    retention_days: Days | None = None  # jobs and their images are kept so long after their end; None: for ever
    webhook_secrets: str | None = None  # whsec_…, the current one first; others, after commas, still sign
    private_addresses: bool = False  # true: webhooks and pictures' addresses may lie in private networks
    nano_banana_api_key: str | None = None
    nano_banana_api_url: str | None = None
    gemini_api_key: str | None = None  # Gemini is asked on the Developer API; None: on Vertex AI
    replicate_api_token: str | None = None
    replicate_api_url: str | None = None
    provider_polling: bool = True  # false: a provider that can call back is not polled
    callback_secret: str | None = None  # makes the addresses of such calls, under PUBLIC_URL
    auth_mode: Literal["none", "keys", "iam", "keys,iam"] = "keys"  # what opens it; `none`: one tenant and no lock
    iam_audience: str | None = None  # for whom identity tokens are made out; None: PUBLIC_URL
    iam_certs_url: str = "https://www.googleapis.com/oauth2/v1/certs"
    iam_trusts_platform: bool = False  # true: Cloud Run itself lets in invokers alone, and removes their signatures
    operator_tenant: str | None = None  # whose admin keys pause lanes, providers and any tenant
    dialects: str = ",".join(DIALECTS)  # those that are spoken; `none`
    dialect_tenants: str | None = None  # iga:acme,…: whoever brings no key is that tenant in that dialect
    openai_deadline_seconds: AtLeastOne = 540  # a call in that dialect waits so long for its images; clients wait 600
    iga_gcs_image_prefix: str = "images/iga/"  # of the names of that dialect's images
    cors_origins: str | None = None  # whose pages may call from browsers: https://studio.example,…; any port: `:*`
    signed_url_seconds: Annotated[int, msgspec.Meta(ge=1, le=604_800)] = 604_800  # of the links in studio's answers
    public_url_mode: Literal["signed", "permanent"] = "signed"  # of those; permanent: until the job is deleted
    public_url_secret: str | None = None  # makes permanent links
    credits_per_usd: Annotated[float, msgspec.Meta(gt=0)] = 100.0  # in which studio's clients are told of costs
    stream_seconds: AtLeastOne | None = None  # an event stream ends after so long, where a gateway keeps it until then
    dashboard: bool = True  # false: there is no page at /
    public_url: str | None = None  # what clients call; None: as the request names the host
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    otel_exporter_otlp_endpoint: Endpoint | None = None  # where traces go by OTLP over HTTP; None: there are none
    otel_resource_attributes: str | None = None  # cloud.region=…,…: what OpenTelemetry's SDK says of all traces
    trace_sampling: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0  # of requests without a traceparent
    local_signer_key: str | None = None  # a key file that signs URLs, where there is no IAM to do it
    clock_offset_file: str | None = None  # for tests: a file with the seconds by which the functions' clock is ahead
    firestore_emulator_host: str | None = None
    pubsub_emulator_host: str | None = None
    storage_emulator_host: str | None = None
    vertex_emulator_host: str | None = None
    google_vertex_base_url: str | None = None  # where Gemini is asked by HTTP, if not at Google's own address

    @property
    def opened_by(self) -> frozenset[str]:
        """What opens this deployment: of `keys` and `iam`, or `none` where it has no lock."""
        return frozenset(self.auth_mode.split(","))

    @property
    def spoken(self) -> frozenset[str]:
        """The dialects that are switched on."""
        return frozenset(_listed(self.dialects)) - {"none"}

    @property
    def open_to(self) -> dict[str, str]:
        """Dialect → the tenant that whoever brings no key is in it."""
        pairs = (binding.partition(":") for binding in _listed(self.dialect_tenants or ""))
        return {dialect: tenant for dialect, _, tenant in pairs}

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins whose pages may call from browsers."""
        return tuple(_listed(self.cors_origins or ""))

    def need(self, field: str) -> str:
        """The value of a setting that has no default.

        Raises:
            MissingSetting: it is not set.
        """
        value = getattr(self, field)
        if not value:
            raise MissingSetting(field.upper())
        return str(value)


# What the services that Darkroom replaces called it; ours wins.
OLD_NAMES: dict[str, tuple[str, ...]] = {
    "google_cloud_project": ("IGA_VERTEXAI_PROJECT_ID", "GCP_PROJECT_ID"),
    "vertex_location": ("IGA_VERTEXAI_LOCATION", "GCP_LOCATION"),
    "image_model": ("IGA_VERTEXAI_IMAGE_MODEL_ID",),
    "default_aspect_ratio": ("IGA_DEFAULT_ASPECT_RATIO",),
    "add_watermark": ("IGA_ADD_WATERMARK",),
    "lease_seconds": ("IGA_IDEMPOTENCY_LOCK_TIMEOUT_SECONDS",),
    "replicate_api_token": ("REPLICATE_API_KEY",),
}
DEBUG_MODES = ("MV_DEBUG_MODE", "IGA_DEBUG_MODE")  # switched on, each is LOG_LEVEL=DEBUG
MEANINGLESS = (
    "CELERY_",
    "POSTGRES_",
    "SUPABASE_",
    "IGA_IDEMPOTENCY_STATUS_",
)  # what this has not


def load(environment: Mapping[str, str]) -> Settings:
    """The settings that `environment` gives; an empty value counts as not set.

    Raises:
        BadSetting: a value is not of its kind.
    """
    found: dict[str, str] = {}
    named: dict[str, str] = {}
    for field in Settings.__struct_fields__:
        for name in (field.upper(), *OLD_NAMES.get(field, ())):
            if value := environment.get(name, "").strip():
                found[field], named[field] = value, name
                break
    if any(environment.get(name, "").strip().lower() in {"1", "true", "yes", "on"} for name in DEBUG_MODES):
        found.setdefault("log_level", "DEBUG")
    try:
        settings = msgspec.convert(found, Settings, strict=False)
    except msgspec.ValidationError as exc:
        text = re.sub(r"`\$\.(\w+)`", lambda at: named[at[1]], str(exc))
        raise BadSetting(f"an environment variable cannot be used: {text}") from exc
    if not 5 <= settings.lease_seconds <= 580:  # noqa: PLR2004 - with 20 s on top, Pub/Sub's bounds of an ack deadline
        raise BadSetting(f"{named['lease_seconds']} is {settings.lease_seconds}; it must lie between 5 and 580")
    _check_dialects(settings)
    _check_origins(settings)
    return msgspec.structs.replace(settings, iga_gcs_image_prefix=_folder(settings.iga_gcs_image_prefix))


def meaningless(environment: Mapping[str, str]) -> list[str]:
    """The variables that are set and mean nothing any more, for whoever set them to be told."""
    return sorted(name for name in environment if name.startswith(MEANINGLESS))


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _check_dialects(settings: Settings) -> None:
    known = ", ".join(DIALECTS)
    if wrong := settings.spoken.difference(DIALECTS):
        raise BadSetting(f"DIALECTS names {', '.join(sorted(wrong))}; there are {known}, and none")
    for dialect, tenant in settings.open_to.items():
        if dialect not in DIALECTS or not TENANT_ID.fullmatch(tenant):
            text = f"DIALECT_TENANTS has {dialect}:{tenant}; it takes dialect:tenant, with one of {known}"
            raise BadSetting(text)


def _check_origins(settings: Settings) -> None:
    for origin in settings.origins:
        if not ORIGIN.fullmatch(origin):
            text = f"CORS_ORIGINS has {origin}; it takes scheme://host, with a port where it is no usual one, and *"
            raise BadSetting(text)


def _folder(text: str) -> str:
    """A prefix of objects' names as it is stored: with a slash at its end, none at its beginning; `/` is the bucket."""
    prefix = text.strip("/") + "/"
    if prefix == "/":
        return ""
    parts = prefix[:-1].split("/")
    if not prefix.isprintable() or len(prefix.encode()) > MAX_PREFIX or {"", ".", ".."}.intersection(parts):
        text = f"IGA_GCS_IMAGE_PREFIX is {text!r}; it must be a path of at most {MAX_PREFIX} printable bytes"
        raise BadSetting(text)
    if prefix.startswith(OURS):
        raise BadSetting(f"IGA_GCS_IMAGE_PREFIX is {text!r}; other objects lie under {', '.join(OURS)}")
    return prefix
