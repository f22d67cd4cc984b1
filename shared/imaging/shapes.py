"""Sizes in pixels, and pictures brought to them."""

from PIL import Image, ImageOps

from shared.domain.job import Job

Size = tuple[int, int]  # width and height
SMOOTH = Image.Resampling.LANCZOS
QUICK = 3.0  # halving first, down to three times the size: much faster, and not to be told apart (Pillow's advice)
ORIENTATION, TURNED = 0x0112, range(5, 9)  # the EXIF tag, and its values that lay a picture on its side


def within(size: Size, box: Size) -> Size:
    """`size` scaled, up or down, to touch the sides of `box` from within."""
    scale = min(box[0] / size[0], box[1] / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def asked_size(job: Job, size: Size) -> Size:
    """What a picture of that size is to be brought to: its own size where the job leaves it as it is."""
    if job.fit == "none" or not job.width or not job.height:
        return size
    box = (job.width, job.height)
    return box if job.fit == "cover" else within(size, box)


def shown_size(image: Image.Image) -> Size:
    """The picture's size as a viewer shows it, its EXIF orientation respected."""
    width, height = image.size
    return (height, width) if image.getexif().get(ORIENTATION) in TURNED else (width, height)


def brought_to(image: Image.Image, size: Size) -> Image.Image:
    """The picture scaled to cover exactly that size; what stands out is cropped, on both sides alike."""
    if image.size == size:
        return image
    ratio = max(size[0] / image.width, size[1] / image.height)
    width, height = size[0] / ratio, size[1] / ratio  # of the part that is seen, in the picture's own pixels
    left, top = max(0.0, (image.width - width) / 2), max(0.0, (image.height - height) / 2)
    seen = (left, top, min(float(image.width), left + width), min(float(image.height), top + height))
    return image.resize(size, SMOOTH, box=seen, reducing_gap=QUICK)


def upright(image: Image.Image) -> Image.Image:
    """The picture turned as its EXIF orientation says."""
    return ImageOps.exif_transpose(image)
