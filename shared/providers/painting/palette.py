"""Moods: the colours of a picture and the kind of land in it, by the words of the prompt or by its hash."""

import random
import re
from dataclasses import dataclass

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """The colours of one light, from the zenith down to the nearest ground."""

    zenith: Rgb
    middle: Rgb
    horizon: Rgb
    sun: Rgb
    near: Rgb
    night: bool = False  # stars, and a moon for a sun


def _rgb(text: str) -> Rgb:
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def _palette(colours: str, *, night: bool = False) -> Palette:
    zenith, middle, horizon, sun, near = map(_rgb, colours.split())
    return Palette(zenith, middle, horizon, sun, near, night)


PALETTES = {
    "dawn": _palette("5b7db1 c9a9b8 fbd9b5 fff3d6 2b2f4a"),
    "dusk": _palette("2d2a55 a4506f f6a663 ffe3a8 1c1630"),
    "snow": _palette("7fa3c7 bcd2e4 f3ece6 fffaf0 34506b"),
    "noon": _palette("3f86c6 8fc0e2 e6f0ea fffdf0 1f4a4f"),
    "night": _palette("0b1030 1f2b5c 4d5f96 f3f0dd 070a1a", night=True),
    "forest": _palette("6f9a94 b4cfb4 f1ecc6 fffbe0 12332e"),
    "desert": _palette("4f8fa8 e3c79d f8dca6 fff4d0 7a3b25"),
    "ocean": _palette("1f5f8b 6bb0c0 f0e2c4 fff6df 0d2f45"),
    "rose": _palette("7a5c93 e0a0ae fbd8c8 fff0e4 3a2145"),
    "storm": _palette("39424f 74818c c9cbc4 f4f0e2 1a2229"),
    "neon": _palette("160f3a 5b2a86 ee5d9b ffd1c2 0c0a22", night=True),
}
SCENES = ("mountains", "sea", "dunes", "forest", "city", "orbs")

# The first line with a word of the prompt decides on the land; likewise below on the light.
_LAND = {
    "city": "city cities town street skyline building buildings tower towers cyberpunk tokyo paris london urban house",
    "sea": "sea ocean beach ship boat island lake river water waves wave coast harbour harbor lighthouse fish sail",
    "dunes": "desert dune dunes sand camel sahara mars pyramid field fields meadow wheat lavender",
    "forest": "forest woods tree trees fox bear deer wolf owl jungle bird garden cabin",
    "mountains": "mountain mountains peak alps hill hills valley dragon castle eagle snow snowy landscape",
    "orbs": "abstract logo icon pattern geometric shapes planet planets space galaxy bauhaus minimal",
}
_LIGHT = {
    "neon": "neon cyberpunk synthwave vaporwave futuristic",
    "night": "night midnight moon stars star space galaxy dark owl dream",
    "snow": "snow snowy winter ice frost arctic frozen christmas",
    "dusk": "dusk sunset evening fire autumn dragon lava halloween",
    "dawn": "dawn sunrise morning mist misty fog",
    "storm": "storm rain rainy thunder grey gray clouds noir",
    "desert": "desert sand sahara mars camel wheat",
    "rose": "rose pink flower flowers lavender love blossom spring cherry",
    "forest": "forest woods jungle green garden moss",
    "ocean": "ocean sea beach wave waves ship lighthouse fish",
    "noon": "noon summer sunny blue sky day",
}


def _named(table: dict[str, str], words: set[str]) -> str | None:
    return next((name for name, known in table.items() if words & set(known.split())), None)


def mood(prompt: str, chance: random.Random) -> tuple[str, Palette]:
    """The scene's name and its palette; what the prompt's words leave open, `chance` decides."""
    words = set(re.findall(r"[a-z]+", prompt.lower()))
    by_chance = chance.choice(SCENES), chance.choice(list(PALETTES))  # always drawn: one stream for every prompt
    land, light = _named(_LAND, words) or by_chance[0], _named(_LIGHT, words) or by_chance[1]
    return land, PALETTES[light]


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """The colour between two, at `share` (0 to 1) of the way to `other`."""
    return (
        round(one[0] + (other[0] - one[0]) * share),
        round(one[1] + (other[1] - one[1]) * share),
        round(one[2] + (other[2] - one[2]) * share),
    )
