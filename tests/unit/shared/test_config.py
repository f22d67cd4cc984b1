"""Environment variables, their old names and their bounds."""

from typing import Any

import pytest

from shared.config import BadSetting, MissingSetting, Settings, load, meaningless

VALUES: list[tuple[str, str, Any]] = [
    ("GOOGLE_CLOUD_PROJECT", "p", "p"),
    ("FIRESTORE_DATABASE", "d", "d"),
    ("GCS_BUCKET_NAME", "b", "b"),
    ("VERTEX_LOCATION", "europe-west4", "europe-west4"),
    ("IMAGE_MODEL", "fast", "fast"),
    ("USE_REAL_IMAGE", "false", False),
    ("USE_REAL_IMAGE", "0", False),
    ("USE_REAL_IMAGE", "True", True),
    ("DEFAULT_ASPECT_RATIO", "16:9", "16:9"),
    ("ADD_WATERMARK", "0", False),
    ("LEASE_SECONDS", "5", 5),
    ("LEASE_SECONDS", " 580 ", 580),
    ("MAX_ATTEMPTS", "7", 7),
    ("MAX_CONCURRENCY", "1", 1),
    ("MAX_WAITERS", "20", 20),
    ("AUTH_MODE", "none", "none"),
    ("PUBLIC_URL", "https://x.test", "https://x.test"),
    ("PROVIDER_POLLING", "false", False),
    ("CALLBACK_SECRET", "s", "s"),
    ("SIGNED_URL_SECONDS", "604800", 604_800),
    ("PUBLIC_URL_MODE", "permanent", "permanent"),
    ("PUBLIC_URL_SECRET", "s", "s"),
    ("CREDITS_PER_USD", "1.5", 1.5),
    ("CORS_ORIGINS", "https://a.test", "https://a.test"),
    ("LOG_LEVEL", "DEBUG", "DEBUG"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://telemetry.googleapis.com", "https://telemetry.googleapis.com"),
    ("OTEL_RESOURCE_ATTRIBUTES", "cloud.region=europe-west1", "cloud.region=europe-west1"),
    ("TRACE_SAMPLING", "0.01", 0.01),
    ("LOCAL_SIGNER_KEY", "/k.json", "/k.json"),
    ("FIRESTORE_EMULATOR_HOST", "h:1", "h:1"),
    ("PUBSUB_EMULATOR_HOST", "h:1", "h:1"),
    ("STORAGE_EMULATOR_HOST", "http://h:1", "http://h:1"),
    ("VERTEX_EMULATOR_HOST", "h:1", "h:1"),
    ("GOOGLE_VERTEX_BASE_URL", "http://h:1", "http://h:1"),
    ("GEMINI_API_KEY", "k", "k"),
    ("REPLICATE_API_TOKEN", "k", "k"),
    ("REPLICATE_API_URL", "http://h:1", "http://h:1"),
]
BAD = [
    ("LEASE_SECONDS", "4"), ("LEASE_SECONDS", "581"), ("LEASE_SECONDS", "soon"), ("LEASE_SECONDS", "1.5"),
    ("USE_REAL_IMAGE", "perhaps"), ("ADD_WATERMARK", "2"), ("MAX_ATTEMPTS", "x"), ("MAX_ATTEMPTS", "0"),
    ("DIALECTS", "iga,klingon"), ("DIALECTS", "IGA"), ("DIALECT_TENANTS", "acme"), ("DIALECT_TENANTS", "iga:"),
    ("DIALECT_TENANTS", "iga:Acme!"), ("DIALECT_TENANTS", "klingon:acme"), ("IGA_GCS_IMAGE_PREFIX", "a/../b"),
    ("IGA_GCS_IMAGE_PREFIX", "a//b"), ("IGA_GCS_IMAGE_PREFIX", "a\nb"), ("IGA_GCS_IMAGE_PREFIX", "inputs/"),
    ("IGA_GCS_IMAGE_PREFIX", "x" * 501), ("SIGNED_URL_SECONDS", "604801"), ("SIGNED_URL_SECONDS", "0"),
    ("PUBLIC_URL_MODE", "open"), ("CREDITS_PER_USD", "0"), ("CREDITS_PER_USD", "-1"), ("CREDITS_PER_USD", "many"),
    ("CORS_ORIGINS", "studio.example"), ("CORS_ORIGINS", "https://a.test/"), ("CORS_ORIGINS", "https://*.a.test"),
    ("CORS_ORIGINS", "https://a.test https://b.test"), ("CORS_ORIGINS", "http://localhost:*0"),
    ("RETENTION_DAYS", "1e9"), ("RETENTION_DAYS", "nan"), ("RETENTION_DAYS", "-1"),
    ("MAX_CONCURRENCY", "0"), ("MAX_WAITERS", "0"), ("MAX_CONCURRENCY", "-1"), ("LOG_LEVEL", "LOUD"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"), ("TRACE_SAMPLING", "1.1"), ("TRACE_SAMPLING", "-0.1"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "value"), VALUES)
def test_each_variable_sets_its_field(name: str, text: str, value: object) -> None:
    """A field's name in capitals is its variable."""
    assert getattr(load({name: text}), name.lower()) == value


# Row by row, what the older services' deployments have set.
OLD: list[tuple[str, str, str, str, Any, Any]] = [
    ("IGA_VERTEXAI_PROJECT_ID", "old", "GOOGLE_CLOUD_PROJECT", "new", "old", "new"),
    ("GCP_PROJECT_ID", "old", "GOOGLE_CLOUD_PROJECT", "new", "old", "new"),
    ("IGA_VERTEXAI_LOCATION", "us-east4", "VERTEX_LOCATION", "global", "us-east4", "global"),
    ("GCP_LOCATION", "us-east4", "VERTEX_LOCATION", "global", "us-east4", "global"),
    ("IGA_VERTEXAI_IMAGE_MODEL_ID", "imagegeneration@006", "IMAGE_MODEL", "fast", "imagegeneration@006", "fast"),
    ("IGA_DEFAULT_ASPECT_RATIO", "16:9", "DEFAULT_ASPECT_RATIO", "9:16", "16:9", "9:16"),
    ("IGA_ADD_WATERMARK", "False", "ADD_WATERMARK", "true", False, True),
    ("IGA_IDEMPOTENCY_LOCK_TIMEOUT_SECONDS", "60", "LEASE_SECONDS", "90", 60, 90),
    ("MV_DEBUG_MODE", "true", "LOG_LEVEL", "WARNING", "DEBUG", "WARNING"),
    ("IGA_DEBUG_MODE", "1", "LOG_LEVEL", "ERROR", "DEBUG", "ERROR"),
    ("REPLICATE_API_KEY", "old", "REPLICATE_API_TOKEN", "new", "old", "new"),
]
SAME: list[tuple[str, str, Any]] = [
    ("GCS_BUCKET_NAME", "b", "b"),
    ("IGA_GCS_IMAGE_PREFIX", "images/old", "images/old/"),
    ("USE_REAL_IMAGE", "false", False),
    ("NANO_BANANA_API_KEY", "k", "k"),
    ("NANO_BANANA_API_URL", "https://api.nanobananaapi.ai/v1", "https://api.nanobananaapi.ai/v1"),
    ("GEMINI_API_KEY", "k", "k"),
    ("REPLICATE_API_TOKEN", "k", "k"),
]


@pytest.mark.parametrize("row", OLD)
def test_an_old_name_is_still_read(row: tuple[str, str, str, str, Any, Any]) -> None:
    """Ours wins where both are set, and an empty one of ours does not."""
    old, text, ours, other, value, won = row
    assert getattr(load({old: text}), ours.lower()) == value
    assert getattr(load({old: text, ours: ""}), ours.lower()) == value
    assert getattr(load({old: text, ours: other}), ours.lower()) == won


@pytest.mark.parametrize(("name", "text", "value"), SAME)
def test_a_name_that_stayed_means_what_it_meant(name: str, text: str, value: object) -> None:
    """To whoever moves a deployment's variables over as they are."""
    assert getattr(load({name: text}), name.lower()) == value


@pytest.mark.parametrize("text", ["false", "0", "", "off"])
def test_a_debug_mode_that_is_switched_off_changes_nothing(text: str) -> None:
    """As before."""
    assert load({"MV_DEBUG_MODE": text, "IGA_DEBUG_MODE": text}) == Settings()


def test_a_bad_value_is_called_by_the_name_that_it_was_given_under() -> None:
    """An old one, where nobody knows ours yet."""
    for text in ("soon", "600"):
        with pytest.raises(BadSetting, match="IGA_IDEMPOTENCY_LOCK_TIMEOUT_SECONDS"):
            load({"IGA_IDEMPOTENCY_LOCK_TIMEOUT_SECONDS": text})


def test_variables_without_a_meaning_are_known() -> None:
    """By their names alone: their values may be secret. All else in an environment is nobody's business."""
    given = ["CELERY_BROKER_URL", "POSTGRES_PASSWORD", "SUPABASE_URL", "IGA_IDEMPOTENCY_STATUS_TTL"]
    assert meaningless(dict.fromkeys([*given, "PATH", "LEASE_SECONDS", "MY_CELERY_X"], "x")) == sorted(given)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [("", {"iga", "studio", "mv", "openai"}), ("iga, mv", {"iga", "mv"}), ("none", set()), (",iga,", {"iga"})],
)
def test_dialects_are_spoken_unless_they_are_switched_off(text: str, spoken: set[str]) -> None:
    """All of them where nothing is said."""
    assert load({"DIALECTS": text}).spoken == spoken


def test_a_dialect_may_be_opened_to_a_tenant() -> None:
    """None is, where nothing is said."""
    assert load({}).open_to == {}
    assert load({"DIALECT_TENANTS": "iga:acme, mv:film-7"}).open_to == {"iga": "acme", "mv": "film-7"}


@pytest.mark.parametrize(
    ("text", "prefix"),
    [("images/iga/", "images/iga/"), ("x", "x/"), ("/x/y", "x/y/"), ("/", ""), ("", "images/iga/"), ("ä b", "ä b/")],
)
def test_a_prefix_ends_with_a_slash(text: str, prefix: str) -> None:
    """However it is written; a slash alone is the bucket itself."""
    assert load({"IGA_GCS_IMAGE_PREFIX": text}).iga_gcs_image_prefix == prefix


def test_nothing_set_gives_the_defaults() -> None:
    """An empty value counts as not set; what is not ours is not looked at."""
    assert load({}) == load({"IMAGE_MODEL": "", "LEASE_SECONDS": "  ", "PATH": "/bin"}) == Settings()


@pytest.mark.parametrize(("name", "text"), BAD)
def test_a_value_that_cannot_be_meant_is_refused_by_its_name(name: str, text: str) -> None:
    """At the first request, not in the middle of a job."""
    with pytest.raises(BadSetting) as refusal:
        load({name: text})
    assert name.lower() in str(refusal.value).lower()


@pytest.mark.parametrize("field", ["google_cloud_project", "gcs_bucket_name"])
def test_what_is_needed_and_missing_is_named(field: str) -> None:
    """As the variable is called."""
    with pytest.raises(MissingSetting, match=field.upper()) as refusal:
        Settings().need(field)
    assert refusal.value.name == field.upper()
    assert load({field.upper(): "x"}).need(field) == "x"
