"""Names of documents and paths of fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.firestore.paths import format_field_path, parse_document, parse_field_path, parse_name, parse_parent
from infra.local.rpc import RpcError

ROOT = "projects/p/databases/(default)/documents"


@given(st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=3).map(tuple))
def test_field_paths_come_back_from_their_text(path: tuple[str, ...]) -> None:
    """Any names, dots, quotes and backslashes included."""
    assert parse_field_path(format_field_path(path)) == path


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "1a", "a b", "`a", "``", "a`b`", "`a`b", "`a\\", "a-b"])
def test_what_is_no_field_path_is_refused(text: str) -> None:
    """INVALID_ARGUMENT, with the text in it."""
    with pytest.raises(RpcError, match="Invalid property path"):
        parse_field_path(text)


def test_names() -> None:
    """A database and a path below it."""
    assert parse_name(ROOT) == ("projects/p/databases/(default)", "")
    assert parse_document(f"{ROOT}/a/b/c/d").path == "a/b/c/d"
    assert parse_parent(ROOT).path == ""


@pytest.mark.parametrize(
    "name", ["", "a/b", ROOT, f"{ROOT}/a", f"{ROOT}/a/b/c", f"{ROOT}//b", "projects//databases/d/documents/a/b"]
)
def test_what_is_no_document_is_refused(name: str) -> None:
    """INVALID_ARGUMENT."""
    with pytest.raises(RpcError) as refused:
        parse_document(name)
    assert refused.value.code.name == "INVALID_ARGUMENT"
