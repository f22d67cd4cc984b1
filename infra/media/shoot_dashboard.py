"""`python -m infra.media.shoot_dashboard` (part of `make media`): the README's picture of the dashboard.

The real page in Chromium, over a stack of its own that has some pictures, some at work and one that was refused: the
queue by night and the gallery by day, side by side. Writes `infra/media/dashboard.png`, in a palette: exit code 0, or 1
where there is no browser.
"""

import os
import sys
import tempfile
import time
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import httpx
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from infra.chromium import FLAGS, advice, find
from infra.local.environment import ROOT, Settings
from infra.local.stack import Stack

OUT = ROOT / "infra" / "media" / "dashboard.png"
VIEWPORT = {"width": 1280, "height": 860}
GAP = 16  # pixels between the two
COLOURS = 256
GROUNDS = 40  # the commonest colours, taken as they are
ENDED = {"completed", "failed", "canceled"}
PATIENCE_SECONDS = 120
# What becomes of the sea at each hour: (prompt, aspect ratio).
DONE = (
    ("A lighthouse in the fog, 35 mm, the lamp just lit", "3:4"),
    ("Fishing boats leave before dawn, long exposure", "16:9"),
    ("The harbour master's desk, seen from above", "1:1"),
    ("Nets drying on the quay, low sun, grain", "4:3"),
    ("The last ferry, seen from the hill", "16:9"),
    ("Gulls over the breakwater, a storm behind them", "1:1"),
    ("Salt on a window, the bay out of focus", "3:4"),
    ("A village of boathouses, first snow", "16:9"),
    ("Tide pools by moonlight, wide", "4:3"),
    ("The pier on a Sunday, umbrellas", "1:1"),
)
REFUSED = "A wreck on the rocks, and who was in it"
AT_WORK = ("Divers at the wreck, light from above", "The regatta, from a drone, noon", "Rain on the market hall, neon")
SETTLED = """() => new Promise((done) => setTimeout(done, 1500))
  .then(() => Promise.all([...document.images].map((image) => image.decode().catch(() => null)))).then(() => null)"""


def fill(url: str, control: str) -> None:
    """Have jobs in each state: what is at work stays so, since its model takes its time from now on.

    Raises:
        TimeoutError: the jobs do not end.
        httpx.HTTPError: the stack refuses one.
    """
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as http:
        scenes = [
            {"prompt": prompt, "aspect_ratio": ratio, "project_id": "harbour", "scene_id": str(1 + at // 4), "seed": at}
            for at, (prompt, ratio) in enumerate(DONE)
        ]
        jobs = [_asked(http, scene) for scene in scenes]
        _await(http, jobs)
        fault = {"service": "vertex", "method": "Predict", "effect": "error", "code": "INVALID_ARGUMENT", "count": 1}
        httpx.post(f"{control}/faults", json=fault, trust_env=False).raise_for_status()
        _await(http, [_asked(http, {"prompt": REFUSED, "project_id": "harbour"})])
        held = {"service": "vertex", "method": "Predict", "effect": "hold"}
        httpx.post(f"{control}/faults", json=held, trust_env=False).raise_for_status()
        for prompt in AT_WORK:
            _asked(http, {"prompt": prompt, "project_id": "regatta"})


def _asked(http: httpx.Client, body: dict[str, Any]) -> str:
    answer = http.post("/v1/jobs", json={**body, "thumbnail": True}).raise_for_status()
    return str(answer.json()["id"])


def _await(http: httpx.Client, jobs: list[str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    for job in jobs:
        while http.get(f"/v1/jobs/{job}").raise_for_status().json()["status"] not in ENDED:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the job {job} does not end")
            time.sleep(0.1)


def shot(browser: Browser, url: str, view: str, scheme: Literal["light", "dark"]) -> Image.Image:
    """One view, once all that it shows is there."""
    with browser.new_context(viewport=VIEWPORT, color_scheme=scheme, locale="en-GB") as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{url}/#/{view}")
        page.get_by_test_id("live").get_by_text("Live", exact=True).wait_for()
        page.evaluate(SETTLED)
        return Image.open(BytesIO(page.screenshot())).convert("RGB")


def beside(left: Image.Image, right: Image.Image) -> Image.Image:
    """Both, with a gap that is nothing, in one palette."""
    both = Image.new("RGB", (left.width + GAP + right.width, left.height), (255, 255, 255))
    both.paste(left, (0, 0))
    both.paste(right, (left.width + GAP, 0))
    return both.quantize(palette=palette(both), dither=Image.Dither.FLOYDSTEINBERG)


def palette(picture: Image.Image) -> Image.Image:
    """256 colours: the page's grounds as they are, what covers most, and what is rare, such as the green of a badge."""
    counted = sorted(((count, colour) for count, colour in picture.getcolors(picture.width * picture.height) or ()))
    chosen = [colour for _, colour in counted[-GROUNDS:]]
    for method in (Image.Quantize.MEDIANCUT, Image.Quantize.MAXCOVERAGE):
        some = picture.quantize((COLOURS - GROUNDS) // 2, method=method).convert("RGB")
        chosen += [colour for _, colour in some.getcolors() or ()]
    of = Image.new("P", (1, 1))
    of.putpalette([part for colour in chosen for part in colour])  # type: ignore[union-attr]
    return of


def main() -> int:
    """Shoot it."""
    path = find(os.environ)
    if path is None:
        print(advice(os.environ, is_root=os.geteuid() == 0), file=sys.stderr)
        return 1
    with ExitStack() as until_end:
        folder = until_end.enter_context(tempfile.TemporaryDirectory(prefix="darkroom-media-"))
        stack = Stack(Settings.read({**os.environ, "PORT": "0", "LOCAL_DIR": str(Path(folder, "stack")), "VERTEX": ""}))
        until_end.callback(stack.stop)
        stack.start()
        fill(stack.url, stack.environment["LOCAL_CLOUD_CONTROL"])
        chromium = until_end.enter_context(sync_playwright()).chromium
        browser = until_end.enter_context(chromium.launch(executable_path=path, args=list(FLAGS)))
        picture = beside(shot(browser, stack.url, "queue", "dark"), shot(browser, stack.url, "gallery", "light"))
    picture.save(OUT, optimize=True)
    print(f"{os.path.relpath(OUT)}: {picture.width} × {picture.height}, {OUT.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
