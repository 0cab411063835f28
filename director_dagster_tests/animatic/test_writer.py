"""The template writer: small screenplays from ideas."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from director_dagster.animatic import ideas, plots, worlds
from director_dagster.animatic.writer import DRAFT, write_draft
from director_dagster.errors import BadInput
from director_dagster.story import lexicon
from director_dagster.story.breakdown import break_down
from director_dagster.story.fountain import parse
from director_dagster.story.shot import Breakdown

IDEAS = (
    "a lighthouse keeper finds a letter",
    "a dragon learns to knit",
    "two brothers build a raft",
    "Anna finds an old map in the attic",
    "a boy loses his watch in the forest",
    "the letter in the lighthouse",
    "a letter arrives at a lighthouse",
    "a widow searches for her ring",
    "robot falls in love with a baker",
    "a girl meets a ghost in the library",
    "my grandmother must cross the desert",
    "a ghost",
    "snow on the mountain",
)


def _film(idea: str, seed: int = 1) -> Breakdown:
    return break_down(parse(write_draft(idea, seed=seed)))


@pytest.mark.parametrize("idea", IDEAS)
def test_an_idea_becomes_a_small_screenplay_that_can_be_drawn(idea: str) -> None:
    film = _film(idea)

    assert 4 <= film.shots[-1].scene <= 6
    assert 2 <= len(film.characters) <= 3
    seen = {figure.character for shot in film.shots for figure in shot.figures}
    assert all(character.speaks for character in film.characters)
    assert all(character.description for character in film.characters if character.name in seen)
    assert 60 <= sum(shot.planned_s for shot in film.shots) <= 112
    assert film.ignored == ()
    assert film.closing == "fade-out"


def test_it_tells_of_the_idea_in_the_ideas_own_words() -> None:
    text = write_draft("a lighthouse keeper finds a letter", seed=3)
    film = break_down(parse(text))

    assert "a lighthouse keeper" in text
    assert "finds a letter." in text
    assert film.props == ("letter",)
    assert "letter" in film.title.casefold()
    assert film.shots[0].setting.pieces == ("lamp-room",)


def test_a_place_and_weather_of_the_idea_are_where_it_plays() -> None:
    first = _film("a violinist finds a key in a snowy street").shots[0]

    assert (first.setting.place, first.setting.pieces, first.setting.weather) == ("STREET", ("street",), "snow")


def test_words_that_nobody_knows_are_carried_through() -> None:
    text = write_draft("a glorb learns to whistle", seed=1)

    assert "a glorb" in text
    assert "A glorb who learns to whistle." in text


def test_it_says_that_it_is_a_template() -> None:
    assert parse(write_draft(IDEAS[0], seed=1)).title_page["draft"] == DRAFT


def test_the_same_idea_and_seed_are_the_same_page_and_others_are_others() -> None:
    pages = [write_draft(idea, seed=seed) for idea in IDEAS for seed in (1, 2)]

    assert pages == [write_draft(idea, seed=seed) for idea in IDEAS for seed in (1, 2)]
    assert len(set(pages)) == len(pages)


@pytest.mark.parametrize("idea", ["", "   ", "???", "42", "asdf qwer", "hello", "x" * 500])
def test_an_idea_of_nobody_and_nothing_is_refused(idea: str) -> None:
    with pytest.raises(BadInput, match=r"tells of nobody|a sentence or two"):
        write_draft(idea, seed=1)


def test_a_language_that_it_does_not_write_is_refused() -> None:
    with pytest.raises(BadInput, match="English only"):
        write_draft("ein Leuchtturmwärter findet einen Brief", seed=1, language="de")


@pytest.mark.parametrize(
    ("text", "role", "predicate"),
    [
        ("a lighthouse keeper finds a letter", "a lighthouse keeper", "finds a letter"),
        ("The old captain in the red coat sails home.", "the old captain", "sails home"),
        ("an astronaut calls home", "an astronaut", "calls home"),
        ("two brothers build a raft", "one of two brothers", "build a raft"),
    ],
)
def test_an_idea_is_read_by_its_parts(text: str, role: str, predicate: str) -> None:
    idea = ideas.read(text)

    assert (idea.role, idea.predicate) == (role, predicate)


def test_every_place_that_the_templates_name_can_be_drawn() -> None:
    headings = [heading for heading, _ in worlds.ROLES.values()]
    headings += [
        at for world in worlds.WORLDS.values() for at in (world.home, world.talk, world.way, world.far, world.end)
    ]

    assert [at for at in headings if not lexicon.pieces(at, interior=at.startswith("INT."))] == []
    assert set(worlds.OPENINGS) == set(lexicon.EXTERIORS) | {"lamp-room"}


def test_no_plot_has_a_place_to_fill_that_is_left_open() -> None:
    for plot in (plots.MESSAGE, plots.KEEPSAKE, plots.SEARCH, plots.DEED, plots.MEETING):
        assert plot.count("\n\n{HERO}\n") >= 3
        assert plot.rstrip().endswith("FADE OUT.")
    assert all("{" not in write_draft(idea, seed=5) and "<" not in write_draft(idea, seed=5) for idea in IDEAS)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80) | st.sampled_from(IDEAS), st.integers(min_value=0, max_value=2**32 - 1))
def test_any_idea_is_written_or_refused(idea: str, seed: int) -> None:
    try:
        page = write_draft(idea, seed=seed)
    except BadInput:
        return

    assert 4 <= break_down(parse(page)).shots[-1].scene <= 6
