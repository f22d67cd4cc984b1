"""The pictures in a request: taken out of it, checked, and told apart."""

import binascii
from base64 import b64decode
from dataclasses import dataclass

from infra.local.vertex.imagen_request import Image, Instance, MaskConfig, Parameters, Reference
from infra.local.vertex.refusal import invalid, unimplemented

WITH_MASK = {
    "EDIT_MODE_INPAINT_INSERTION",
    "EDIT_MODE_INPAINT_REMOVAL",
    "EDIT_MODE_OUTPAINT",
    "EDIT_MODE_BGSWAP",
    "EDIT_MODE_PRODUCT_IMAGE",
}
WITHOUT_MASK = {"EDIT_MODE_DEFAULT", "EDIT_MODE_STYLE", "EDIT_MODE_CONTROLLED_EDITING"}
MOST = 4  # reference pictures
_COMPUTED = {"MASK_MODE_FOREGROUND", "MASK_MODE_BACKGROUND"}


@dataclass(frozen=True)
class References:
    """What an edit starts from."""

    raw: bytes | None
    mask: bytes | None
    mask_config: MaskConfig | None
    others: list[bytes]


def content(image: Image | None, where: str) -> bytes:
    """The bytes of a picture in the request.

    Raises:
        Refusal: there are none, they are no base64, or they lie in Cloud Storage.
    """
    if image is not None and image.gcs_uri is not None:
        raise unimplemented(f"{where}.gcsUri")
    if image is None or not image.bytes_base64_encoded:
        raise invalid(f"{where}.bytesBase64Encoded: a picture is required")
    return decoded(image.bytes_base64_encoded, f"{where}.bytesBase64Encoded")


def decoded(text: str, where: str) -> bytes:
    """Base64 of either alphabet, as JSON of protobuf allows.

    Raises:
        Refusal: INVALID_ARGUMENT, naming `where`.
    """
    try:
        return b64decode(text.translate(str.maketrans("-_", "+/")) + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise invalid(f"{where}: Base64 decoding failed") from exc


def references(instance: Instance, parameters: Parameters) -> References:
    """The references of an edit, checked against its mode.

    Raises:
        Refusal: INVALID_ARGUMENT naming what is missing or too much, UNIMPLEMENTED for semantic masks.
    """
    where, given, mode = "instances[0].referenceImages", instance.reference_images, parameters.edit_mode
    if mode is not None and mode not in WITH_MASK | WITHOUT_MASK:
        raise invalid(f"parameters.editMode: must be one of {', '.join(sorted(WITH_MASK | WITHOUT_MASK))}, not {mode}")
    if not 1 <= len(given) <= MOST:
        raise invalid(f"{where}: 1 to {MOST} are needed, not {len(given)}")
    raws, masks = (_of(given, kind) for kind in ("RAW", "MASK"))
    if len(raws) > 1 or len(masks) > 1:
        raise invalid(f"{where}: at most one REFERENCE_TYPE_RAW and one REFERENCE_TYPE_MASK")
    if mode in WITH_MASK and not (raws and masks):
        raise invalid(f"{where}: {mode} needs a REFERENCE_TYPE_RAW and a REFERENCE_TYPE_MASK")
    if masks and mode not in WITH_MASK:
        raise invalid(f"{where}: a REFERENCE_TYPE_MASK needs a parameters.editMode that paints inside it")
    if raws and parameters.aspect_ratio is not None:
        raise invalid("parameters.aspectRatio: an edit keeps the size of its REFERENCE_TYPE_RAW")
    mask, config = _mask(*masks[0]) if masks else (None, None)
    raw = content(raws[0][1].reference_image, f"{where}[{raws[0][0]}].referenceImage") if raws else None
    taken = {index for index, _ in raws + masks}
    others = [
        content(reference.reference_image, f"{where}[{index}].referenceImage")
        for index, reference in enumerate(given)
        if index not in taken
    ]
    return References(raw, mask, config, others)


def _of(given: list[Reference], kind: str) -> list[tuple[int, Reference]]:
    return [(index, one) for index, one in enumerate(given) if one.reference_type == f"REFERENCE_TYPE_{kind}"]


def _mask(index: int, reference: Reference) -> tuple[bytes | None, MaskConfig]:
    where = f"instances[0].referenceImages[{index}]"
    config = reference.mask_image_config or MaskConfig()
    if config.mask_mode == "MASK_MODE_SEMANTIC" or config.mask_classes:
        raise unimplemented(f"{where}.maskImageConfig with MASK_MODE_SEMANTIC and maskClasses")
    if config.mask_mode in _COMPUTED:
        return None, config
    if config.mask_mode not in ("MASK_MODE_USER_PROVIDED", "MASK_MODE_DEFAULT"):
        raise invalid(f"{where}.maskImageConfig.maskMode: {config.mask_mode} is unknown")
    return content(reference.reference_image, f"{where}.referenceImage"), config
