"""What Gemini is asked for: every field known, checked and named when it is wrong or missing here."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from infra.local.vertex.imagen_request import Strict, read
from infra.local.vertex.names import camels
from infra.local.vertex.refusal import invalid, unimplemented

Modality = Literal["TEXT", "IMAGE"]
Positive = Annotated[int, Meta(ge=1)]


class Blob(Strict, frozen=True):
    """Bytes in the request."""

    mime_type: str
    data: str  # base64
    display_name: str | None = None


class Part(Strict, frozen=True):
    """A piece of text or a picture."""

    text: str | None = None
    inline_data: Blob | None = None
    thought: bool | None = None  # of the model's own turns, handed back
    thought_signature: str | None = None
    media_resolution: Any = None


class Content(Strict, frozen=True):
    """One turn."""

    parts: Annotated[list[Part], Meta(min_length=1)]
    role: Literal["user", "model", "system"] | None = None


class ImageOutput(Strict, frozen=True):
    """The picture's format."""

    mime_type: Literal["image/png", "image/jpeg"] = "image/png"
    compression_quality: Annotated[int, Meta(ge=0, le=100)] | None = None


class ImageConfig(Strict, frozen=True):
    """The picture's shape."""

    aspect_ratio: Literal["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"] | None = None
    image_size: str | None = None
    person_generation: str | None = None
    prominent_people: str | None = None
    image_output_options: ImageOutput = ImageOutput()


class GenerationConfig(Strict, frozen=True):
    """How to answer."""

    candidate_count: Positive = 1
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_k: Annotated[float, Meta(ge=1)] | None = None
    presence_penalty: Annotated[float, Meta(ge=-2, lt=2)] | None = None
    frequency_penalty: Annotated[float, Meta(ge=-2, lt=2)] | None = None
    seed: int | None = None
    max_output_tokens: Positive | None = None
    stop_sequences: Annotated[list[str], Meta(max_length=5)] = msgspec.field(default_factory=list)
    response_mime_type: Literal["text/plain", "application/json"] = "text/plain"
    response_schema: dict[str, Any] | None = None
    response_json_schema: dict[str, Any] | None = None
    response_modalities: list[Modality] | None = None
    image_config: ImageConfig | None = None
    thinking_config: dict[str, Any] | None = None
    media_resolution: str | None = None

    @property
    def schema(self) -> dict[str, Any] | None:
        """What the JSON text must follow."""
        return self.response_schema if self.response_json_schema is None else self.response_json_schema


class SafetySetting(Strict, frozen=True):
    """From when on a category blocks."""

    category: str
    threshold: str
    method: str | None = None


class Asked(Strict, frozen=True):
    """A whole request."""

    contents: Annotated[list[Content], Meta(min_length=1)]
    system_instruction: Content | None = None
    generation_config: GenerationConfig = GenerationConfig()
    safety_settings: list[SafetySetting] = msgspec.field(default_factory=list)
    labels: dict[str, str] = msgspec.field(default_factory=dict)


MISSING = {
    "": ("tools", "toolConfig", "cachedContent", "modelArmorConfig", "serviceTier", "store"),
    "generationConfig": (
        "speechConfig", "audioTimestamp", "routingConfig", "modelConfig", "responseLogprobs", "logprobs",
        "enableAffectiveDialog", "audioTranscriptionConfig", "responseFormat", "translationConfig",
    ),
    "contents[].parts[]": ("fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult",
                           "videoMetadata", "toolCall", "toolResponse"),
}  # fmt: skip


def asked(body: dict[str, Any]) -> Asked:
    """The request in `body`, checked.

    Raises:
        Refusal: UNIMPLEMENTED for a field that the API has and this does not, INVALID_ARGUMENT for a wrong one.
    """
    body = camels(body)
    _refuse_missing(body)
    request = read(Asked, body, "")
    config = request.generation_config
    if config.schema is not None and config.response_mime_type != "application/json":
        raise invalid("generationConfig.responseMimeType: a response schema needs application/json")
    if config.response_schema is not None and config.response_json_schema is not None:
        raise invalid("generationConfig: only one of responseSchema and responseJsonSchema")
    if config.candidate_count > 1:
        raise unimplemented("generationConfig.candidateCount above 1")
    if request.contents[-1].role == "model":
        raise invalid("contents: the last turn must be the user's")
    return request


def _refuse_missing(body: dict[str, Any]) -> None:
    contents = body.get("contents")
    turns = [turn for turn in contents if isinstance(turn, dict)] if isinstance(contents, list) else []
    parts = [part for turn in turns for part in turn.get("parts") or () if isinstance(part, dict)]
    config = body.get("generationConfig")
    for where, holders in (
        ("", [body]),
        ("generationConfig", [config] if isinstance(config, dict) else []),
        ("contents[].parts[]", parts),
    ):
        for name in MISSING[where]:
            if any(holder.get(name) is not None for holder in holders):
                raise unimplemented(f"{where}.{name}".lstrip("."))


def pictures(request: Asked) -> list[tuple[str, Blob]]:
    """The pictures given, each with where it stands.

    Raises:
        Refusal: INVALID_ARGUMENT for data that is no picture by its MIME type.
    """
    found = []
    for i, turn in enumerate(request.contents):
        for j, part in enumerate(turn.parts):
            where = f"contents[{i}].parts[{j}]"
            if (part.text is None) == (part.inline_data is None):
                raise invalid(f"{where}: exactly one of text and inlineData is required")
            if part.inline_data is not None:
                if part.inline_data.mime_type not in ("image/png", "image/jpeg", "image/webp"):
                    raise invalid(f"{where}.inlineData.mimeType: Unsupported MIME type: {part.inline_data.mime_type}")
                found.append((f"{where}.inlineData.data", part.inline_data))
    return found


def said(request: Asked) -> str:
    """The texts of the user's last turn, in a row."""
    return "\n".join(part.text for part in request.contents[-1].parts if part.text)
