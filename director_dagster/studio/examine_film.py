"""What is found of the finished film: its length, how loud it is, and its subtitles, against its cut."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from director_dagster.catalog.queries.takes import Filled
from director_dagster.errors import BadInput, MediaDamaged
from director_dagster.media import captions, playable
from director_dagster.media.captions import Caption
from director_dagster.media.master import TARGET_LUFS
from director_dagster.media.playable import Length
from director_dagster.story.cut import FPS, Cut
from director_dagster.studio.edit import cut_of
from director_dagster.studio.findings import Finding, Offender, Severity
from director_dagster.studio.page import read_page
from director_dagster.studio.step import Step

FILM_SLOT, SUBTITLE_SLOTS = "film", ("subtitles:srt", "subtitles:vtt")
NEAR_LU = 1.0
MAX_PEAK_DBTP = -1.0
FRAME_S = float(1 / FPS)
# A length in an index is a whole number of ticks.
TICK_S = 0.001

Pieces = Mapping[str, Filled]


async def examine_film(step: Step, pieces: Pieces, before: frozenset[str]) -> list[Finding]:
    """Whether the film is as long as its cut, as loud as films are, and its subtitles are those of its cut, in time.

    `pieces` are those whose bytes are whole; of what is not among them nothing is known, which is a warning.
    How loud the bytes `before` are was found once, and found right.
    """
    page = await read_page(step)
    cut = cut_of(step, page, page.there)
    return [await length(step, pieces, cut), await loudness(step, pieces, before), await subtitles(step, pieces, cut)]


async def length(step: Step, pieces: Pieces, cut: Cut) -> Finding:
    """Whether the film has the frames of its cut and lasts as long, its sound within a frame of that."""
    film = pieces.get(FILM_SLOT)
    if film is None:
        return _unseen("length", FILM_SLOT)
    try:
        found = await asyncio.to_thread(playable.length, step.studio.vault.locate(film.asset.digest or ""))
    except MediaDamaged as exc:
        return _of("length", film, [(f"{cut.frames} frames", str(exc))])
    facts = {"frames": found.frames, "picture_s": round(found.picture_s, 3), "sound_s": round(found.sound_s or 0.0, 3)}
    return _of("length", film, _wrong_lengths(found, cut), {**facts, "cut_frames": cut.frames})


async def loudness(step: Step, pieces: Pieces, before: frozenset[str]) -> Finding:
    """Whether the film is heard at −16 LUFS, give or take 1, and peaks at −1 dBTP at most."""
    film = pieces.get(FILM_SLOT)
    if film is None:
        return _unseen("loudness", FILM_SLOT)
    if film.asset.digest in before:
        return _of("loudness", film, [], {"measured_before": 1})
    try:
        path = step.studio.vault.locate(film.asset.digest or "")
        heard = await step.studio.workers.run(playable.loudness_of, path)
    except (MediaDamaged, BadInput) as exc:
        return _of("loudness", film, [("sound", str(exc))])
    wrong = []
    if abs(heard.integrated_lufs - TARGET_LUFS) > NEAR_LU:
        wrong.append((f"{TARGET_LUFS:g} LUFS, give or take {NEAR_LU:g}", f"{heard.integrated_lufs:.1f} LUFS"))
    if heard.true_peak_dbtp > MAX_PEAK_DBTP:
        wrong.append((f"a true peak of {MAX_PEAK_DBTP:g} dBTP at most", f"{heard.true_peak_dbtp:.1f} dBTP"))
    facts = {
        "integrated_lufs": round(heard.integrated_lufs, 2),
        "true_peak_dbtp": round(heard.true_peak_dbtp, 2),
    }
    return _of("loudness", film, wrong, facts)


async def subtitles(step: Step, pieces: Pieces, cut: Cut) -> Finding:
    """Whether each cue of both files is inside the film, in order, under no other, and one of the cut's speeches."""
    due, examined = captions.captions(cut.speeches), 0
    offenders: list[Offender] = []
    for slot in SUBTITLE_SLOTS:
        filled = pieces.get(slot)
        if filled is None:
            offenders += _unseen("subtitles", slot).offenders
            continue
        text = (await step.studio.vault.read(filled.asset.url or "")).decode("utf-8", "replace")
        try:
            cues = captions.read(text)
        except MediaDamaged as exc:
            offenders += _offenders(filled, [("cues", str(exc))])
            continue
        examined += len(cues)
        offenders += _offenders(filled, _wrong_cues(cues, due, cut))
    return Finding(
        check="subtitles", examined=examined, offenders=tuple(offenders), facts={"speeches": len(cut.speeches)}
    )


def _wrong_lengths(found: Length, cut: Cut) -> Iterator[tuple[str, str]]:
    if found.frames != cut.frames:
        yield f"{cut.frames} frames, as cut", f"{found.frames} frames"
    if abs(found.picture_s - cut.duration_s) > TICK_S:
        yield f"a picture of {cut.duration_s:.3f} s, as cut", f"{found.picture_s:.3f} s"
    if found.sound_s is None or abs(found.sound_s - cut.duration_s) > FRAME_S:
        heard = "no sound" if found.sound_s is None else f"{found.sound_s:.3f} s"
        yield f"a sound of {cut.duration_s:.3f} s, within a frame", heard


def _wrong_cues(cues: Sequence[Caption], due: Sequence[Caption], cut: Cut) -> Iterator[tuple[str, str]]:
    end_ms = round(cut.duration_s * 1000)
    for cue in cues:
        if not 0 <= cue.start_ms < cue.end_ms <= end_ms:
            yield f"cues inside the film's {end_ms} ms", _told(cue)
    for one, other in pairwise(cues):
        if other.start_ms < one.end_ms:
            yield f"nothing before {one.end_ms} ms, where the cue before it ends", _told(other)
    for cue in cues:
        if cue not in due:
            yield "the words and times of the cut's speeches", _told(cue)
    for caption in due:
        if caption not in cues:
            yield _told(caption), "no such cue"


def _told(cue: Caption) -> str:
    return f"{cue.start_ms}-{cue.end_ms} ms {' '.join(cue.lines)[:60]!r}"


def _of(
    check: str, film: Filled, wrong: Iterable[tuple[str, str]], facts: Mapping[str, float] | None = None
) -> Finding:
    return Finding(check=check, examined=1, offenders=tuple(_offenders(film, wrong)), facts=facts or {})


def _offenders(filled: Filled, wrong: Iterable[tuple[str, str]]) -> list[Offender]:
    slot, asset_id = filled.slot.name, filled.asset.id
    return [Offender(slot=slot, asset_id=asset_id, expected=expected, found=found) for expected, found in wrong]


def _unseen(check: str, slot: str) -> Finding:
    """Nothing is known of what cannot be read."""
    offender = Offender(
        slot=slot, asset_id=None, expected="whole bytes to look at", found="none", severity=Severity.WARN
    )
    return Finding(check=check, examined=0, offenders=(offender,))
