"""Words in a prompt that provoke what Imagen does at its worst."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from google.api_core.exceptions import BadRequest, GatewayTimeout, GoogleAPICallError, NotFound, ServiceUnavailable
from google.cloud.aiplatform_v1.services.prediction_service import PredictionServiceClient

from infra.local.vertex.markers import MARKERS, PREDICT
from tests.contract.local.vertex.asking import MODELS, STANDARD, Imagen, bytes_of
from tests.processes import RunningCloud


def test_blocked_gives_a_reason_and_no_bytes(imagen: Imagen) -> None:
    """The second shape of a refusal: 200 with support codes."""
    (one,) = imagen.prompt("a [[blocked]] fox", includeRaiReason=True, sampleCount=2)
    assert "Support codes" in one["raiFilteredReason"]
    assert "bytesBase64Encoded" not in one


def test_blocked_without_the_reason_asked_for_is_nothing(imagen: Imagen) -> None:
    """Who does not ask for reasons gets an empty answer."""
    assert imagen.prompt("a [[blocked]] fox") == []


def test_some_blocked_gives_the_others(imagen: Imagen) -> None:
    """Of three, two pictures and a reason."""
    *given, last = imagen.prompt("a [[some-blocked]] fox", includeRaiReason=True, sampleCount=3)
    assert len([bytes_of(one) for one in given]) == 2
    assert list(last) == ["raiFilteredReason"]


def test_empty_gives_no_predictions(imagen: Imagen) -> None:
    """The third shape of a refusal: 200 and nothing."""
    assert imagen.prompt("a [[empty]] fox", includeRaiReason=True) == []


def test_refused_names_responsible_ai(imagen: Imagen) -> None:
    """The first shape of a refusal: 400."""
    with pytest.raises(BadRequest, match=r"Responsible AI.*Support codes: \d+"):
        imagen.prompt("a [[refused]] fox")


def test_varied_gives_another_picture_each_time(imagen: Imagen) -> None:
    """As a model without a seed does; with one, nothing varies."""
    pictures = [bytes_of(imagen.prompt("a [[varied]] fox")[0]) for _ in range(2)]
    assert pictures[0] != pictures[1]
    seeded = [bytes_of(imagen.prompt("a [[varied]] fox", seed=7, addWatermark=False)[0]) for _ in range(2)]
    assert seeded[0] == seeded[1]


def test_rate_limit(imagen: Imagen) -> None:
    """429, RESOURCE_EXHAUSTED."""
    with pytest.raises(GoogleAPICallError) as caught:
        imagen.prompt("a [[rate-limit]] fox")
    assert caught.value.code == 429


def test_retired(imagen: Imagen) -> None:
    """404, as from a model that was switched off."""
    with pytest.raises(NotFound, match="Publisher Model"):
        imagen.prompt("a [[retired]] fox")


@pytest.mark.parametrize("status", [400, 403, 409, 429, 499, 500, 503, 504])
def test_any_error(imagen: Imagen, status: int) -> None:
    """`[[error N]]` is that status over HTTP, and what stands for it over gRPC."""
    with pytest.raises(GoogleAPICallError) as caught:
        imagen.prompt(f"a [[error {status}]] fox")
    assert caught.value.code == status


def test_an_unauthorized_answer(base_url: str) -> None:
    """401; Google's HTTP clients answer it with a new token, so here it is seen without one."""
    url = f"{base_url}/v1/{MODELS}/{STANDARD}:predict"
    answer = httpx.post(url, json={"instances": [{"prompt": "[[error 401]]"}]})
    assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")


def test_an_error_that_is_none_is_refused(imagen: Imagen) -> None:
    """A status that gRPC does not know."""
    with pytest.raises(BadRequest, match="error 777"):
        imagen.prompt("a [[error 777]] fox")


def test_slow_waits_by_the_local_clock(cloud: RunningCloud, imagen: Imagen) -> None:
    """`[[slow 20]]` passes as soon as the clock has moved by 20 s, not before."""
    clock = f"{cloud.environment['LOCAL_CLOUD_CONTROL']}/clock"
    before = httpx.get(clock).json()["micros"]
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(imagen.prompt, "a [[slow 20]] fox [[empty]]")
        while not asked.done():
            cloud.control.advance(2)
        assert asked.result() == []
    assert httpx.get(clock).json()["micros"] - before >= 20_000_000


def test_markers_do_not_show_in_the_picture(imagen: Imagen) -> None:
    """The picture is that of the prompt without them."""
    (plain,) = imagen.prompt("a red fox", sampleCount=1)
    (marked, _) = imagen.prompt("a red [[some-blocked]] fox", sampleCount=2, includeRaiReason=True)
    assert bytes_of(plain) == bytes_of(marked)


def test_other_brackets_are_text(imagen: Imagen) -> None:
    """An unknown word, and one of another method, stay in the prompt."""
    (one,) = imagen.prompt("[[nothing]] and [[image-safety]]")
    assert one["prompt"].startswith("[[nothing]] and [[image-safety]]")


def test_a_fault_adds_latency_and_errors(cloud: RunningCloud, imagen: Imagen) -> None:
    """The book of faults covers both doors under the name Predict."""
    with (
        cloud.control.fault("vertex", "Predict", code="UNAVAILABLE", count=1, latency_ms=20) as fault,
        pytest.raises(ServiceUnavailable, match="injected"),
    ):
        imagen.prompt("a red fox")
    with cloud.control.fault("vertex", "Predict", effect="delay", latency_ms=20) as fault:
        imagen.prompt("[[empty]]")
        assert cloud.control.hits(fault) == 1


def test_a_lost_response_was_paid_for(cloud: RunningCloud, grpc_client: PredictionServiceClient) -> None:
    """The call took effect, and the caller knows nothing of it."""
    imagen = Imagen(grpc_client)
    with (
        cloud.control.fault("vertex", "Predict", effect="lose_response", code="DEADLINE_EXCEEDED"),
        pytest.raises(GatewayTimeout),
    ):
        imagen.prompt("a red fox")


def test_every_marker_of_predict_is_tested_here() -> None:
    """The table that the README prints has none that this file leaves out."""
    names = {marker.name for marker in MARKERS if PREDICT in marker.methods}
    assert names == {"blocked", "some-blocked", "empty", "refused", "varied", "rate-limit", "retired", "error", "slow"}
