"""The breakdown: a shot list that covers the page and keeps its codes."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from director_dagster.story import timing, words
from director_dagster.story.breakdown import break_down
from director_dagster.story.fountain import parse
from director_dagster.story.screenplay import Kind, Screenplay
from director_dagster.story.shot import (
    Angle,
    Breakdown,
    Channel,
    Framing,
    Manner,
    Move,
    Pose,
    Shot,
    TimeOfDay,
    Transition,
    Weather,
)
from director_dagster_tests.story.pages import GARDEN, LAMP, SCENES, SHORE, STREET, pages


def _shots(text: str, previous: Sequence[Shot] = ()) -> tuple[Shot, ...]:
    return break_down(parse(text), previous=previous).shots


def _saying(shots: Sequence[Shot], words_said: str) -> Shot:
    return next(shot for shot in shots if any(words_said in line.text for line in shot.lines))


def _showing(shots: Sequence[Shot], action: str) -> Shot:
    return next(shot for shot in shots if action in shot.action)


def test_a_place_is_first_seen_wide() -> None:
    shots = _shots(SHORE + LAMP + STREET)

    firsts = [next(shot for shot in shots if shot.scene == scene) for scene in (1, 2, 3)]

    assert [shot.framing for shot in firsts] == [Framing.WIDE] * 3
    assert [shot.setting.place for shot in firsts] == ["SHORE", "LIGHTHOUSE - LAMP ROOM", "STREET"]


def test_dialogue_keeps_the_180_degree_line() -> None:
    shots = [shot for shot in _shots(SHORE) if shot.framing is Framing.OVER_SHOULDER or shot.lines]
    ways: dict[str, set[int]] = {}
    for figure in (figure for shot in shots[2:] for figure in shot.figures):
        ways.setdefault(figure.character, set()).add(figure.faces)

    assert ways["MARA"] != ways["TOM"]
    assert all(len(way) == 1 for way in ways.values())


def test_an_over_shoulder_shows_the_speaker_past_the_listener() -> None:
    shot = _saying(_shots(SHORE), "You found it")

    assert shot.framing is Framing.OVER_SHOULDER
    assert [(figure.character, figure.foreground) for figure in shot.figures] == [("TOM", False), ("MARA", True)]
    assert (shot.figures[0].x < 0.5) != (shot.figures[1].x < 0.5)


@pytest.mark.parametrize("line", ["He wrote it.", "Why?", "Then we go now!"])
def test_the_line_that_matters_is_a_close_up(line: str) -> None:
    shot = _saying(_shots(SHORE), line)

    assert (shot.framing, shot.move) == (Framing.CLOSE_UP, Move.PUSH)


def test_manners_channels_and_beats_of_the_page_are_obeyed() -> None:
    shots = _shots(SHORE + LAMP)
    lines = {line.text: line for shot in shots for line in shot.lines}

    assert lines["He wrote it."].manner is Manner.WHISPER
    assert lines["Light it!"].channel is Channel.OFF_SCREEN
    assert lines["And I did."].channel is Channel.VOICE_OVER
    assert next(line for text, line in lines.items() if text.startswith("Because")).pause_s > 0.5


def test_a_voice_from_off_is_over_the_one_who_hears_it() -> None:
    shot = _saying(_shots(SHORE + LAMP), "Light it!")

    assert [figure.character for figure in shot.figures] == ["MARA"]


def test_who_has_left_is_not_in_the_picture_any_more() -> None:
    shots = [shot for shot in _shots(SHORE + LAMP) if shot.scene == 2]

    assert {figure.character for figure in shots[0].figures} == {"MARA", "TOM"}
    assert all(figure.character == "MARA" for shot in shots[1:] for figure in shot.figures)


def test_a_silence_is_a_close_up_of_who_was_spoken_to() -> None:
    shot = _showing(_shots(SHORE), "Silence.")

    assert (shot.framing, shot.move, shot.figures[0].character) == (Framing.CLOSE_UP, Move.HOLD, "TOM")
    assert shot.lines == ()


def test_an_insert_shows_its_prop_and_the_narrator_reads_what_is_written() -> None:
    breakdown = break_down(parse(SHORE))
    (insert,) = [shot for shot in breakdown.shots if shot.framing is Framing.INSERT]

    assert (insert.prop, insert.figures) == ("letter", ())
    assert [(line.character, line.text) for line in insert.lines] == [("NARRATOR", "The light is out. Come home.")]
    assert breakdown.props == ("letter",)


def test_without_narration_nobody_reads_it() -> None:
    shots = break_down(parse(SHORE), narration=False).shots

    assert all(line.character != "NARRATOR" for shot in shots for line in shot.lines)


def test_a_film_without_a_word_said_is_told() -> None:
    page = "EXT. FIELD - DAY\n\nADA (8) runs through the grass. The wind is warm.\n\nShe falls.\n"

    told = [line for shot in break_down(parse(page)).shots for line in shot.lines]

    assert {(line.character, line.channel) for line in told} == {("NARRATOR", Channel.VOICE_OVER)}
    assert " ".join(line.text for line in told) == "Ada runs through the grass. The wind is warm. She falls."
    assert not any(shot.lines for shot in break_down(parse(page), narration=False).shots)


def test_the_first_place_is_named_when_its_scene_has_no_voice() -> None:
    page = "EXT. FIELD - DAY\n\nA field in spring. Nobody comes.\n\n" + STREET

    first = _shots(page)[0]

    assert [(line.character, line.text) for line in first.lines] == [("NARRATOR", "A field in spring.")]


def test_long_speeches_are_split_and_their_parts_numbered() -> None:
    page = "INT. ROOM - DAY\n\nTOM\n" + "This is a sentence of some length, and it goes on. " * 12

    lines = [line for shot in _shots(page) for line in shot.lines]

    assert [line.id.rpartition(".")[2] for line in lines] == [str(number) for number in range(1, len(lines) + 1)]
    assert len({line.id.rpartition(".")[0] for line in lines}) == 1


def test_threat_is_seen_from_below_and_smallness_from_above() -> None:
    page = "EXT. FIELD - DAY\n\nA field.\n\nTOM (40) raises a knife.\n\nADA (8) is alone, a tiny figure.\n\nTOM\nHa.\n"
    shots = _shots(page)

    assert _showing(shots, "knife").angle is Angle.LOW
    assert _showing(shots, "tiny").angle is Angle.HIGH


def test_poses_and_moves_follow_the_action() -> None:
    page = "EXT. FIELD - DAY\n\nA field.\n\nADA (8) sits on a stone.\n\nTOM (40) walks past.\n\nTOM\nHello.\n"
    shots = _shots(page)

    assert _showing(shots, "sits").figures[0].pose is Pose.SIT
    walking = _showing(shots, "walks")
    assert {figure.pose for figure in walking.figures if figure.character == "TOM"} == {Pose.WALK}
    assert walking.move in {Move.PAN_LEFT, Move.PAN_RIGHT}


def test_a_montage_is_an_image_each_that_dissolve() -> None:
    shots = [shot for shot in _shots(STREET + GARDEN) if shot.scene == 2][:3]

    assert [shot.action for shot in shots] == ["Ada digs in the rain.", "Her face, tired.", "A key in the earth."]
    assert [shot.begins for shot in shots] == [Transition.DISSOLVE] * 3
    assert shots[2].prop == "key"


def test_a_point_of_view_does_not_show_who_sees() -> None:
    assert _showing(_shots(STREET + GARDEN), "POV").figures == ()


def test_a_caption_stands_on_a_shot() -> None:
    assert [shot.caption for shot in _shots(STREET + GARDEN) if shot.caption] == ["Ten years later"]


def test_transitions_of_the_page_are_how_shots_begin() -> None:
    breakdown = break_down(parse("FADE IN:\n\n" + SHORE + LAMP + "FADE OUT.\n"))
    shots = breakdown.shots

    assert shots[0].begins is Transition.FADE_IN
    assert next(shot for shot in shots if shot.scene == 2).begins is Transition.DISSOLVE
    assert breakdown.closing == "fade-out"


def test_dual_dialogue_is_one_picture_of_both() -> None:
    page = "INT. ROOM - DAY\n\nADA\nNow!\n\nTOM ^\nNever!\n"

    breakdown = break_down(parse(page))
    (shot,) = [shot for shot in breakdown.shots if shot.lines]

    assert [line.character for line in shot.lines] == ["ADA", "TOM"]
    assert {figure.character for figure in shot.figures} == {"ADA", "TOM"}
    assert any("dual dialogue" in note for note in breakdown.ignored)


def test_what_the_film_leaves_out_of_the_page_is_listed() -> None:
    page = (
        "INT. SUBMARINE - DAY\n\nTOM\n(laughing)\nHa.\n\nSMASH CUT TO:\n\nINT. ROOM - DAY\n\nSLOW MOTION. Tom falls.\n"
    )

    ignored = " / ".join(break_down(parse(page)).ignored)

    for part in ("SUBMARINE", "(laughing)", "SMASH CUT TO:", "SLOW MOTION"):
        assert part in ignored


def test_time_and_weather_are_the_same_throughout_a_scene_and_go_on_when_it_does() -> None:
    page = "EXT. SHORE - DUSK\n\nIt rains.\n\nADA\nCome.\n\nINT. KITCHEN - CONTINUOUS\n\nADA\nWarm.\n"

    settings_seen = {(shot.setting.time, shot.setting.weather) for shot in _shots(page)}

    assert settings_seen == {(TimeOfDay.DUSK, Weather.RAIN)}


def test_a_place_that_comes_back_is_drawn_with_the_same_pieces() -> None:
    page = "EXT. SHORE - DAY\n\nA lighthouse.\n\n" + STREET + "EXT. SHORE - NIGHT\n\nNobody.\n"

    shots = _shots(page)

    assert shots[0].setting.pieces == shots[-1].setting.pieces == ("shore", "lighthouse", "sea")


@pytest.mark.parametrize("page", ["", "Title: Nothing\n", "\n\n\n", "[[only a note]]\n", "# Act\n\n= A synopsis\n"])
def test_a_page_without_scenes_and_words_has_no_shots(page: str) -> None:
    assert _shots(page) == ()


def test_a_page_without_a_heading_plays_somewhere() -> None:
    shots = _shots("A man walks.\n\nTOM\nHello.\n")

    assert {shot.setting.place for shot in shots} == {"SOMEWHERE"}


def _check_covered(screenplay: Screenplay, breakdown: Breakdown) -> None:
    shown = {element_id for shot in breakdown.shots for element_id in shot.element_ids}
    told = [e for e in screenplay.elements if e.kind is Kind.ACTION and words.plain(e.text)]
    assert not breakdown.shots or [e.text for e in told if e.id not in shown] == []
    ids = [line.id for shot in breakdown.shots for line in shot.lines]
    assert len(ids) == len(set(ids))
    for cue in (cue for scene in screenplay.scenes for cue in scene.cues):
        said = [line.text for shot in breakdown.shots for line in shot.lines if line.id.partition(".")[0] == cue.id]
        page = [words.plain(e.text) for e in cue.lines if e.kind is not Kind.PARENTHETICAL]
        spoken = "".join("".join(page_text.split()) for page_text in page if words.spoken(page_text))
        assert "".join("".join(said).split()) == spoken


def _check_sound(breakdown: Breakdown) -> None:
    names = {character.name for character in breakdown.characters}
    for shot in breakdown.shots:
        assert 1.5 <= shot.planned_s <= timing.LONGEST_S + 0.05
        seen = [figure.character for figure in shot.figures]
        assert len(seen) == len(set(seen))
        assert set(seen) <= names
        assert all(line.character in seen for line in shot.lines if line.channel is Channel.ON)
        assert all(0 <= figure.x <= 1 and figure.faces in {-1, 0, 1} for figure in shot.figures)
        assert shot.prop or shot.framing is not Framing.INSERT


@settings(max_examples=80, deadline=None)
@given(pages)
def test_any_page_is_broken_down_whole(text: str) -> None:
    screenplay = parse(text)

    breakdown = break_down(screenplay)

    _check_covered(screenplay, breakdown)
    _check_sound(breakdown)
    assert break_down(parse(text)) == breakdown
    assert break_down(screenplay, previous=breakdown.shots) == breakdown


def _codes_by_elements(shots: Sequence[Shot]) -> dict[tuple[str, ...], list[str]]:
    codes: dict[tuple[str, ...], list[str]] = {}
    for shot in shots:
        codes.setdefault(shot.element_ids, []).append(shot.code)
    return codes


@settings(max_examples=30, deadline=None)
@given(st.permutations(SCENES), st.integers(min_value=1, max_value=4), st.permutations(SCENES))
def test_codes_of_a_scene_survive_scenes_inserted_removed_and_moved(
    before: list[str], kept: int, after: list[str]
) -> None:
    old = _shots("".join(before[:kept]))

    new = _shots("".join(after), previous=old)

    codes_before, codes_after = _codes_by_elements(old), _codes_by_elements(new)
    assert {ids: codes_after[ids] for ids in codes_before} == codes_before
    assert len({shot.code for shot in new}) == len(new)


def test_an_inserted_shot_gets_a_code_between_its_neighbours() -> None:
    old = _shots(SHORE + STREET)

    new = _shots(SHORE + LAMP + STREET, previous=old)

    codes = [shot.code for shot in new]
    assert codes == sorted(codes)
    assert [code for code in codes if code in {shot.code for shot in old}] == [shot.code for shot in old]


def test_the_film_comes_back_to_the_same_codes_when_a_scene_does() -> None:
    whole = _shots(SHORE + LAMP + STREET)
    shorter = _shots(SHORE + STREET, previous=whole)

    again = _shots(SHORE + LAMP + STREET, previous=[*whole, *shorter])

    assert [shot.code for shot in again] == [shot.code for shot in whole]


def test_scenes_are_numbered_from_one() -> None:
    numbers = [shot.scene for shot in _shots("FADE IN:\n\n" + "".join(SCENES))]

    assert [number for number, _ in itertools.groupby(numbers)] == [1, 2, 3, 4]
