"""What an edit inside a mask needs beside what the model can do: which pictures go together.

Source: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/imagen-api-edit
"""

from collections.abc import Iterator, Mapping

from shared.domain.request import EditMode, JobRequest, MaskMode

COMPUTED: frozenset[MaskMode] = frozenset({"background", "foreground", "semantic"})  # masks that the model finds itself
# What is painted where no mask is given.
OWN_MASK: Mapping[EditMode, MaskMode] = {"background_swap": "background", "product_image": "background"}
UNMASKED: frozenset[EditMode] = frozenset({"default"})  # the whole picture, by the prompt alone
MAX_PICTURES = 4  # with the mask


def wrong_edits(request: JobRequest) -> Iterator[tuple[str, str]]:
    """A pointer into a request to a model that paints inside masks, and what is wrong there."""
    options = request.provider_options
    raws = sum(reference.type == "raw" for reference in request.references)
    masked = bool(request.mask) or options.mask_mode in COMPUTED or options.edit_mode in OWN_MASK
    if raws > 1:
        yield "/references", f"one picture is edited at a time: {raws} are of type raw"
    if masked and not raws:
        yield "/references", "a mask goes with a reference of type raw, the picture to paint in"
    if len(request.references) + masked > MAX_PICTURES:
        yield "/references", f"at most {MAX_PICTURES} pictures, the mask counted in"
    if request.mask and options.mask_mode in COMPUTED:
        yield "/mask", f"with mask_mode {options.mask_mode} the model finds the mask itself: leave one of them out"
    if options.mask_mode == "user_provided" and not request.mask:
        yield "/mask", "mask_mode user_provided goes with a mask, which is missing"
    if options.mask_mode == "semantic" and not options.mask_classes:
        yield "/provider_options/mask_classes", "mask_mode semantic needs the classes of what the mask is to cover"
    if options.mask_classes and options.mask_mode != "semantic":
        yield "/provider_options/mask_classes", "goes with mask_mode semantic"
    if options.edit_mode in UNMASKED and masked:
        yield "/provider_options/edit_mode", f"{options.edit_mode} takes no mask"
    if options.edit_mode and options.edit_mode not in UNMASKED and not masked:
        text = f"{options.edit_mode} needs a mask, or a mask_mode of {', '.join(sorted(COMPUTED))}"
        yield "/provider_options/edit_mode", text
