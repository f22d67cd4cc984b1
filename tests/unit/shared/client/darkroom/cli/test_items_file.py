"""Files of requests."""

from pathlib import Path

import pytest
from darkroom.cli.exits import LocalError
from darkroom.cli.items_file import Item, items_of


def written(folder: Path, name: str, text: str) -> Path:
    """A file with that."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_line_is_a_request_or_a_prompt(tmp_path: Path) -> None:
    """In JSON; empty lines are none, and a mark of byte order is no part of the first."""
    lines = '\ufeff{"prompt": "a\u2028fox", "seed": 7}\r\n\n"a hen"\n'
    assert items_of(written(tmp_path, "a.jsonl", lines)) == [
        Item(1, {"prompt": "a\u2028fox", "seed": 7}), Item(3, {"prompt": "a hen"}),
    ]  # fmt: skip


def test_columns_are_fields_of_their_kind(tmp_path: Path) -> None:
    """Numbers, flags, labels, and JSON; what is empty is left out, and a prompt is text whatever it looks like."""
    lines = (
        "prompt, n,thumbnail,label.film,references,style,\n"
        '"[a fox], in\ntwo lines",2,yes,fox,"[{""job_id"": ""x""}]",,\n'
        "a hen,,,,,noir,\n"
    )
    assert items_of(written(tmp_path, "a.csv", lines)) == [
        Item(3, {
            "prompt": "[a fox], in\ntwo lines", "n": 2, "thumbnail": True, "labels": {"film": "fox"},
            "references": [{"job_id": "x"}],
        }),
        Item(4, {"prompt": "a hen", "style": "noir"}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.jsonl", '"a fox"\n[1]', "line 2 has no prompt"),
        ("a.jsonl", '{"prompt": 1}', "line 1 has no prompt"),
        ("a.jsonl", "[" * 100_000, "line 1 is no JSON"),
        ("a.csv", "text\na fox\n", "no column prompt: its first line has 'text'"),
        ("a.csv", "prompt,n,prompt\na fox,1,a hen\n", "names prompt twice"),
        ("a.csv", "prompt,\na fox,7\n", "line 2 has '7' in a column without a name"),
        ("a.csv", "prompt,n\na fox,1,2\n", "line 2 has more values"),
        ("a.csv", "prompt,seed\n,7\n", "line 2 has no prompt"),
        ("a.csv", 'prompt\n"a fox', "is no CSV"),
        ("a.csv", "prompt,thumbnail\na fox,perhaps\n", "'perhaps' as thumbnail"),
    ],
)
def test_what_is_wrong_is_told_by_its_line(tmp_path: Path, name: str, text: str, says: str) -> None:
    """Before anything is sent."""
    with pytest.raises(LocalError, match=says):
        items_of(written(tmp_path, name, text))
