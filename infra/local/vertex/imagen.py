"""Imagen: predictions for a checked request."""

import secrets
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from infra.local.kernel import Kernel
from infra.local.vertex.imagen_request import Instance, Parameters, UpscaleConfig, case_of, read
from infra.local.vertex.markers import PREDICT, Marked, marked
from infra.local.vertex.models import Target, not_found, target
from infra.local.vertex.names import camels
from infra.local.vertex.references import content, references
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

UNSEEDED = -4  # the number of the first picture where no seed is given


def painted(  # noqa: PLR0917 - the pool hands them over so
    text: str, width: int, height: int, seed: int, mime_type: str, quality: int | None
) -> bytes:
    """The painter, with its arguments in a row."""
    return paint(text, width=width, height=height, seed=seed, mime_type=mime_type, quality=quality)


@dataclass(frozen=True)
class Wish:
    """A checked request."""

    model: Target
    text: str  # the prompt without markers
    instance: Instance
    parameters: Parameters

    @property
    def case(self) -> str:
        """The task."""
        return case_of(self.instance, self.parameters)


async def provoke(kernel: Kernel, prompt: Marked, name: str, method: str) -> None:
    """What markers ask of any call: to wait, to fail.

    Raises:
        Refusal: as the marker says.
    """
    if "slow" in prompt:
        await kernel.clock.sleep(float(prompt.found["slow"] or 1))
    if "rate-limit" in prompt:
        raise Refusal("RESOURCE_EXHAUSTED", f"Quota exceeded for requests to {name}. Please retry later.")
    if "retired" in prompt:
        raise not_found(name, method)
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
        instance = read(Instance, camels(instances[0]), "instances[0]")
        parameters = read(Parameters, {} if given is None else camels(given), "parameters")
        _fit(model, instance, parameters)
        prompt = marked(instance.prompt, PREDICT)
        await provoke(self.kernel, prompt, name, PREDICT)
        if "refused" in prompt:
            raise invalid(REFUSED)
        if "empty" in prompt:
            return []
        filtered = parameters.sample_count if "blocked" in prompt else int("some-blocked" in prompt)
        reason = FILTERED if filtered == parameters.sample_count else SOME_FILTERED
        wish = Wish(model, prompt.text, instance, parameters)
        unseeded = secrets.randbits(40) if "varied" in prompt else UNSEEDED
        first = unseeded if parameters.seed is None else parameters.seed
        wanted = range(first, first + parameters.sample_count - filtered)  # seed s, image i: as seed s + i alone
        pictures = [await self._picture(wish, number) for number in wanted]
        shared: dict[str, Any] = {"mimeType": parameters.output_options.mime_type}
        if parameters.enhance_prompt is not False and wish.case == "generate":
            shared["prompt"] = f"{prompt.text}, rich in detail, in soft natural light"
        if parameters.include_safety_attributes:
            shared["safetyAttributes"] = {"categories": [], "scores": []}
        predictions = [{**shared, "bytesBase64Encoded": b64encode(picture).decode()} for picture in pictures]
        if filtered and parameters.include_rai_reason:
            predictions.append({"raiFilteredReason": reason})
        return predictions

    async def _picture(self, wish: Wish, number: int) -> bytes:
        """One picture; `number` tells it from its siblings."""
        from infra.local.vertex.editing import derived, enlarged, repainted  # Pillow: at the first picture

        given = wish.parameters
        look = given.output_options.mime_type, given.output_options.quality
        seed = seed_of(wish.model.id, given.negative_prompt, given.guidance_scale, given.language, number)
        width, height = size_for(given.aspect_ratio or "1:1", given.sample_image_size)
        make = self.studio.make
        try:
            if wish.case == "generate":
                return await make(painted, wish.text, width, height, seed, *look)
            if wish.case == "upscale":
                factor = (given.upscale_config or UpscaleConfig()).upscale_factor
                return await make(enlarged, content(wish.instance.image, "instances[0].image"), int(factor[1]), *look)
            found = references(wish.instance, given)
            if found.raw is not None and found.mask_config is not None:
                config = found.mask_config
                how = {"mask_mode": config.mask_mode, "dilation": config.dilation or 0, "edit_mode": given.edit_mode}
                return await make(repainted, wish.text, seed, found.raw, found.mask, how, *look)
            sources = [found.raw, *found.others] if found.raw is not None else found.others
            size = None if found.raw is not None else (width, height)
            return await make(derived, wish.text, seed, sources, size, *look)
        except ValueError as exc:
            raise invalid(f"instances[0]: a picture is refused: {exc}") from exc


def _fit(model: Target, instance: Instance, parameters: Parameters) -> None:
    """What goes together, and what this model can do."""
    case = case_of(instance, parameters)
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
    if not instance.prompt.strip() and case != "upscale" and parameters.edit_mode != "EDIT_MODE_INPAINT_REMOVAL":
        raise invalid("instances[0].prompt: a prompt must not be empty")
    for name, value, cases in (
        ("instances[0].referenceImages", instance.reference_images, ("edit",)),
        ("instances[0].image", instance.image, ("upscale",)),
        ("parameters.editConfig", parameters.edit_config, ("edit",)),
        ("parameters.upscaleConfig", parameters.upscale_config, ("upscale",)),
        ("parameters.enhancePrompt", parameters.enhance_prompt, ("generate",)),
        ("parameters.aspectRatio", parameters.aspect_ratio, ("generate", "edit")),
    ):
        if value and case not in cases:
            raise invalid(f"{name}: not with the task {case}")
