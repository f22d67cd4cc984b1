"""The catalogue and the local Vertex AI are about the same models."""

import pytest

from infra.local.vertex.models import MODELS
from shared.catalog import catalog

GOOGLES = {name: model for name, model in catalog().models.items() if model.provider in {"imagen", "gemini"}}


@pytest.mark.parametrize("name", sorted(GOOGLES))
def test_what_is_tried_is_served_and_what_is_retired_is_not(name: str) -> None:
    """In each size that has a price."""
    if GOOGLES[name].retired:
        assert name not in MODELS
        return
    served = MODELS[name]
    assert served.family == GOOGLES[name].provider
    assert set(GOOGLES[name].prices) <= set(served.sizes)
    assert not served.global_only or GOOGLES[name].location == "global"
