"""Captions: when they stand, what they say, and that other people's parsers read them so."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import pytest
from av.subtitles.subtitle import AssSubtitle
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.errors import MediaDamaged
from director_dagster.media.captions import LINE_CHARS, captions, iso_639_2, read, srt, vtt
from director_dagster.story.cut import Speech
from director_dagster.story.shot import Channel

LONG = "The light went out at four, and nobody on the island saw the boat that came in under it, nobody but me."


def said(text: str, start_s: float, end_s: float, *, channel: Channel = Channel.ON, character: str = "MARA") -> Speech:
    """A speech."""
    return Speech(
        line_id="l1", shot="sh010", character=character, text=text, channel=channel, start_s=start_s, end_s=end_s
    )


def as_ffmpeg_reads(path: Path) -> list[tuple[int, int, str]]:
    """Start and end in milliseconds and the text of every caption, its lines joined by a blank."""
    with av.open(str(path)) as container:
        return [
            (packet.pts or 0, (packet.pts or 0) + (packet.duration or 0), plain(line.ass.decode().split(",", 8)[8]))
            for packet in container.demux(subtitles=0)
            for line in packet.decode()
            if isinstance(line, AssSubtitle)
        ]


def plain(ass: str) -> str:
    """What a viewer sees of ASS text."""
    return ass.replace("\\N", " ").replace("\N{WORD JOINER}", "").replace("{}", "").replace("\\{", "{")


def test_a_short_line_stands_for_just_as_long_as_it_is_said() -> None:
    [caption] = captions([said("Who lit the lamp?", 1.25, 2.5)])

    assert (caption.start_ms, caption.end_ms, caption.lines) == (1250, 2500, ("Who lit the lamp?",))


def test_a_long_line_is_split_into_even_captions_that_fill_its_time() -> None:
    shown = captions([said(LONG, 10.0, 16.0)])

    assert [len(caption.lines) for caption in shown] == [2, 2]
    assert " ".join(line for caption in shown for line in caption.lines) == LONG
    assert [(c.start_ms, c.end_ms) for c in shown] == [(10_000, shown[1].start_ms), (shown[1].start_ms, 16_000)]
    assert 2400 < shown[0].end_ms - shown[0].start_ms < 3600


def test_a_long_line_is_split_where_its_speaker_comes_there() -> None:
    """Whoever speaks the first half slowly: its caption stands as long."""
    half = len(LONG) // 2
    letters_s = tuple(10 + 4 * n / half for n in range(half)) + tuple(14 + n / 50 for n in range(half + 1)) + (15.5,)

    first, second = captions([replace(said(LONG, 10.0, 16.0), letters_s=letters_s)])

    said_till_s = letters_s[round(sum(map(len, first.lines)) / len(LONG.replace(" ", "")) * (len(letters_s) - 1))]
    assert (first.start_ms, second.end_ms) == (10_000, 15_500)
    assert first.end_ms == second.start_ms == pytest.approx(said_till_s * 1000, abs=400)
    assert first.end_ms - first.start_ms > 2 * (second.end_ms - second.start_ms)


def test_a_name_that_is_read_takes_no_time_from_what_is_said() -> None:
    [named] = captions([said("Mara!", 0, 1, channel=Channel.OFF_SCREEN, character="A VERY LONG NAME")])

    assert (named.start_ms, named.end_ms) == (0, 1000)


def test_who_is_not_seen_is_named() -> None:
    shown = captions(
        [
            said("Mara!", 0, 1, channel=Channel.OFF_SCREEN, character="IVO"),
            said("That night.", 2, 3, channel=Channel.VOICE_OVER, character="NARRATOR"),
            said("Yes.", 4, 5),
        ]
    )

    assert [caption.lines for caption in shown] == [("IVO: Mara!",), ("NARRATOR: That night.",), ("Yes.",)]


def test_two_who_speak_at_once_share_a_caption_while_they_do() -> None:
    shown = captions([said("Run!", 0, 1), said("Stay!", 0.5, 2, character="IVO")])

    assert [(c.start_ms, c.end_ms, c.lines) for c in shown] == [
        (0, 500, ("Run!",)),
        (500, 1000, ("- Run!", "- Stay!")),
        (1000, 2000, ("Stay!",)),
    ]


def test_lines_without_blanks_and_wide_letters_are_broken_too() -> None:
    shown = captions([said("灯" * 50, 0, 4), said("a" * 100, 5, 9)])

    assert {len(line) for caption in shown[:2] for line in caption.lines} <= set(range(22))
    assert "".join(line for caption in shown[:2] for line in caption.lines) == "灯" * 50
    assert "".join(line for caption in shown[2:] for line in caption.lines) == "a" * 100


def test_no_speech_gives_empty_files() -> None:
    assert srt([]) == ""
    assert vtt([]) == "WEBVTT\n"
    assert srt([said("  ", 0, 1)]) == ""


MARKUP = "Tom & <i>Ann</i> {\\an8} say 3 < 4 --> <3"


@pytest.mark.parametrize(("kind", "written"), [("srt", srt), ("vtt", vtt)])
def test_ffmpeg_reads_back_the_times_and_the_words_and_sees_no_markup_in_them(
    tmp_path: Path, kind: str, written: object
) -> None:
    assert callable(written)
    path = tmp_path / f"film.{kind}"
    path.write_text(written([said(MARKUP, 1, 2), said("Čau.", 3661.5, 3662.001)]), encoding="utf-8")

    assert as_ffmpeg_reads(path) == [(1000, 2000, MARKUP), (3661500, 3662001, "Čau.")]


def test_a_file_is_numbered_and_stamped_as_its_format_wants() -> None:
    speeches = [said("One.", 0, 1), said("Two.", 3601.5, 3602)]

    assert srt(speeches) == "1\n00:00:00,000 --> 00:00:01,000\nOne.\n\n2\n01:00:01,500 --> 01:00:02,000\nTwo.\n"
    assert vtt(speeches) == ("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nOne.\n\n01:00:01.500 --> 01:00:02.000\nTwo.\n")


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=200)
spoken = st.builds(
    said, texts, st.integers(0, 50).map(float), st.integers(51, 100).map(float), channel=st.sampled_from(Channel)
)


@given(st.lists(spoken, max_size=6))
def test_captions_never_overlap_run_on_or_leave_the_time_of_their_speeches(speeches: list[Speech]) -> None:
    shown = captions(speeches)

    assert all(before.end_ms <= after.start_ms for before, after in pairwise(shown))
    assert all(caption.start_ms < caption.end_ms for caption in shown)
    if len(speeches) == 1:
        assert all(len(caption.lines) <= 2 and max(map(len, caption.lines)) <= LINE_CHARS for caption in shown)
    heard = {ms for s in speeches for ms in range(int(s.start_s) * 1000, int(s.end_s) * 1000, 1000)}
    assert all(caption.start_ms // 1000 * 1000 in heard for caption in shown)


@given(st.lists(spoken, max_size=4))
def test_files_hold_one_block_a_caption_whatever_is_said(speeches: list[Speech]) -> None:
    shown = captions(speeches)

    for text in (srt(speeches), vtt(speeches)):
        assert len(re.findall(r"^[\d:,.]+ --> [\d:,.]+$", text, re.MULTILINE)) == len(shown)
        assert text.count("-->") == len(shown)


@pytest.mark.parametrize(
    ("tag", "code"), [("en", "eng"), ("en-GB", "eng"), ("de_DE", "deu"), ("fra", "fra"), ("tlh", "und"), ("", "und")]
)
def test_a_language_has_three_letters_in_mp4(tag: str, code: str) -> None:
    assert iso_639_2(tag) == code


@pytest.mark.parametrize("write", [srt, vtt])
def test_what_is_written_is_read_back_as_it_was(write: Callable[[Sequence[Speech]], str]) -> None:
    speeches = [said("One.", 0, 1), said("<i>Ay</i> & {\\an8} --> so", 2, 4.5), said(LONG, 3700, 3706)]

    shown = read(write(speeches))

    assert shown == captions(speeches)
    assert len(shown) == 4


def test_no_cues_are_read_from_empty_files_and_other_texts_are_none() -> None:
    assert read(srt([])) == read(vtt([])) == ()
    for text in ("hello", "1\nhello", "1\n00:00:01 --> 00:00:02\nhello"):
        with pytest.raises(MediaDamaged, match="no times of a cue"):
            read(text)
