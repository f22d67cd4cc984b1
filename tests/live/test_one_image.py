"""`make test-live PROVIDER=gemini MAX_USD=0.10`: with the keys or the project of whoever runs it, on a local stack."""

import os
from contextlib import closing

import pytest

from tests.integration.api import Api
from tests.live.one_image import make, model_of
from tests.stack import stack

VERTEX = {"imagen", "gemini"}


@pytest.mark.timeout(900)
def test_a_real_image_is_made_and_paid_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Its size, its bytes, its cost; and the second is a copy."""
    provider, allowed = os.environ.get("PROVIDER", ""), os.environ.get("MAX_USD", "")
    if not provider or not allowed:
        pytest.fail("say PROVIDER=… and MAX_USD=…: this pays for one image", pytrace=False)
    real = provider in VERTEX and not (provider == "gemini" and os.environ.get("GEMINI_API_KEY"))
    with stack(VERTEX="real" if real else "") as running, closing(Api(running.base_url)) as api:
        line = make(api, os.environ.get("MODEL") or model_of(api, provider), float(allowed))
        assert '"cost_micros"' in running.log("generate")
    with capsys.disabled():
        print(f"\n{line}")  # noqa: T201 - what whoever pays wants to see
