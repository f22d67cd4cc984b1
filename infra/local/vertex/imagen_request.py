"""What Imagen is asked for: every field known, checked and named when it is wrong."""

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from infra.local.vertex.refusal import invalid

Case = Literal["generate", "edit", "upscale"]
_SAFETY = {
    "block_low_and_above", "block_medium_and_above", "block_only_high", "block_none",
    "block_most", "block_some", "block_few", "block_fewest", "off",
}  # fmt: skip
_PERSONS = {"dont_allow", "allow_adult", "allow_all"}


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A part of a request; an unknown field is an error."""


class Image(Strict, frozen=True):
    """A picture given in the request."""

    bytes_base64_encoded: str | None = None
    gcs_uri: str | None = None
    mime_type: str | None = None


class MaskConfig(Strict, frozen=True):
    """How a mask is to be understood."""

    mask_mode: str = "MASK_MODE_USER_PROVIDED"
    dilation: Annotated[float, Meta(ge=0, le=1)] | None = None
    mask_classes: list[int] | None = None


class ControlConfig(Strict, frozen=True):
    """What a control picture controls."""

    control_type: str | None = None
    compute_control: bool | None = None
    enable_control_image_computation: bool | None = None


class StyleConfig(Strict, frozen=True):
    """What a style picture shows."""

    style_description: str | None = None


class SubjectConfig(Strict, frozen=True):
    """What a subject picture shows."""

    subject_description: str | None = None
    subject_type: str | None = None


class Reference(Strict, frozen=True):
    """One reference picture."""

    reference_type: Literal[
        "REFERENCE_TYPE_RAW",
        "REFERENCE_TYPE_MASK",
        "REFERENCE_TYPE_CONTROL",
        "REFERENCE_TYPE_STYLE",
        "REFERENCE_TYPE_SUBJECT",
    ]
    reference_id: int | None = None
    reference_image: Image | None = None
    mask_image_config: MaskConfig | None = None
    control_image_config: ControlConfig | None = None
    style_image_config: StyleConfig | None = None
    subject_image_config: SubjectConfig | None = None


class Instance(Strict, frozen=True):
    """The one instance."""

    prompt: str = ""
    reference_images: list[Reference] = msgspec.field(default_factory=list)
    image: Image | None = None  # of an upscale


class Output(Strict, frozen=True):
    """The pictures' format."""

    mime_type: Literal["image/png", "image/jpeg"] = "image/png"
    compression_quality: Annotated[int, Meta(ge=0, le=100)] | None = None

    def __post_init__(self) -> None:
        if self.compression_quality is not None and self.mime_type != "image/jpeg":
            raise ValueError("compressionQuality is for image/jpeg alone")

    @property
    def quality(self) -> int:
        """Of a JPEG."""
        return 75 if self.compression_quality is None else self.compression_quality


class EditConfig(Strict, frozen=True):
    """How an edit is made."""

    base_steps: Annotated[int, Meta(ge=1)] | None = None


class UpscaleConfig(Strict, frozen=True):
    """How far a picture is enlarged."""

    upscale_factor: Literal["x2", "x3", "x4"] = "x2"
    enhance_input_image: bool | None = None  # these two change the real model's taste, and nothing here
    image_preservation_factor: Annotated[float, Meta(ge=0, le=1)] | None = None


class Parameters(Strict, frozen=True):
    """The parameters of every task; which go together is checked below."""

    sample_count: Annotated[int, Meta(ge=1, le=4)] = 1
    aspect_ratio: Literal["1:1", "9:16", "16:9", "4:3", "3:4"] | None = None
    negative_prompt: str | None = None
    seed: Annotated[int, Meta(ge=0, le=2**32 - 1)] | None = None
    add_watermark: bool = True
    sample_image_size: str = "1K"
    person_generation: str = "allow_adult"
    safety_setting: str = "block_medium_and_above"
    enhance_prompt: bool | None = None
    include_rai_reason: bool = False
    include_safety_attributes: bool = False
    output_options: Output = Output()
    storage_uri: str | None = None
    language: Literal["auto", "en", "zh", "zh-CN", "zh-TW", "hi", "ja", "ko", "pt", "es"] | None = None
    guidance_scale: Annotated[float, Meta(ge=0, le=500)] | None = None
    edit_mode: str | None = None
    edit_config: EditConfig | None = None
    mode: Literal["upscale"] | None = None
    upscale_config: UpscaleConfig | None = None

    def __post_init__(self) -> None:
        for name, value, known in (
            ("personGeneration", self.person_generation, _PERSONS),
            ("safetySetting", self.safety_setting, _SAFETY),
        ):
            if value.lower() not in known:
                raise ValueError(f"{name} must be one of {', '.join(sorted(known))}, not {value}")


def case_of(instance: Instance, parameters: Parameters) -> Case:
    """Which task a request is."""
    if parameters.mode:
        return "upscale"
    return "edit" if parameters.edit_mode or instance.reference_images else "generate"


T = TypeVar("T")


def read(kind: type[T], data: Any, where: str) -> T:
    """`data` as a `kind`.

    Raises:
        Refusal: INVALID_ARGUMENT, naming the field below `where`.
    """
    try:
        return msgspec.convert(_whole(data), kind)
    except msgspec.ValidationError as exc:
        problem, _, path = str(exc).partition(" - at `$")
        named = f"{where}{path.rstrip('`')}".lstrip(".")
        raise invalid(f"{named}: {problem}" if named else problem) from exc


def _whole(data: Any) -> Any:
    """A protobuf Value knows no integers: 2.0 is 2."""
    if isinstance(data, dict):
        return {name: _whole(value) for name, value in data.items()}
    if isinstance(data, list):
        return [_whole(value) for value in data]
    return int(data) if isinstance(data, float) and data.is_integer() else data
