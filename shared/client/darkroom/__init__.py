"""Darkroom's client: prompts become stored pictures, over HTTP.

    from darkroom import Client

    with Client("https://images.example.com", "drk_…") as client:
        job = client.submit("a red fox in the snow", aspect_ratio="16:9")
        for image in client.images(job, folder="out"):
            print(image.path)

`AsyncClient` has the same calls, to be awaited. What can go wrong is in `darkroom.errors`. The command line is
`darkroom` (the extra `cli`). Nothing here is loaded before it is used: httpx with the first client that is made.
"""

__version__ = "0.1.0"

from . import errors
from .client import AsyncClient, Client
from .errors import DarkroomError
from .records import Batch, Image, Job
from .webhooks import verify_webhook

__all__ = ["AsyncClient", "Batch", "Client", "DarkroomError", "Image", "Job", "errors", "verify_webhook"]
