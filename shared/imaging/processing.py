"""What is done to one picture: turned upright, brought to size, encoded; and its thumbnail."""

from io import BytesIO

import msgspec
from PIL import Image

from shared.domain.job import Job
from shared.imaging.colours import plain
from shared.imaging.encoding import FORMATS, encoded, is_compressed
from shared.imaging.shapes import Size, asked_size, brought_to, shown_size, upright
from shared.imaging.thumbnails import thumbnail
from shared.ports import Picture, Processed

MAX_PROBLEM = 400  # characters of a library's words


def processed(job: Job, picture: Picture) -> Processed:
    """See ImageProcessor.process; takes the time and the memory that decoding takes."""
    done, as_asked = Processed(image=picture), False
    try:
        with Image.open(BytesIO(picture.data), formats=tuple(FORMATS.values())) as opened:
            as_asked = _is_as_asked(job, picture, opened)
            if as_asked and not job.thumbnail:
                return done
            image = plain(upright(opened))
        if not as_asked:
            image = brought_to(image, asked_size(job, image.size))
            data = encoded(image, job.mime_type, job.compression)
            done = Processed(image=_made_of(picture, data, job.mime_type, image.size), original=picture)
        if job.thumbnail:
            done = msgspec.structs.replace(done, thumbnail=_made_of(picture, *thumbnail(image)))
    except Exception as exc:  # noqa: BLE001 - whatever Pillow meets: the picture is paid, and what there is is kept
        what = "has no thumbnail" if as_asked or done.original else "is as the model made it"
        text = f"The picture could not be processed, and {what}: {type(exc).__name__}: {exc}"[:MAX_PROBLEM]
        return msgspec.structs.replace(done, problem=text)
    return done


def _is_as_asked(job: Job, picture: Picture, opened: Image.Image) -> bool:
    """Whether the provider's bytes are what is handed out."""
    if picture.mime_type != job.mime_type:
        return False
    if job.compression is not None and not is_compressed(opened, job.compression):
        return False
    return job.fit == "none" or asked_size(job, size := shown_size(opened)) == size


def _made_of(picture: Picture, data: bytes, mime_type: str, size: Size) -> Picture:
    return msgspec.structs.replace(picture, data=data, mime_type=mime_type, width=size[0], height=size[1])
