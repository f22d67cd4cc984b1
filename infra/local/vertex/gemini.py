"""Gemini: one answer of text, JSON or a picture for a checked request."""

import json
import math
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.local.kernel import Kernel
from infra.local.vertex.examples import Example
from infra.local.vertex.gemini_request import Asked, GenerationConfig, ImageConfig, asked, pictures, said
from infra.local.vertex.imagen import painted, provoke
from infra.local.vertex.markers import GENERATE, Marked, marked
from infra.local.vertex.models import Target
from infra.local.vertex.references import decoded
from infra.local.vertex.refusal import invalid
from infra.local.vertex.studio import Studio, fingerprint, seed_of
from shared.providers.painting import RATIOS, size_for

IMAGE_INPUT_TOKENS = 258
LETTERS_A_TOKEN = 4
# Markers that end an answer, and how.
ENDINGS = {
    "image-safety": "IMAGE_SAFETY",
    "image-prohibited": "IMAGE_PROHIBITED_CONTENT",
    "image-recitation": "IMAGE_RECITATION",
    "no-image": "NO_IMAGE",
    "safety": "SAFETY",
}
_UNSHOWN = (
    "Unable to show the generated image. The model could not generate the image based on the prompt provided. "
    "You will not be charged for this request. Try rephrasing the prompt."
)
_CATEGORIES = ("HATE_SPEECH", "DANGEROUS_CONTENT", "HARASSMENT", "SEXUALLY_EXPLICIT")


@dataclass(frozen=True)
class Gemini:
    """`generateContent`."""

    kernel: Kernel
    studio: Studio

    async def generate(self, model: Target, body: dict[str, Any]) -> dict[str, Any]:
        """The whole response, as the API says it in JSON.

        Raises:
            Refusal: of a field, or provoked by a marker.
        """
        request = asked(body)
        config = request.generation_config
        modalities = _modalities(model, config)
        given = [decoded(blob.data, where) for where, blob in pictures(request)]
        if len(given) > model.model.inputs:
            raise invalid(f"contents: {model.id} takes {model.model.inputs} pictures at most, not {len(given)}")
        prompt = marked(said(request), GENERATE)
        await provoke(self.kernel, prompt, model.name, GENERATE)
        inputs = _tokens(_every_text(request)) + IMAGE_INPUT_TOKENS * len(given)
        if "prompt-blocked" in prompt:
            feedback: Any = {"blockReason": "PROHIBITED_CONTENT", "blockReasonMessage": "The prompt was blocked."}
            return self._answer(model, body, inputs, 0, {"promptFeedback": feedback})
        if ending := next((ENDINGS[name] for name in prompt.found if name in ENDINGS), None):
            return self._answer(model, body, inputs, 0, {"candidates": [_ended(ending)]})
        parts: list[dict[str, Any]] = []
        tokens, finish = 0, "STOP"
        if "TEXT" in modalities or "text-only" in prompt:
            text, finish = _text(config, prompt, pictured="IMAGE" in modalities)
            parts.append({"text": text})
            tokens += _tokens(text)
        if "IMAGE" in modalities and "text-only" not in prompt and finish == "STOP":
            data, form, spent = await self._picture(model, request, prompt, given)
            parts.append({"inlineData": {"mimeType": form, "data": b64encode(data).decode()}})
            tokens += spent
        candidate = {"content": {"role": "model", "parts": parts}, "finishReason": finish}
        return self._answer(model, body, inputs, tokens, {"candidates": [candidate]})

    async def _picture(
        self, model: Target, request: Asked, prompt: Marked, given: list[bytes]
    ) -> tuple[bytes, str, int]:
        """The picture, its MIME type and what it costs in tokens."""
        from infra.local.vertex.editing import derived, ratio_of  # Pillow: at the first picture

        config = request.generation_config
        image = config.image_config or ImageConfig()
        size = image.image_size or "1K"
        if size not in model.model.sizes:
            sizes = ", ".join(model.model.sizes)
            raise invalid(f"generationConfig.imageConfig.imageSize: {model.id} makes {sizes}, not {size}")
        output = image.image_output_options
        quality = 75 if output.compression_quality is None else output.compression_quality
        taste = config.seed, config.temperature, config.top_p, config.top_k
        seed = seed_of(model.id, *taste, _every_text(request))
        try:
            ratio = image.aspect_ratio or (ratio_of(given[-1], RATIOS) if given else "1:1")
            pixels = size_for(ratio, size)
            if given:
                look = pixels, output.mime_type, quality
                made = await self.studio.make(derived, prompt.text, seed, given, *look)
            else:
                made = await self.studio.make(painted, prompt.text, *pixels, seed, output.mime_type, quality)
        except ValueError as exc:
            raise invalid(f"contents: Unable to process input image: {exc}") from exc
        return made, output.mime_type, model.model.tokens[size]

    def _answer(
        self, model: Target, body: dict[str, Any], inputs: int, outputs: int, content: dict[str, Any]
    ) -> dict[str, Any]:
        now = self.kernel.clock.tick()
        usage = {"promptTokenCount": inputs, "totalTokenCount": inputs + outputs}
        if outputs:
            usage["candidatesTokenCount"] = outputs
        return {
            **content,
            "usageMetadata": usage,
            "modelVersion": model.id,
            "createTime": datetime.fromtimestamp(now / 1e6, UTC).isoformat().replace("+00:00", "Z"),
            "responseId": fingerprint(now, body)[:22],
        }


def _modalities(model: Target, config: GenerationConfig) -> set[str]:
    asked_for: set[str] = set(config.response_modalities or ())
    if not model.model.images:
        if "IMAGE" in asked_for or config.image_config is not None:
            raise invalid(
                "generationConfig.responseModalities: the requested combination of response modalities is not "
                f"supported by the model. {model.id} accepts the following combination of response modalities: TEXT"
            )
        return {"TEXT"}
    if config.response_mime_type == "application/json":
        raise invalid(f"generationConfig.responseMimeType: JSON mode is not enabled for {model.id}")
    return asked_for or {"TEXT", "IMAGE"}


def _text(config: GenerationConfig, prompt: Marked, *, pictured: bool) -> tuple[str, str]:
    """The text of an answer and its finish reason."""
    if "bad-json" in prompt:
        text = "Sure! Here is the JSON that you asked for: {"
    elif config.schema is not None:
        text = json.dumps(Example(config.schema, prompt.text).make(), ensure_ascii=False)
    elif config.response_mime_type == "application/json":
        text = json.dumps({"response": prompt.text}, ensure_ascii=False)
    elif "text-only" in prompt:
        text = "I can describe this picture, but I cannot create it."
    elif pictured:
        text = f"Here is the picture: {prompt.text}"
    else:
        text = f"An answer of the local cloud to: {prompt.text}"
    for stop in config.stop_sequences:
        text = text.split(stop, 1)[0] if stop else text
    most = len(text) // 2 if "max-tokens" in prompt else (config.max_output_tokens or len(text)) * LETTERS_A_TOKEN
    return (text, "STOP") if len(text) <= most else (text[:most], "MAX_TOKENS")


def _ended(reason: str) -> dict[str, Any]:
    candidate: dict[str, Any] = {"finishReason": reason}
    if reason == "SAFETY":
        candidate["safetyRatings"] = [
            {"category": f"HARM_CATEGORY_{name}", "probability": "NEGLIGIBLE" if index else "HIGH"}
            | ({} if index else {"blocked": True})
            for index, name in enumerate(_CATEGORIES)
        ]
    else:
        candidate["finishMessage"] = _UNSHOWN
    return candidate


def _every_text(request: Asked) -> str:
    turns = [*([request.system_instruction] if request.system_instruction else ()), *request.contents]
    return "\n".join(part.text for turn in turns for part in turn.parts if part.text)


def _tokens(text: str) -> int:
    return math.ceil(len(text) / LETTERS_A_TOKEN)
