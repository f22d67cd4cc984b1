"""Each view, as it is seen: at three widths, light and dark, by those who see it and those who hear it.

What is seen is kept as out/dashboard/<view>-<width>-<light or dark>.png.
"""

from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from typing import Any, Literal

import pytest

from tests.e2e.dashboard.dashboard import Dashboard
from tests.e2e.dashboard.filled import Filled, fill
from tests.e2e.dashboard.look import Look
from tests.e2e.dashboard.people import Person, a_person
from tests.integration.inside import Inside
from tests.processes import ROOT
from tests.stack import RunningStack

VIEWS = ("queue", "gallery", "job", "failed-job", "boards", "storyboard", "batch", "spend", "health", "new")
WIDTHS = {"phone": (390, 844), "tablet": (820, 1180), "desktop": (1440, 900)}
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
SHOTS = ROOT / "out" / "dashboard"
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
SERIOUS = "() => axe.run().then(({ violations }) => violations.filter(({ impact }) => /serious|critical/.test(impact)))"


@pytest.fixture(scope="module")
def owner(keyed: RunningStack, keyed_inside: Inside) -> Iterator[Person]:
    """Whose tenant it is."""
    with closing(a_person(keyed, keyed_inside)) as somebody:
        yield somebody


@pytest.fixture(scope="module")
def filled(owner: Person) -> Filled:
    """What the tenant has."""
    return fill(owner)


@pytest.mark.parametrize("view", ["door", *VIEWS])
def test_a_view_is_whole_and_axe_finds_nothing_serious(view: str, owner: Person, filled: Filled, look: Look) -> None:
    """Nothing sticks out at the side on a phone, a tablet or a desk; in light and in dark everybody can use it."""
    at = look(None if view == "door" else owner)
    if view != "door":
        at.go(filled.views()[view])
    wide = {}
    for name, (width, height) in WIDTHS.items():
        at.page.set_viewport_size({"width": width, "height": height})
        at.settled()
        wide[name] = at.overflow()
        for scheme in SCHEMES:
            at.page.emulate_media(color_scheme=scheme)
            at.page.screenshot(path=SHOTS / f"{view}-{width}-{scheme}.png")
    at.page.evaluate(AXE)
    assert wide == {"phone": [], "tablet": [], "desktop": []}
    assert {scheme: serious(at, scheme) for scheme in SCHEMES} == {"light": [], "dark": []}


def serious(at: Dashboard, scheme: Scheme) -> list[str]:
    """What axe finds: the rule and the element, and why; https://github.com/dequelabs/axe-core."""
    at.page.emulate_media(color_scheme=scheme)
    found: list[dict[str, Any]] = at.page.evaluate(SERIOUS)
    return [f"{rule['id']}: {node['html']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]
