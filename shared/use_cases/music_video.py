"""What the music-video endpoints' fields come to: an idea to write scenes of, and a character's portrait."""

from shared.catalog import catalog
from shared.catalog.scenes import MvDefaults, scenes
from shared.config import Settings
from shared.domain.request import JobRequest, ProviderOptions

REPLICATE = "google/imagen-4"
MIME_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}


def usual() -> MvDefaults:
    """The fields where they are left out."""
    return scenes().mv.defaults


def idea_of(idea: str, **fields: str) -> str:
    """The idea with what is said of video and character, as it is told to a writer."""
    templates = scenes().mv
    described = any(fields[name].strip() for name in ("character_description", "character_characteristics"))
    character = templates.character.format(**fields) if described else ""
    return templates.scenes.format(idea=idea.strip().rstrip("."), character=character.rstrip(), **fields)


def portrait_model(settings: Settings) -> str:
    """Imagen 4 on Replicate where this deployment has a token for it, else its usual model."""
    return REPLICATE if settings.replicate_api_token else settings.image_model


def portrait_of(description: str, wanted: JobRequest, model: str) -> JobRequest:
    """The request for a portrait by that model; what it does not know of `wanted` is left out, or said in the prompt.

    Raises:
        Rejected: 400 or 410, there is no such model.
    """
    can = catalog().resolve(model)[1].can
    told = scenes().mv.reference.format(character_description=description.strip().rstrip("."))
    options, unwanted = wanted.provider_options, wanted.negative_prompt
    if unwanted and "negative_prompt" not in can:
        told, unwanted = f"{told}. Not in the picture: {unwanted}", None
    return JobRequest(
        prompt=told,
        negative_prompt=unwanted,
        model=model,
        seed=wanted.seed if "seed" in can else None,
        n=wanted.n,
        aspect_ratio=wanted.aspect_ratio,
        mime_type=wanted.mime_type,
        job_type="character_reference",
        project_id=wanted.project_id,
        provider_options=ProviderOptions(
            person_generation=options.person_generation if "person_generation" in can else None,
            safety_setting=options.safety_setting if "safety_setting" in can else None,
        ),
    )
