"""What `make test-live` does with a real provider, done with the local one."""

import pytest

from tests.integration.api import Api
from tests.live.one_image import TooDearError, make, model_of
from tests.processes import Control


def test_one_image_is_paid_and_its_copy_is_not(api: Api) -> None:
    """By the cheapest model."""
    assert model_of(api, "imagen") == "imagen-4.0-fast-generate-001"
    assert "cost $0.0200; the second cost $0" in make(api, "imagen-4.0-fast-generate-001", 0.02)


@pytest.mark.parametrize("model", ["imagen-4.0-fast-generate-001", "nanobanana"])
def test_nobody_is_asked_for_what_is_too_dear_or_of_unknown_price(api: Api, control: Control, model: str) -> None:
    """No job is made."""
    control.reset_counts()
    with pytest.raises(TooDearError):
        make(api, model, 0.019)
    assert control.counts().get("firestore.Commit", 0) == 0
