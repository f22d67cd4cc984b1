"""Environment variables, their old names and their bounds."""

from typing import Any

import pytest

from shared.config import OLD_NAMES, BadSetting, MissingSetting, Settings, load

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
    ("LOG_LEVEL", "DEBUG", "DEBUG"),
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
    ("MAX_CONCURRENCY", "0"), ("MAX_WAITERS", "0"), ("MAX_CONCURRENCY", "-1"), ("LOG_LEVEL", "LOUD"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "value"), VALUES)
def test_each_variable_sets_its_field(name: str, text: str, value: object) -> None:
    """A field's name in capitals is its variable."""
    assert getattr(load({name: text}), name.lower()) == value


@pytest.mark.parametrize(("field", "old"), [(field, old) for field, olds in OLD_NAMES.items() for old in olds])
def test_an_old_name_is_still_read(field: str, old: str) -> None:
    """Ours wins where both are set."""
    text = {"lease_seconds": "60", "add_watermark": "false"}.get(field, "old")
    other = {"lease_seconds": "90", "add_watermark": "true"}.get(field, "new")
    assert str(getattr(load({old: text}), field)).lower() == text
    assert str(getattr(load({old: text, field.upper(): other}), field)).lower() == other


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
