"""A prompt in the letters that Pillow's built-in type has."""

import unicodedata

_PLAIN = {
    "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "„": "“", "‚": "‘", "′": "'", "″": '"', "×": "x", "•": "·",
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th",
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "€": "EUR", "£": "GBP", "¥": "JPY",
}  # fmt: skip
_DRAWN = set(map(chr, range(0x20, 0x7F))) | set("©«°±´·»‘’“”…‹›⁄™")  # every glyph of Pillow's built-in type
_SOUNDS = """
а=a б=b в=v г=g д=d е=e ё=yo ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts ч=ch ш=sh щ=shch
ъ= ы=y ь= э=e ю=yu я=ya і=i ї=yi є=ye ґ=g ў=u
α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o
"""
_LETTERS: dict[str, str] = dict(tuple(pair.split("=")) for pair in _SOUNDS.split())  # type: ignore[misc]  # pairs
_SCRIPTS = {"CJK": "Chinese", "HIRAGANA": "Japanese", "KATAKANA": "Japanese", "HANGUL": "Korean"}


def legible(prompt: str) -> str:
    """The prompt in the letters that Pillow's built-in type has.

    Accents go, Cyrillic and Greek are written as they sound, an emoji as its name, and a run of any other
    script as the script's name and the number of its letters.
    """
    words: list[str] = []
    foreign: list[str] = []
    for letter in unicodedata.normalize("NFC", prompt):
        said = _said(letter)
        if said is None:
            foreign.append(letter)
        elif foreign and said.strip():
            words += [_named(foreign), said]
            foreign = []
        elif not foreign:
            words.append(said)
    if foreign:
        words.append(_named(foreign))
    return " ".join("".join(words).split())


def _said(letter: str) -> str | None:  # noqa: PLR0911 - a list of cases
    """How one letter is written; None: it belongs to a script that is only named."""
    if letter in _DRAWN:
        return letter
    if letter.isspace():
        return " "
    if letter in _PLAIN:
        return _PLAIN[letter]
    kind, name = unicodedata.category(letter), unicodedata.name(letter, "")
    if (low := letter.lower()) in _LETTERS:
        sound = _LETTERS[low]
        return sound if low == letter else sound.capitalize()
    base = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
    if base != letter and all(c in _DRAWN or c in _PLAIN or c.lower() in _LETTERS for c in base):
        return "".join(_said(c) or "" for c in base)
    if kind == "So":
        return f" ({name.lower()}) " if name and not name.startswith("REGIONAL") else ""
    return None if kind.startswith("L") else ""  # marks, joiners, controls and the rest leave no trace


def _named(letters: list[str]) -> str:
    scripts = [
        _SCRIPTS.get(word, word.capitalize()) for word in (unicodedata.name(c, "Other").split()[0] for c in letters)
    ]
    script = "Japanese" if "Japanese" in scripts else scripts[0]  # which also writes with Chinese letters
    count = len(letters)
    return f" [{script}, {count} character{'s' if count > 1 else ''}] "
