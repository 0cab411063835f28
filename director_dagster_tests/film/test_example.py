"""The example, filmed: each promise about the picture and the sound is measured on what was made."""

import asyncio
import itertools
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from PIL import Image

from director_dagster.animatic import casting
from director_dagster.catalog.queries.takes import Filled
from director_dagster.media import loudness, probe, sound
from director_dagster.media.mix import Mix, Stem
from director_dagster.story import wire
from director_dagster.story.brief import of_screenplay
from director_dagster.story.cut import Cut
from director_dagster.story.film import parse_film_key
from director_dagster.story.shot import Breakdown, Channel, Framing, Stage
from director_dagster.studio import reel
from director_dagster.studio.design import voice_of
from director_dagster.studio.edit import cut_of, reel_of
from director_dagster.studio.page import read_page
from director_dagster.studio.production import open_production
from director_dagster.studio.step import Step, begin
from director_dagster.studio.studio import Studio, open_studio
from director_dagster.studio.whatif import Change, Fate, whatif
from director_dagster_tests.film.conftest import Home
from director_dagster_tests.film.revisions import REVISIONS

pytestmark = pytest.mark.slow

T = TypeVar("T")


@dataclass(frozen=True)
class Example:
    """The film, and what it was made from."""

    file: Path
    report: Mapping[str, Any]
    breakdown: Breakdown
    cut: Cut
    there: Mapping[str, Filled]
    paths: Mapping[str, Path]
    mix: Mix
    unspoken: Mix


@pytest.fixture(scope="module")
def example(home: Home) -> Example:
    """`make film` in a fresh home."""
    report = home.data("make")[0]
    assert report["failure"] is None

    async def read(step: Step) -> Example:
        page, there = await read_page(step), await step.takes()
        cut = cut_of(step, page, there)
        wound = await reel_of(step, there, cut, page.breakdown.title)
        return Example(
            file=Path(report["path"]),
            report=report,
            breakdown=page.breakdown,
            cut=cut,
            there=there,
            paths={name: step.studio.vault.locate(each.asset.digest or "") for name, each in there.items()},
            mix=reel.mixed(wound),
            unspoken=reel.mixed(replace(wound, lines={})),
        )

    return _in_step(home, report["film"], read)


def _in_step(home: Home, film: str, question: Callable[[Step], Awaitable[T]]) -> T:
    async def asked(studio: Studio) -> T:
        async with begin(studio, parse_film_key(film), "a test") as step:
            return await question(step)

    return _in_studio(home, asked)


def _in_studio(home: Home, question: Callable[[Studio], Awaitable[T]]) -> T:
    async def asked() -> T:
        studio = open_studio(database_url=home.database_url, home=home.path)
        try:
            return await question(studio)
        finally:
            await studio.aclose()

    return asyncio.run(asked())


def _shots(example: Example) -> list[Path]:
    return [example.paths[f"shot:{shot.code}"] for shot in example.breakdown.shots]


def test_it_is_long_enough_and_of_the_right_make(example: Example) -> None:
    found = probe.probe(example.file)

    assert len({shot.scene for shot in example.breakdown.shots}) >= 4
    assert len([who for who in example.breakdown.characters if who.speaks]) >= 3
    assert len(example.breakdown.shots) >= 12
    assert found.duration_s >= 60
    assert found.video is not None
    assert (found.video.codec, found.video.fps, found.video.pix_fmt) == ("h264", Fraction(24), "yuv420p")
    assert (found.video.width_px, found.video.height_px) == (1280, 720)
    assert found.audio is not None
    assert (found.audio.codec, found.audio.rate_hz, found.audio.channels) == ("aac", 48_000, 2)
    assert [subtitles.codec for subtitles in found.subtitles] == ["mov_text"]
    assert found.video.frames == example.cut.frames
    head = example.file.read_bytes()[: 1 << 20]
    assert head.find(b"moov") < head.find(b"mdat"), "not faststart"
    probe.decode_check(example.file)


def test_its_pictures_are_the_shots_own_packets(example: Example) -> None:
    made = {bytes(packet) for path in _shots(example) for packet in _packets(path)}
    film = [bytes(packet) for packet in _packets(example.file)]

    assert sum(packet in made for packet in film) / len(film) > 0.6


def _packets(path: Path) -> list[Any]:
    with probe.opened(path, packets_only=True) as container:
        return [packet for packet in container.demux(video=0) if packet.size]


def test_every_shot_moves_and_none_is_flat(example: Example) -> None:
    for shot, path in zip(example.breakdown.shots, _shots(example), strict=True):
        assert probe.longest_freeze_s(path) <= 1.0, shot.code
        assert min(probe.luma_deviations(path)) >= 12, shot.code


def test_set_ups_look_different(example: Example) -> None:
    frames = {}
    for shot in example.breakdown.shots:
        with Image.open(example.paths[f"frame:{shot.code}"]) as image:
            frames[shot.code] = (_set_up(shot), probe.dhash(image))

    near = [
        (one, other, (frames[one][1] ^ frames[other][1]).bit_count())
        for one, other in itertools.combinations(frames, 2)
        if frames[one][0] != frames[other][0] and (frames[one][1] ^ frames[other][1]).bit_count() < 10
    ]

    assert near == []


def _set_up(shot: Any) -> tuple[object, ...]:
    return shot.setting, shot.framing, shot.angle, tuple((each.character, each.foreground) for each in shot.figures)


def test_it_is_framed_in_at_least_four_ways(example: Example) -> None:
    framings = {shot.framing for shot in example.breakdown.shots}

    assert framings >= {Framing.WIDE, Framing.MEDIUM, Framing.CLOSE_UP, Framing.OVER_SHOULDER}


def test_the_speaker_is_in_the_picture(example: Example) -> None:
    for shot in example.breakdown.shots:
        seen = {figure.character for figure in shot.figures}
        assert {line.character for line in shot.lines if line.channel is Channel.ON} <= seen, shot.code


def test_places_and_looks_stay_as_they_are(example: Example, home: Home) -> None:
    stages = [wire.load(Stage, row[0]["params"]["stage"]) for row in home.rows(FRAME_REQUESTS)]

    looks = {(name, look) for stage in stages for name, look in stage.looks.items()}
    assert len(looks) == len({name for name, _ in looks})
    for _, scene in itertools.groupby(example.breakdown.shots, key=lambda shot: shot.scene):
        assert len({shot.setting for shot in scene}) == 1


FRAME_REQUESTS = "SELECT request FROM generations WHERE operation = 'frame' AND settled_at IS NOT NULL"


def test_each_cue_is_heard_where_its_subtitle_stands(example: Example) -> None:
    dialogue = sound.mono(example.mix.samples(Stem.DIALOGUE))[:, 0]

    for speech in example.cut.speeches:
        heard = np.flatnonzero(np.abs(_around(dialogue, speech.start_s, speech.end_s)) > 0.01)
        first = max(speech.start_s - MARGIN_S, 0) + heard[0] / sound.RATE_HZ
        assert abs(first - speech.start_s) <= 0.1, speech


MARGIN_S = 0.2


def _around(samples: Any, start_s: float, end_s: float) -> Any:
    return samples[max(0, int((start_s - MARGIN_S) * sound.RATE_HZ)) : int((end_s + MARGIN_S) * sound.RATE_HZ)]


def test_the_subtitles_are_those_of_the_cut(example: Example) -> None:
    srt = example.file.with_suffix(".srt").read_text(encoding="utf-8")
    vtt = example.file.with_suffix(".vtt").read_text(encoding="utf-8")

    assert srt.count("-->") == vtt.count("-->") >= len(example.cut.speeches)
    for speech in example.cut.speeches:
        assert speech.text.split()[0] in srt


def test_it_is_as_loud_as_films_are(example: Example) -> None:
    heard = loudness.measure(sound.read(example.file))

    assert abs(heard.integrated_lufs + 16) <= 1
    assert heard.true_peak_dbtp <= -1


def test_there_is_no_silence_that_is_not_meant(example: Example) -> None:
    samples = sound.mono(sound.read(example.file))[:, 0]
    tenths = samples[: len(samples) // 4800 * 4800].reshape(-1, 4800)
    quiet = np.sqrt(np.mean(np.square(tenths), axis=1)) < 10 ** (-60 / 20)

    longest = max((len(list(run)) for silent, run in itertools.groupby(quiet) if silent), default=0)

    assert longest / 10 <= 3


def test_music_makes_room_for_speech(example: Example) -> None:
    music = sound.mono(example.mix.samples(Stem.MUSIC))[:, 0]
    alone = sound.mono(example.unspoken.samples(Stem.MUSIC))[:, 0]
    second = sound.RATE_HZ
    levels = [
        (at, rms(music[at * second : (at + 1) * second]) / rms(alone[at * second : (at + 1) * second]))
        for at in range(math.ceil(example.cut.music_start_s) + 3, int(example.cut.duration_s) - 3)
    ]

    free = [
        level
        for at, level in levels
        if not any(s.start_s - 2 < at + 1 and at < s.end_s + 3 for s in example.cut.speeches)
    ]
    under = [level for at, level in levels if any(s.start_s <= at and at + 1 <= s.end_s for s in example.cut.speeches)]
    assert under
    assert free
    assert 20 * math.log10(max(under) / np.median(free)) <= -9


def rms(samples: Any) -> float:
    """The level of a stretch of sound; never 0."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) + 1e-9


def test_no_two_voices_are_alike(example: Example) -> None:
    voices = {name: voice_of(each.asset) for name, each in example.there.items() if name.startswith("voice")}
    pitches = {
        name: each.asset.generation_metadata["pitch_hz"] for name, each in example.there.items() if name in voices
    }

    for one, other in itertools.combinations(voices, 2):
        low, high = sorted((pitches[one], pitches[other]))
        assert voices[one].language != voices[other].language or high >= 1.2 * low, (one, other)
        assert not casting.alike(voices[one], voices[other])


def test_each_of_thirty_revisions_makes_just_that_anew_which_it_changes(home: Home, example: Example) -> None:
    async def asked(studio: Studio) -> dict[str, dict[str, int]]:
        key = parse_film_key(example.report["film"])
        pages = {name: of_screenplay(each.page, origin=name, name=key.film) for name, each in REVISIONS.items()}
        return {name: _anew(await whatif(studio, key, page)) for name, page in pages.items()}

    found = _in_studio(home, asked)

    assert len(REVISIONS) == 30
    assert len({each.page for each in REVISIONS.values()}) == 30
    assert found == {name: dict(each.anew) for name, each in REVISIONS.items()}


def _anew(changes: Sequence[Change]) -> dict[str, int]:
    """How many pieces of each kind are made anew, but those that are made of the whole film."""
    whole = {"script", "film", "subtitles", "poster", "contact-sheet"}
    anew = [each.slot.partition(":")[0] for each in changes if each.fate in {Fate.CHANGES, Fate.NEW}]
    return dict(Counter(kind.partition("-")[0] for kind in anew if kind not in whole))


def test_who_is_renamed_stays_who_she_is_when_film_toml_says_so(home: Home, example: Example) -> None:
    key, page = parse_film_key(example.report["film"]), REVISIONS["another name"].page

    async def asked(studio: Studio) -> Sequence[Change]:
        film = await open_production(studio.catalog, key)
        settings = film.settings.model_copy(update={"characters": {"NORA": "MARA"}})
        return await whatif(studio, key, of_screenplay(page, origin="renamed", name=key.film), settings)

    assert _anew(_in_studio(home, asked)) == {"shot": 1}, "the credits, which name her as the page does"
