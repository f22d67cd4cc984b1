"""Pictures in 8 bits of grey, RGB or RGBA, with the ICC profile that their numbers are meant in."""

from io import BytesIO

from PIL import Image, ImageCms

GREY = frozenset({"1", "L", "I", "I;16", "I;16B", "I;16L", "F"})
DEEP = frozenset({"I;16", "I;16B", "I;16L"})
SPACES = {"L": b"GRAY", "RGB": b"RGB ", "RGBA": b"RGB "}  # as the header of a profile names them
SPACE = slice(16, 20)


def plain(image: Image.Image) -> Image.Image:
    """The picture in L, RGB or RGBA; with its ICC profile where that still fits."""
    profile = image.info.get("icc_profile")
    if image.mode == "CMYK" and profile:
        image = _converted(image, profile)
    mode = "RGBA" if image.has_transparency_data else "L" if image.mode in GREY else "RGB"
    found = image if image.mode == mode else _eight_bits(image).convert(mode)
    found.info.pop("icc_profile", None)
    if profile and profile[SPACE] == SPACES[mode]:
        found.info["icc_profile"] = profile
    return found


def on_white(image: Image.Image) -> Image.Image:
    """A plain picture without transparency: white shows through."""
    if image.mode != "RGBA":
        return image
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    opaque = white.convert("RGB")
    opaque.info |= {name: value for name, value in image.info.items() if name == "icc_profile"}
    return opaque


def in_srgb(image: Image.Image) -> Image.Image:
    """A plain picture in the colour space that everybody assumes where there is no profile."""
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    if image.mode != "RGBA":
        return _converted(image, profile)
    opaque = _converted(image.convert("RGB"), profile)
    opaque.putalpha(image.getchannel("A"))
    return opaque


def is_opaque(image: Image.Image) -> bool:
    """Whether nothing shows through a plain picture."""
    return image.mode != "RGBA" or image.getchannel("A").getextrema()[0] == 255  # noqa: PLR2004 - fully opaque


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    """In sRGB, by the profile; as it is where that is none."""
    try:
        source, srgb = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
        found = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError):
        found = image.convert("RGB")
    found.info.pop("icc_profile", None)
    return found


def _eight_bits(image: Image.Image) -> Image.Image:
    """A picture with 16 bits of grey in 8; any other as it is."""
    return image.convert("I").point(lambda value: value / 256).convert("L") if image.mode in DEEP else image
