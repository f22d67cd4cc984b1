"""Imagen's edits and enlargements: what comes back shows what was given."""

from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, MethodNotImplemented
from PIL import Image, ImageChops, ImageDraw

from tests.contract.local.vertex.asking import CAPABILITY, UPSCALE, Imagen, given, picture

GREEN = Image.new("RGB", (320, 240), (20, 160, 60))
BOX = (80, 60, 200, 160)


def _mask() -> Image.Image:
    mask = Image.new("L", GREEN.size)
    ImageDraw.Draw(mask).rectangle((BOX[0], BOX[1], BOX[2] - 1, BOX[3] - 1), fill=255)
    return mask


def _raw(image: Image.Image = GREEN) -> dict[str, Any]:
    return {"referenceType": "REFERENCE_TYPE_RAW", "referenceId": 1, "referenceImage": given(image)}


def _masked(**config: Any) -> dict[str, Any]:
    reference: dict[str, Any] = {"referenceType": "REFERENCE_TYPE_MASK", "referenceId": 2, "maskImageConfig": config}
    return reference if "maskMode" in config else {**reference, "referenceImage": given(_mask())}


def _edit(imagen: Imagen, references: list[dict[str, Any]], mode: str | None, **more: Any) -> Image.Image:
    parameters = {**({"editMode": mode} if mode else {}), **more}
    return picture(imagen.ask({"prompt": "a city", "referenceImages": references}, CAPABILITY, **parameters)[0])


def _changed(found: Image.Image) -> tuple[int, int, int, int] | None:
    return ImageChops.difference(found.convert("RGB"), GREEN).getbbox()


@pytest.mark.parametrize("mode", ["INPAINT_INSERTION", "OUTPAINT", "BGSWAP"])
def test_an_edit_paints_inside_the_mask_alone(imagen: Imagen, mode: str) -> None:
    """Every pixel outside is the given one."""
    found = _edit(imagen, [_raw(), _masked()], f"EDIT_MODE_{mode}")
    assert found.size == GREEN.size
    box = _changed(found)
    assert box is not None
    assert BOX[0] <= box[0]
    assert BOX[1] <= box[1]
    assert box[2] <= BOX[2]
    assert box[3] <= BOX[3]


def test_dilation_widens_the_mask(imagen: Imagen) -> None:
    """By its share of the width."""
    box = _changed(_edit(imagen, [_raw(), _masked(dilation=0.05)], "EDIT_MODE_INPAINT_INSERTION"))
    assert box == (BOX[0] - 16, BOX[1] - 16, BOX[2] + 16, BOX[3] + 16)


def test_a_removal_takes_the_surroundings(imagen: Imagen) -> None:
    """A blot on green becomes green."""
    blotted = GREEN.copy()
    ImageDraw.Draw(blotted).rectangle((100, 80, 160, 140), fill="red")
    assert _changed(_edit(imagen, [_raw(blotted), _masked()], "EDIT_MODE_INPAINT_REMOVAL")) is None


def test_a_background_is_all_but_the_middle(imagen: Imagen) -> None:
    """MASK_MODE_BACKGROUND needs no picture of a mask."""
    found = _edit(imagen, [_raw(), _masked(maskMode="MASK_MODE_BACKGROUND")], "EDIT_MODE_BGSWAP")
    assert found.getpixel((160, 120)) == GREEN.getpixel((0, 0)) != found.getpixel((5, 5))


def test_references_show_in_a_new_picture(imagen: Imagen) -> None:
    """A style or subject is painted from, in the ratio asked for."""
    style = {"referenceType": "REFERENCE_TYPE_STYLE", "referenceId": 1, "referenceImage": given(GREEN)}
    found = _edit(imagen, [style], None, aspectRatio="16:9")
    assert found.size == (1408, 768)
    assert (20, 160, 60) in {colour for _, colour in found.getcolors(1 << 22) or []}


@pytest.mark.parametrize(("factor", "times"), [("x2", 2), ("x3", 3), ("x4", 4)])
def test_upscale_enlarges_the_given_picture(imagen: Imagen, factor: str, times: int) -> None:
    """In width and height, and it is the same picture."""
    instance = {"prompt": "", "image": given(GREEN)}
    found = picture(imagen.ask(instance, UPSCALE, mode="upscale", upscaleConfig={"upscaleFactor": factor})[0])
    assert found.size == (320 * times, 240 * times)
    assert found.getpixel((9, 9)) == GREEN.getpixel((0, 0))


def test_upscale_ends_at_17_megapixels(imagen: Imagen) -> None:
    """Beyond, it is refused."""
    instance = {"image": given(Image.new("RGB", (2000, 2000)))}
    with pytest.raises(BadRequest, match="17 megapixels"):
        imagen.ask(instance, UPSCALE, mode="upscale", upscaleConfig={"upscaleFactor": "x4"})


@pytest.mark.parametrize(
    ("references", "parameters", "named"),
    [
        ([_raw()], {"editMode": "EDIT_MODE_INPAINT_INSERTION"}, "REFERENCE_TYPE_MASK"),
        ([_raw(), _masked()], {}, "editMode"),
        ([_raw(), _raw(), _masked()], {"editMode": "EDIT_MODE_OUTPAINT"}, "at most one"),
        ([_raw()] * 5, {"editMode": "EDIT_MODE_DEFAULT"}, "1 to 4"),
        ([], {"editMode": "EDIT_MODE_DEFAULT"}, "1 to 4"),
        ([_raw()], {"editMode": "EDIT_MODE_MAGIC"}, "editMode"),
        ([_raw()], {"editMode": "EDIT_MODE_DEFAULT", "aspectRatio": "1:1"}, "aspectRatio"),
        ([{**_raw(), "referenceType": "RAW"}], {}, "referenceType"),
        ([{"referenceType": "REFERENCE_TYPE_RAW"}], {}, "bytesBase64Encoded"),
        ([{**_raw(), "referenceImage": {"bytesBase64Encoded": "!!"}}], {}, "Base64"),
        ([{**_raw(), "referenceImage": {"bytesBase64Encoded": "aGVsbG8="}}], {}, "cannot be read"),
        ([_raw(), _masked(maskMode="MASK_MODE_X")], {"editMode": "EDIT_MODE_BGSWAP"}, "maskMode"),
    ],
)
def test_a_wrong_edit_is_refused(
    imagen: Imagen, references: list[dict[str, Any]], parameters: dict[str, Any], named: str
) -> None:
    """400, naming what is missing or too much."""
    with pytest.raises(BadRequest, match=named):
        imagen.ask({"prompt": "a city", "referenceImages": references}, CAPABILITY, **parameters)


def test_what_needs_eyes_or_storage_is_missing_here(imagen: Imagen) -> None:
    """Semantic masks and pictures in Cloud Storage are UNIMPLEMENTED by name."""
    with pytest.raises(MethodNotImplemented, match="MASK_MODE_SEMANTIC"):
        _edit(imagen, [_raw(), _masked(maskMode="MASK_MODE_SEMANTIC", maskClasses=[7])], "EDIT_MODE_BGSWAP")
    with pytest.raises(MethodNotImplemented, match="gcsUri"):
        _edit(imagen, [{**_raw(), "referenceImage": {"gcsUri": "gs://b/o"}}], "EDIT_MODE_DEFAULT")
    with pytest.raises(MethodNotImplemented, match="gcsUri"):
        imagen.ask({"image": {"gcsUri": "gs://b/o"}}, UPSCALE, mode="upscale")
