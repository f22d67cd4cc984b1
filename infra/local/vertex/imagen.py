"""Imagen: predictions for a checked request."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from infra.local.kernel import Kernel
from infra.local.vertex.imagen_request import Instance, Parameters, read
from infra.local.vertex.markers import PREDICT, Marked, marked
from infra.local.vertex.models import Target, not_found, target
from infra.local.vertex.refusal import Refusal, invalid, of_status, unimplemented
from infra.local.vertex.studio import Studio, seed_of
from shared.providers.painting import paint, size_for

REFUSED = (
    "The prompt could not be submitted. This prompt contains sensitive words that violate Google's Responsible AI "
    "practices. Try rephrasing the prompt. If you think this was an error, send feedback. Support codes: 42876398"
)
FILTERED = (
    "Unable to show generated images. All images were filtered out because they violated Vertex AI's usage "
    "guidelines. You will not be charged for blocked images. Try rephrasing the prompt. If you think this was an "
    "error, send feedback. Support codes: 39322892, 29310472"
)
SOME_FILTERED = (
    "Your current safety filter threshold filtered out 1 generated images. You will not be charged for blocked "
    "images. Try rephrasing the prompt. If you think this was an error, send feedback. Support codes: 56562880"
)


def painted(text: str, width: int, height: int, seed: int, mime_type: str, quality: int | None) -> bytes:
    """The painter, with its arguments in a row."""
    return paint(text, width=width, height=height, seed=seed, mime_type=mime_type, quality=quality)


async def provoke(kernel: Kernel, prompt: Marked, name: str) -> None:
    """What markers ask of any call: to wait, to fail.

    Raises:
        Refusal: as the marker says.
    """
    if "slow" in prompt:
        await kernel.clock.sleep(float(prompt.found["slow"] or 1))
    if "rate-limit" in prompt:
        raise Refusal("RESOURCE_EXHAUSTED", f"Quota exceeded for requests to {name}. Please retry later.")
    if "retired" in prompt:
        raise not_found(name)
    if "error" in prompt:
        try:
            raise of_status(int(prompt.found["error"] or 500))
        except (KeyError, ValueError) as exc:
            raise invalid(f"[[error {prompt.found['error']}]] names no status that gRPC knows too") from exc


@dataclass(frozen=True)
class Imagen:
    """`predict` on Imagen's models."""

    kernel: Kernel
    studio: Studio

    async def predict(self, name: str, instances: list[Any], given: Any) -> list[dict[str, Any]]:
        """The predictions, as the API says them in JSON.

        Raises:
            Refusal: of the model, a field, or provoked by a marker.
        """
        model = target(name, "imagen", "predict")
        if len(instances) != 1:
            raise invalid(f"instances: exactly one is served, not {len(instances)}")
        instance = read(Instance, instances[0], "instances[0]")
        parameters = read(Parameters, {} if given is None else given, "parameters")
        _fit(model, instance, parameters)
        prompt = marked(instance.prompt, PREDICT)
        await provoke(self.kernel, prompt, name)
        if "refused" in prompt:
            raise invalid(REFUSED)
        if "empty" in prompt:
            return []
        filtered = parameters.sample_count if "blocked" in prompt else int("some-blocked" in prompt)
        reason = FILTERED if filtered == parameters.sample_count else SOME_FILTERED
        wanted = range(parameters.sample_count - filtered)
        pictures = [await self._picture(model, prompt, instance, parameters, i) for i in wanted]
        shared: dict[str, Any] = {"mimeType": parameters.output_options.mime_type}
        if parameters.enhance_prompt is not False and parameters.case == "generate":
            shared["prompt"] = f"{prompt.text}, rich in detail, in soft natural light"
        if parameters.include_safety_attributes:
            shared["safetyAttributes"] = {"categories": [], "scores": []}
        predictions = [{**shared, "bytesBase64Encoded": b64encode(picture).decode()} for picture in pictures]
        if filtered and parameters.include_rai_reason:
            predictions.append({"raiFilteredReason": reason})
        return predictions

    async def _picture(self, model: Target, prompt: Marked, instance: Instance, given: Parameters, i: int) -> bytes:
        output = given.output_options
        number = -1 - i if given.seed is None else given.seed + i  # seed s, image i: as seed s + i alone
        seed = seed_of(model.id, given.negative_prompt, given.guidance_scale, given.language, number)
        width, height = size_for(given.aspect_ratio or "1:1", given.sample_image_size)
        quality = 75 if output.compression_quality is None else output.compression_quality
        return await self.studio.make(painted, prompt.text, width, height, seed, output.mime_type, quality)


def _fit(model: Target, instance: Instance, parameters: Parameters) -> None:
    """What goes together, and what this model can do."""
    case = parameters.case
    if case not in model.model.tasks:
        able = ", ".join(sorted(model.model.tasks))
        raise invalid(f"parameters: {model.id} does not {case}; it does: {able}")
    if parameters.storage_uri is not None:
        raise unimplemented("parameters.storageUri")
    if parameters.seed is not None and parameters.add_watermark:
        raise invalid(
            "Image generation failed with the following error: Seed is not supported when watermark is enabled. "
            "(parameters.seed, parameters.addWatermark)"
        )
    if parameters.sample_image_size not in model.model.sizes:
        raise invalid(
            f"parameters.sampleImageSize: {model.id} makes {', '.join(model.model.sizes)}, "
            f"not {parameters.sample_image_size}"
        )
    if not instance.prompt.strip() and case == "generate":
        raise invalid("instances[0].prompt: a prompt must not be empty")
    for name, value, cases in (
        ("instances[0].referenceImages", instance.reference_images, ("edit",)),
        ("instances[0].image", instance.image, ("upscale",)),
        ("parameters.editConfig", parameters.edit_config, ("edit",)),
        ("parameters.upscaleConfig", parameters.upscale_config, ("upscale",)),
        ("parameters.enhancePrompt", parameters.enhance_prompt, ("generate",)),
    ):
        if value and case not in cases:
            raise invalid(f"{name}: not with the task {case}")
