"""Titles and credits: any words fit, and they move."""

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from director_dagster.animatic import cards, letters
from director_dagster.story.shot import Size
from director_dagster_tests.animatic.stages import SMALL, SQUARE, TALL

TITLES = [
    "The Keeper",
    "A",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "so long " * 60,
]


def luma(path: Path) -> NDArray[np.int16]:
    with av.open(str(path)) as container:
        return np.stack([f.to_ndarray(format="gray") for f in container.decode(video=0)]).astype(np.int16)


@pytest.mark.parametrize("title", TITLES, ids=["short", "letter", "one long word", "very long"])
@pytest.mark.parametrize("size", [SMALL, TALL, SQUARE], ids=["16:9", "9:16", "1:1"])
def test_a_title_of_any_length_stands_within_its_card(title: str, size: Size) -> None:
    page = cards.title_page(title, "Someone", size)

    margin = size.width_px // 20
    assert page.any()
    assert not page[:, :margin].any()
    assert not page[:, -margin:].any()


@given(st.text(max_size=300), st.floats(40, 900), st.floats(20, 400))
@settings(max_examples=60, deadline=None)
def test_fitted_lines_are_never_wider_or_higher_than_their_room(text: str, width: float, height: float) -> None:
    lines, font = letters.fitted(text, (width, height), 60.0, 8.0)

    assert max((font.getlength(row) for row in lines), default=0.0) <= width
    assert len(lines) <= max(1, height / 8.0)


def test_letters_that_one_font_lacks_are_set_in_the_other() -> None:
    latin, cyrillic = letters.font_for("The End", 20.0), letters.font_for("Конец", 20.0)

    assert latin.getname()[0] != cyrillic.getname()[0]


def test_a_title_card_moves_and_its_words_appear(tmp_path: Path) -> None:
    cards.shoot_title("The Keeper", "A. Writer", frames=48, size=SMALL, seed=1, out=tmp_path / "title.mp4")

    frames = luma(tmp_path / "title.mp4")

    assert len(frames) == 48
    assert np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2)).min() > 0
    assert frames.std(axis=(1, 2)).min() >= 12
    assert frames[30].max() > frames[0, 60:110].max()


def test_many_credits_take_several_pages_and_none_is_fine(tmp_path: Path) -> None:
    lines = tuple((f"Role {i}", f"Name {i}") for i in range(30))

    cards.shoot_credits(lines, frames=60, size=SMALL, seed=1, out=tmp_path / "many.mp4")
    cards.shoot_credits((), frames=6, size=SMALL, seed=1, out=tmp_path / "none.mp4")

    assert len(luma(tmp_path / "many.mp4")) == 60
    assert len(luma(tmp_path / "none.mp4")) == 6
