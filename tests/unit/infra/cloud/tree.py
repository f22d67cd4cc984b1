"""Where our Terraform is, and a deployment of it: its values before anything is deployed."""

from functools import cache
from pathlib import Path
from typing import Any

from tests.unit.infra.cloud.hcl.expressions import evaluate
from tests.unit.infra.cloud.hcl.modules import Module
from tests.unit.infra.cloud.hcl.syntax import parse

ROOT = Path(__file__).parents[4] / "infra" / "cloud"
FUNCTIONS = ("submit", "status", "generate", "notify", "sweep", "openai")
# What `make deploy` gives, whatever the environment.
GIVEN: dict[str, Any] = {
    "project": "our-project",
    "region": "us-central1",
    "environment": "test",
    "bundles": {name: {"path": f"build/{name}.zip", "sha256": "0" * 64} for name in FUNCTIONS},
    "first_secrets": dict.fromkeys(("CALLBACK_SECRET", "PUBLIC_URL_SECRET", "WEBHOOK_SECRETS"), "whsec_x"),
}
# Variables that switch parts on or off, each with what the defaults leave out.
VARIANTS: dict[str, dict[str, Any]] = {
    "gateway": {},
    "domain": {"domain": "images.example.com", "requests_per_minute_by_address": 600},
    "vendors": {"provider_keys": ["GEMINI_API_KEY", "NANO_BANANA_API_KEY", "REPLICATE_API_TOKEN"]},
    # Every setting, so that each variable which the functions can be given is there.
    "settings": {
        "cors_origins": ["https://studio.example"],
        "settings": {
            "log_level": "INFO",
            "auth_mode": "keys,iam",
            "iam_audience": "https://images.example.com",
            "operator_tenant": "us",
            "dialects": "iga,openai",
            "dialect_tenants": "iga:us",
            "dashboard": True,
            "image_model": "fast",
            "use_real_image": True,
            "scene_writer": "gemini",
            "scene_model": "gemini-x",
            "vertex_location": "global",
            "default_aspect_ratio": "16:9",
            "add_watermark": False,
            "max_attempts": 3,
            "provider_polling": False,
            "nano_banana_api_url": "https://nano.example",
            "replicate_api_url": "https://replicate.example",
            "requests_per_minute": 10,
            "unknown_price_micros": 1,
            "retention_days": 30,
            "iga_gcs_image_prefix": "x/",
            "signed_url_seconds": 60,
            "public_url_mode": "permanent",
            "credits_per_usd": 1,
            "trace_sampling": 0.5,
        },
    },
    "without openai": {"openai": False},
    "told": {
        "billing_account": "012345-6789AB-CDEF01",
        "notification_emails": ["oncall@example.com"],
        "cors_origins": ["https://studio.example"],
        "bucket_cors_origins": ["https://studio.example"],
        "archive_after_days": 90,
    },
}


def folders(root: Path) -> list[Path]:
    """The root module and every module under it."""
    return [root, *sorted(path for path in (root / "modules").iterdir() if path.is_dir())]


def environments() -> list[str]:
    """The names of the files in environments/."""
    return sorted(path.stem for path in (ROOT / "environments").glob("*.tfvars"))


@cache
def deployment(environment: str = "prod", variant: str = "gateway") -> Module:
    """The root module with an environment's values and a variant's, what `make deploy` gives filled in."""
    written = parse(ROOT / "environments" / f"{environment}.tfvars").attributes
    values = {name: evaluate(tree, {}) for name, tree in written.items()}
    return Module(ROOT, {**GIVEN, **values, **VARIANTS[variant]})
