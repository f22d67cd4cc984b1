"""What is shown of what comes from outside."""

from darkroom.cli.screen import clean, dollars, line_of


def test_text_does_nothing_but_stand_there() -> None:
    """Neither steers the terminal nor turns what follows it; letters of all scripts, lines and tabs are left."""
    assert clean("a\x1b[31m\r\x07\x9b2J\x7f") == "a␛[31m␍␇�2J␡"
    assert clean("fox\u202egnp.exe\u2066") == "fox�gnp.exe�"
    assert clean("ein Fuchs\n狐\tثعلب 🦊") == "ein Fuchs\n狐\tثعلب 🦊"


def test_a_line_is_one_and_cut_with_a_mark() -> None:
    """However the text was broken."""
    assert line_of("a\n  fox\tin\r\nsnow") == "a fox in snow"
    assert line_of("x" * 80, 10) == "xxxxxxxxx…"


def test_money_is_in_dollars() -> None:
    """Of micro-USD."""
    assert [dollars(each) for each in (40_000, 0, 1_234_567_890, None)] == [
        "$0.0400",
        "$0.0000",
        "$1,234.5679",
        "unknown",
    ]
