"""Whether a file is what its row declares: measured by its headers, and read to its end."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from director_dagster.errors import MediaDamaged
from director_dagster.media import sound
from director_dagster.media.inspect import inspect
from director_dagster.media.playable import Measures, length, measure, play
from director_dagster.simulator.media import mp3
from director_dagster_tests.media.clips import HEIGHT_PX, WIDTH_PX, click, clip


def a_video(path: Path) -> str:
    clip(path, 48)
    return "video/mp4"


def a_picture(path: Path) -> str:
    noise = np.random.default_rng(1).integers(0, 255, (HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    Image.fromarray(noise).save(path, "PNG")
    return "image/png"


def a_sound(path: Path) -> str:
    sound.write(path, click(2.0, 0.5))
    return "audio/wav"


MEASURES: dict[Callable[[Path], str], Measures] = {
    a_video: Measures(width_px=WIDTH_PX, height_px=HEIGHT_PX, duration_s=2.0),
    a_picture: Measures(width_px=WIDTH_PX, height_px=HEIGHT_PX),
    a_sound: Measures(duration_s=2.0),
}


@pytest.mark.parametrize("make", MEASURES)
def test_a_whole_file_is_measured_and_played(make: Callable[[Path], str], tmp_path: Path) -> None:
    media_type = make(tmp_path / "a")

    play(tmp_path / "a", media_type)

    assert measure(tmp_path / "a", media_type) == MEASURES[make]


@pytest.mark.parametrize("make", MEASURES)
@pytest.mark.parametrize("part", [0.05, 0.5, 0.95])
def test_a_file_that_is_cut_off_is_not_played(make: Callable[[Path], str], part: float, tmp_path: Path) -> None:
    media_type = make(tmp_path / "a")
    whole = (tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(whole[: int(len(whole) * part)])

    with pytest.raises(MediaDamaged):
        play(tmp_path / "a", media_type)


@pytest.mark.parametrize("media_type", ["image/png", "video/mp4", "audio/wav", "audio/mpeg", "image/gif"])
def test_what_is_of_another_type_is_not_played(media_type: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("Somebody was here.")

    with pytest.raises(MediaDamaged):
        play(tmp_path / "a", media_type)


def test_an_mp3_as_it_is_streamed_is_as_long_by_its_headers_as_it_was_found_to_be(tmp_path: Path) -> None:
    sound.write(tmp_path / "a.wav", click(2.0, 0.5))
    (tmp_path / "a").write_bytes(mp3((tmp_path / "a.wav").read_bytes())[0])

    play(tmp_path / "a", "audio/mpeg")

    found = inspect(tmp_path / "a", "audio/mpeg")
    assert measure(tmp_path / "a", "audio/mpeg").duration_s == pytest.approx(found.duration_s, abs=0.001)
    assert found.duration_s == pytest.approx(2.0, abs=0.06)
    assert sound.seconds(sound.read(tmp_path / "a")) == pytest.approx(2.0, abs=0.06)


def test_a_text_is_played_when_it_is_utf_8(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("Où est-il ?", encoding="latin-1")

    with pytest.raises(MediaDamaged, match="no UTF-8"):
        play(tmp_path / "a", "text/plain")


def test_a_silent_clip_has_no_length_of_sound(tmp_path: Path) -> None:
    found = length(clip(tmp_path / "a.mp4", 36))

    assert (found.frames, found.picture_s, found.sound_s) == (36, 1.5, None)
