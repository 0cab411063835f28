"""Whatever anybody brings, as a screenplay, an idea, a key or a film.toml: it is used, or refused as BadInput."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from director_dagster.errors import BadInput
from director_dagster.story import fountain
from director_dagster.story.breakdown import break_down
from director_dagster.story.brief import of_idea, of_screenplay
from director_dagster.story.cast import CHARACTERS_AT_MOST
from director_dagster.story.film import FilmSettings, parse_film_key, slug

ANY = settings(max_examples=200, deadline=None)
# Marks of the page, of TOML and of terminals beside letters of any alphabet, halves of characters among them.
SIGNS = st.sampled_from(
    ["INT. ", "EXT. ", " - DAY\n\n", "\n", "\n\n", "MARA", "@mara\n", "(V.O.)\n", ", 8, ", "[[", "]]", "/*", "*/",
     "**", "_", '"', "”", "...", "POV", "SUPER: ", "MONTAGE", "CUT TO:\n\n", "> ", " <", "~", "#", "=", "===\n",
     "Title: ", "!", "^", "\x00", "\x1b[31m", "\u202e", "\ud800", "😀", "Я", "美", "ﷺ", "e\u0301", "(", ")", "-",
     "\t", "\r", "\x85", "\u2028"]
)  # fmt: skip
TEXTS = st.lists(st.one_of(SIGNS, st.text(st.characters(), max_size=8)), max_size=40).map("".join)
WORDS = st.one_of(st.text(max_size=8), SIGNS, st.sampled_from(["image", "animatic", "16:9", "en", "x" * 300]))
FIELDS_OF_SETTINGS = st.sampled_from([*FilmSettings.model_fields, "a\n", "\x1b"])
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.times(), st.datetimes(), WORDS)
TREES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=6
)


@given(TEXTS)
@ANY
def test_any_text_as_a_screenplay(text: str) -> None:
    with suppress(BadInput):
        brief = of_screenplay(text, origin="file: /a", name="a")
        shots = break_down(fountain.parse(brief.text)).shots
        assert break_down(fountain.parse(brief.text), previous=shots).shots == shots


@given(TEXTS)
@ANY
def test_any_text_as_an_idea(text: str) -> None:
    with suppress(BadInput):
        brief = of_idea(text)
        assert "\n" not in brief.text
        assert brief.text.strip()
        slug(brief.name)


@given(TEXTS)
@ANY
def test_any_text_as_a_key(text: str) -> None:
    with suppress(BadInput):
        assert str(parse_film_key(text)) == text


@given(st.dictionaries(FIELDS_OF_SETTINGS, TREES, max_size=4))
@ANY
def test_any_tree_as_settings(tree: dict[str, object]) -> None:
    told = _refusal(tree)

    assert told == "" or told.startswith("film.toml: ")
    assert told.isprintable()
    assert len(told) < 400


def _refusal(tree: dict[str, object]) -> str:
    try:
        FilmSettings.of(tree, name="film.toml")
    except BadInput as exc:
        return str(exc)
    return ""


@given(TEXTS)
@ANY
def test_any_text_as_a_film_toml(text: str) -> None:
    with suppress(BadInput):
        FilmSettings.from_toml(text)


FIELDS = {
    "title: it holds the control character U+000A": 'title = "a\\nb"',
    "title: it holds the control character U+001B": 'title = "\\u001b[31m"',
    "title: String should have at most 200": f"title = '{'x' * 201}'",
    "title: should be a text, in quotes": "title = 2020-01-01",
    "episode: should be a whole number": "episode = 1e400",
    "episode: Input should be less than or equal to 100000": f"episode = {'9' * 1000}",
    "moods: Tuple should have at most 20 items": "moods = [" + '"a",' * 21 + "]",
    "moods.0: it holds the control character U+0000": 'moods = ["\\u0000"]',
    "crew.image: should be a text, in quotes": 'crew.image.model = "a"',
    "crew.image: it holds the control character U+000A": 'crew.image = "a\\nb"',
    "crew.light: is none of script, image, video, speech, music": 'crew.light = "a"',
    "crew: should be a table": "[[crew]]\nimage = 1",
    "is no TOML: Cannot overwrite a value": 'title = "a"\ntitle = "b"',
    "characters.A: B is mapped to another itself": 'characters = { A = "B", B = "C" }',
    "characters.a: this cue is mapped twice": 'characters = { A = "B", a = "C" }',
    "nests far deeper than the settings of a film do": f"a = {'[' * 1500}",
    "line 1 has 40,003 letters; up to 2,000 are read": f"{'a.' * 20_000}b=1",
    "line 2 has 3,000 letters": f"\n{'[' * 3000}",
}


@pytest.mark.parametrize("told", FIELDS)
def test_a_fault_in_film_toml_is_told_with_its_field(told: str) -> None:
    with pytest.raises(BadInput) as refused:
        FilmSettings.from_toml(FIELDS[told])

    assert str(refused.value).startswith("film.toml")
    assert told in str(refused.value)
    assert str(refused.value).isprintable()


def test_names_that_differ_by_case_are_one_character() -> None:
    page = "INT. ROOM - DAY\n\nMARA\nOne.\n\n@mara\nTwo.\n\n@Mara\nThree.\n\nＭＡＲＡ\nFour.\n"

    broken = break_down(fountain.parse(page))

    assert [who.name for who in broken.characters] == ["MARA"]
    assert {line.character for shot in broken.shots for line in shot.lines} == {"MARA"}


@pytest.mark.slow
def test_a_screenplay_of_2000_scenes_in_one_place_is_broken_down() -> None:
    scene = "INT. KITCHEN - DAY\n\nMara waits at the sea.\n\nMARA\nHere I am.\n\nTOM\nSo you are.\n\n"

    broken = break_down(fountain.parse(scene * 2000))

    assert len(broken.shots) >= 4000
    assert len({shot.code for shot in broken.shots}) == len(broken.shots)


def test_more_characters_than_can_be_told_apart_are_refused() -> None:
    cues = "".join(f"GUARD #{number}\nHere.\n\n" for number in range(CHARACTERS_AT_MOST + 1))

    with pytest.raises(BadInput, match="the screenplay names 1,001 characters, up to 1,000"):
        break_down(fountain.parse(f"INT. HALL - DAY\n\n{cues}"))


def test_notes_that_are_left_open_cost_no_more_than_words() -> None:
    # Quadratic, these 250 kB took minutes.
    broken = break_down(fountain.parse("INT. ROOM - DAY\n\n" + "[[" * 25_000 + "(" * 200_000))

    assert broken.shots
