"""The film: its frames to the number, what is copied and what is not, its sound in time, and always the same bytes."""

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from director_dagster.errors import BadInput, MediaDamaged
from director_dagster.media import sound
from director_dagster.media.assemble import Film, assemble
from director_dagster.media.encode import encode_aac
from director_dagster.media.probe import decode_check, probe
from director_dagster.media.transitions import ClipFile
from director_dagster.story.cut import Speech
from director_dagster.story.shot import Channel, Transition
from director_dagster_tests.media.clips import (
    HEIGHT_PX,
    WIDTH_PX,
    click,
    clip,
    heard,
    in_a_fresh_process,
    lumas,
    video,
)

SMALL = Film(width_px=WIDTH_PX, height_px=HEIGHT_PX)
FADED = Film(width_px=WIDTH_PX, height_px=HEIGHT_PX, fade_frames=10, title="Täuschung", language="en-GB")

ASSEMBLE = """
import sys
from pathlib import Path
from director_dagster_tests.media.test_assemble import whole_film
whole_film(Path(sys.argv[1]), Path(sys.argv[2]))
"""

JOIN = """
import sys
from pathlib import Path
from director_dagster.media.assemble import Film, assemble
from director_dagster.media.transitions import ClipFile
path, out, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
film = Film(width_px=160, height_px=90, fade_frames=10)
assemble(film, [ClipFile(path=path, frames=48)] * count, sound=None, speeches=[], out=out)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")))
"""


def said(text: str, start_s: float, end_s: float) -> Speech:
    """A speech."""
    return Speech(
        line_id="l1", shot="sh010", character="MARA", text=text, channel=Channel.ON, start_s=start_s, end_s=end_s
    )


def packets(path: Path) -> list[bytes]:
    """The video packets of a file."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def shown(path: Path) -> list[tuple[int, int, str]]:
    """Start and length in milliseconds and the text of every caption."""
    with av.open(str(path)) as container:
        return [
            (packet.pts or 0, packet.duration or 0, bytes(packet)[2:].decode())
            for packet in container.demux(subtitles=0)
            if packet.size > 2
        ]


def foreign(path: Path, frames: int, *, codec: str = "libx264", options: dict[str, str] | None = None) -> Path:
    """A clip as others encode them."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=24, options=options or {})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        for number in range(frames):
            grey = np.full((HEIGHT_PX, WIDTH_PX, 3), 20 + 4 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def whole_film(folder: Path, out: Path) -> int:
    """A film with everything in it; returns how many frames its cut has."""
    one, two = clip(folder / "1.mp4", 50), clip(folder / "2.mp4", 30, level=180)
    other = clip(folder / "3.mp4", 50, width_px=100, height_px=100, fps=Fraction(30))
    clips = [
        ClipFile(path=one, frames=40),
        ClipFile(path=two, frames=30, begins=Transition.DISSOLVE),
        ClipFile(path=other, frames=36),
        ClipFile(path=two, frames=37, begins=Transition.FADE_IN),
        ClipFile(path=one, frames=13),
    ]
    sound.write(folder / "sound.wav", click(6.5, 2.0))
    speeches = [said("Hello {\\an8} <i>there</i> \\N & you", 0.5, 1.5), said("Hé!", 1.5, 2.25), said("No.", 4.0, 5.0)]
    assemble(FADED, clips, sound=folder / "sound.wav", speeches=speeches, out=out)
    return sum(one.frames for one in clips)


def test_a_film_has_exactly_the_frames_of_its_cut_and_every_one_decodes(tmp_path: Path) -> None:
    frames = whole_film(tmp_path, tmp_path / "film.mp4")

    described = probe(tmp_path / "film.mp4")
    decode_check(tmp_path / "film.mp4")
    assert described.video
    assert (described.video.frames, described.video.fps) == (frames, Fraction(24))
    assert described.duration_s == pytest.approx(frames / 24)
    assert len(lumas(tmp_path / "film.mp4")) == frames
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.mp4", "2.mp4", "3.mp4", "film.mp4", "sound.wav"]


def test_a_film_says_its_title_and_its_language(tmp_path: Path) -> None:
    whole_film(tmp_path, tmp_path / "film.mp4")

    with av.open(str(tmp_path / "film.mp4")) as container:
        assert container.metadata["title"] == "Täuschung"
        assert container.streams.audio[0].metadata["language"] == "eng"
    assert [(s.codec, s.language) for s in probe(tmp_path / "film.mp4").subtitles] == [("mov_text", "eng")]


def test_a_film_starts_with_its_index(tmp_path: Path) -> None:
    whole_film(tmp_path, tmp_path / "film.mp4")

    data = (tmp_path / "film.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.slow
def test_the_same_film_has_the_same_bytes_in_a_fresh_process_on_any_number_of_cores(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    whole_film(here, here / "film.mp4")

    for cores in (1, None) if hasattr(os, "sched_setaffinity") else (None,):
        in_a_fresh_process(ASSEMBLE, there, there / "film.mp4", cores=cores)

        assert (there / "film.mp4").read_bytes() == (here / "film.mp4").read_bytes()


def test_plain_cuts_copy_every_packet(tmp_path: Path) -> None:
    one, two = clip(tmp_path / "1.mp4", 50), clip(tmp_path / "2.mp4", 30, level=180)
    clips = [ClipFile(path=one, frames=31), ClipFile(path=two, frames=30)]

    assemble(SMALL, clips, sound=None, speeches=[], out=tmp_path / "film.mp4")

    assert packets(tmp_path / "film.mp4") == packets(one)[:31] + packets(two)


def test_fades_and_dissolves_touch_their_own_groups_of_pictures_alone(tmp_path: Path) -> None:
    one, two = clip(tmp_path / "1.mp4", 48), clip(tmp_path / "2.mp4", 48, level=180)
    clips = [ClipFile(path=one, frames=48), ClipFile(path=two, frames=48, begins=Transition.DISSOLVE)]

    assemble(FADED, clips, sound=None, speeches=[], out=tmp_path / "film.mp4")

    film = packets(tmp_path / "film.mp4")
    assert film[12:48] == packets(one)[12:48]
    assert film[60:84] == packets(two)[12:36]
    assert all(film[n] != packets(one)[n] for n in range(12))
    levels = lumas(tmp_path / "film.mp4")
    assert levels[0] == levels[-1] == 16
    assert levels[:11] == sorted(levels[:11])
    assert levels[47] < levels[54] < levels[60]
    assert levels[-11:] == sorted(levels[-11:], reverse=True)


def test_a_clip_that_is_too_short_holds_its_last_picture(tmp_path: Path) -> None:
    one = clip(tmp_path / "1.mp4", 30)

    assemble(SMALL, [ClipFile(path=one, frames=45)], sound=None, speeches=[], out=tmp_path / "film.mp4")

    assert video(tmp_path / "film.mp4").frames == 45
    assert packets(tmp_path / "film.mp4")[:24] == packets(one)[:24]


@pytest.mark.parametrize(
    ("codec", "options"),
    [("libx264", {"bf": "3", "g": "20"}), ("mpeg4", {}), ("libx265", {"x265-params": "log-level=0"})],
)
def test_a_clip_that_others_encoded_is_encoded_anew_and_alone(
    tmp_path: Path, codec: str, options: dict[str, str]
) -> None:
    theirs = foreign(tmp_path / "theirs.mp4", 30, codec=codec, options=options)
    ours = clip(tmp_path / "ours.mp4", 30)
    clips = [ClipFile(path=ours, frames=30), ClipFile(path=theirs, frames=30), ClipFile(path=ours, frames=30)]

    assemble(SMALL, clips, sound=None, speeches=[], out=tmp_path / "film.mp4")

    film = packets(tmp_path / "film.mp4")
    assert film[:30] == film[60:] == packets(ours)
    decode_check(tmp_path / "film.mp4")
    expected = [16 + (20 + 4 * number) * 219 / 255 for number in range(30)]
    assert lumas(tmp_path / "film.mp4")[30:60] == pytest.approx(expected, abs=6)


def test_a_clip_of_another_shape_is_framed_in_black(tmp_path: Path) -> None:
    square = clip(tmp_path / "square.mp4", 12, level=200, width_px=200, height_px=200)

    assemble(SMALL, [ClipFile(path=square, frames=12)], sound=None, speeches=[], out=tmp_path / "film.mp4")

    assert set(lumas(tmp_path / "film.mp4", column=5)) == {16}
    assert set(lumas(tmp_path / "film.mp4", column=WIDTH_PX - 5)) == {16}
    assert lumas(tmp_path / "film.mp4", column=WIDTH_PX // 2 + 20)[0] == pytest.approx(188, abs=2)


@pytest.mark.parametrize("fps", [Fraction(12), Fraction(25), Fraction(30000, 1001), Fraction(60)])
def test_a_clip_at_another_rate_lasts_as_long_as_before(tmp_path: Path, fps: Fraction) -> None:
    one = clip(tmp_path / "1.mp4", round(2 * fps), fps=fps)

    assemble(SMALL, [ClipFile(path=one, frames=48)], sound=None, speeches=[], out=tmp_path / "film.mp4")

    with av.open(str(tmp_path / "film.mp4")) as container:
        rows = [
            np.asarray(frame.to_ndarray(), np.uint8)[HEIGHT_PX // 2, :WIDTH_PX] for frame in container.decode(video=0)
        ]
    bars = [int(np.argmax(row > 180)) for row in rows]
    assert len(bars) == 48
    assert bars == pytest.approx([2 * int(n * fps / 24 + 0.5) % (WIDTH_PX // 2) for n in range(48)], abs=2)


@pytest.mark.parametrize("encoded", [True, False])
def test_sound_is_heard_at_the_frame_it_belongs_to(tmp_path: Path, encoded: bool) -> None:  # noqa: FBT001 (pytest's)
    path = tmp_path / ("sound.m4a" if encoded else "sound.wav")
    (encode_aac if encoded else _write)(click(4.0, 2.0), path)
    one = clip(tmp_path / "1.mp4", 48)

    assemble(SMALL, [ClipFile(path=one, frames=48)] * 2, sound=path, speeches=[], out=tmp_path / "film.mp4")

    assert abs(int(np.abs(heard(tmp_path / "film.mp4")[:, 0]).argmax()) / 48_000 - 2.0) < 0.001


def _write(samples: sound.Samples, path: Path) -> None:
    sound.write(path, samples)


def test_sound_ends_with_the_picture(tmp_path: Path) -> None:
    encode_aac(click(10.0, 1.0), tmp_path / "sound.m4a")
    one = clip(tmp_path / "1.mp4", 48)

    assemble(
        SMALL, [ClipFile(path=one, frames=48)], sound=tmp_path / "sound.m4a", speeches=[], out=tmp_path / "film.mp4"
    )

    assert probe(tmp_path / "film.mp4").duration_s == pytest.approx(2.0, abs=0.022)


def test_captions_end_with_the_picture(tmp_path: Path) -> None:
    one = clip(tmp_path / "1.mp4", 49)
    speeches = [said("One.", 0.0, 1.0), said("Two.", 1.0, 49 / 24), said("Late.", 2.5, 3.0)]

    assemble(SMALL, [ClipFile(path=one, frames=49)], sound=None, speeches=speeches, out=tmp_path / "film.mp4")

    assert shown(tmp_path / "film.mp4") == [(0, 1000, "One."), (1000, 1041, "Two.")]
    assert probe(tmp_path / "film.mp4").duration_s == pytest.approx(49 / 24, abs=0.001)


def test_captions_are_read_back_word_for_word_and_to_the_millisecond(tmp_path: Path) -> None:
    whole_film(tmp_path, tmp_path / "film.mp4")

    assert shown(tmp_path / "film.mp4") == [
        (500, 1000, "Hello {\\an8} <i>there</i> \\N & you"),
        (1500, 750, "Hé!"),
        (4000, 1000, "No."),
    ]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
def test_memory_does_not_grow_with_the_number_of_clips(tmp_path: Path) -> None:
    one = clip(tmp_path / "1.mp4", 48)

    few, many = (int(in_a_fresh_process(JOIN, one, tmp_path / f"{count}.mp4", Path(str(count)))) for count in (2, 200))

    assert many - few < 16 * 1024
    assert many < 128 * 1024


@pytest.mark.parametrize("clips", [[], [ClipFile(path=Path("a.mp4"), frames=0)]])
def test_a_film_of_nothing_is_refused(tmp_path: Path, clips: list[ClipFile]) -> None:
    with pytest.raises(BadInput, match="clips"):
        assemble(SMALL, clips, sound=None, speeches=[], out=tmp_path / "film.mp4")


def test_a_damaged_clip_stops_the_film_and_leaves_the_one_that_was_there(tmp_path: Path) -> None:
    whole, broken, out = clip(tmp_path / "1.mp4", 48), tmp_path / "2.mp4", tmp_path / "film.mp4"
    broken.write_bytes(whole.read_bytes()[:-4000])
    out.write_bytes(b"before")
    clips = [ClipFile(path=whole, frames=48), ClipFile(path=broken, frames=48)]

    with pytest.raises(MediaDamaged, match=r"2\.mp4"):
        assemble(SMALL, clips, sound=None, speeches=[], out=out)

    assert out.read_bytes() == b"before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.mp4", "2.mp4", "film.mp4"]
