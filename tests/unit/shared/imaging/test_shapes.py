"""Sizes in pixels."""

from hypothesis import given
from hypothesis import strategies as st

from shared.imaging.shapes import asked_size, brought_to, within
from tests.builders import a_job
from tests.fakes.pictures import halves

sides = st.integers(1, 8192)
sizes = st.tuples(sides, sides)


@given(size=sizes, box=sizes)
def test_contain_lies_within_touches_a_side_and_keeps_the_shape(size: tuple[int, int], box: tuple[int, int]) -> None:
    """To a pixel, of which there is always one."""
    width, height = within(size, box)
    assert 1 <= width <= box[0]
    assert 1 <= height <= box[1]
    assert width == box[0] or height == box[1]
    scale = min(box[0] / size[0], box[1] / size[1])
    assert abs(width - size[0] * scale) <= 1
    assert abs(height - size[1] * scale) <= 1


@given(size=sizes, box=sizes)
def test_cover_is_exactly_what_is_asked_and_none_changes_nothing(size: tuple[int, int], box: tuple[int, int]) -> None:
    """Whatever the model made."""
    job = {"width": box[0], "height": box[1]}
    assert asked_size(a_job(fit="cover", **job), size) == box
    assert asked_size(a_job(fit="none", **job), size) == size
    assert asked_size(a_job(fit="contain", **job), box) == box


@given(size=st.tuples(st.integers(2, 60), st.integers(2, 60)), box=st.tuples(st.integers(1, 60), st.integers(1, 60)))
def test_any_picture_can_be_brought_to_any_size(size: tuple[int, int], box: tuple[int, int]) -> None:
    """Also to one pixel, also enlarged."""
    assert brought_to(halves(*size), box).size == box


def test_what_stands_out_is_cropped_on_both_sides_alike() -> None:
    """The middle stays in the middle."""
    found = brought_to(halves(400, 100), (100, 100))
    assert (found.getpixel((40, 50)), found.getpixel((60, 50))) == ((255, 0, 0), (0, 0, 255))
