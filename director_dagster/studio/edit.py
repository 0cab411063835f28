"""Edit: the finished film from its takes, with subtitles, poster and contact sheet."""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from director_dagster.catalog import claims
from director_dagster.catalog.money import to_usd
from director_dagster.catalog.queries import blobs
from director_dagster.catalog.queries.takes import Filled, Place
from director_dagster.catalog.tables import Asset
from director_dagster.errors import storing
from director_dagster.media.score import Score
from director_dagster.providers.contract import Json
from director_dagster.story import wire
from director_dagster.story.cut import Cut, make_cut
from director_dagster.story.film import FilmKey
from director_dagster.story.rights import OWN_WORK
from director_dagster.studio import filing, reel
from director_dagster.studio.cards import CREDITS_FRAMES, TITLE_FRAMES, cards_of
from director_dagster.studio.crew import HOUSE
from director_dagster.studio.filing import Label, Origin
from director_dagster.studio.nodes import slots
from director_dagster.studio.page import Page, read_page
from director_dagster.studio.piece import Source
from director_dagster.studio.prints import PRINTS, Print
from director_dagster.studio.progress import Progress
from director_dagster.studio.reel import Reel
from director_dagster.studio.report import Made, Outcome, Report, made_of
from director_dagster.studio.score import MUSIC_SLOT, bed_slot
from director_dagster.studio.shoot import shot_slot, talks
from director_dagster.studio.speech import as_said, line_slot, timed
from director_dagster.studio.step import Step, require

CUTTER, CUTTER_NAME = "cut-1", "Cutting Room 1"


async def edit(step: Step) -> Report:
    """Make sure that the film is cut from its selected takes; a copy lies in the film's folder under the home."""
    page = await read_page(step)
    cards = await step.make(cards_of(step, page))
    there = await step.takes()
    prints = await _print(step, page, there, cut_of(step, page, there))
    if not step.on_paper:
        await _lay_out(step)
    return step.report([*cards.pieces, *prints])


def cut_of(step: Step, page: Page, there: Mapping[str, Filled]) -> Cut:
    """The film's cut from the takes that are selected now."""
    takes = timed(page.breakdown.shots, there, step.film.settings)
    cut = make_cut(page.breakdown, takes, title_frames=TITLE_FRAMES, credits_frames=CREDITS_FRAMES)
    return replace(cut, speeches=as_said(cut.speeches, there))


def film_folder(home: Path, key: FilmKey) -> Path:
    """Where the finished film's files are laid out for people."""
    return home / "films" / key.workspace / key.film


async def _print(step: Step, page: Page, there: Mapping[str, Filled], cut: Cut) -> list[Made]:
    """The film's files: those that are there if they are of this very cut, else new ones."""
    title = step.film.settings.title or page.breakdown.title
    sources = _sources(page, there, cut)
    basis = _basis(step, cut, title, sources)
    kept = [await _kept(step, there, each, basis) or await _owned(step, each, basis) for each in PRINTS]
    if all(kept):
        return [made for made in kept if made]
    if step.on_paper:
        return [_planned(each) for each in PRINTS]
    progress = Progress(f"{step.name} cut", len(PRINTS))
    staging = step.studio.vault.staging("cut").parent
    with storing(f"the vault's folder {staging}"), tempfile.TemporaryDirectory(dir=staging) as name:
        folder = Path(name)
        await step.studio.workers.run(reel.put_together, await reel_of(step, there, cut, title), folder)
        totals = _totals(step, page, there)
        film = await _file(step, PRINTS[0], folder, title, sources, basis, cast=_cast(there), totals=totals)
        of_film = [Source(role="film", asset=film[0])]
        others = [await _file(step, each, folder, title, of_film, basis) for each in PRINTS[1:]]
    filed = zip(PRINTS, [film, *others], strict=True)
    return [progress.ticked(made_of(each.slot, asset, outcome)) for each, (asset, outcome) in filed]


def _planned(each: Print) -> Made:
    return Made(
        slot=each.slot,
        outcome=Outcome.GENERATED,
        asset_id=None,
        digest=None,
        provider=HOUSE,
        model=CUTTER,
        paid_microusd=0,
        worth_microusd=0,
    )


async def _kept(step: Step, there: Mapping[str, Filled], each: Print, basis: str) -> Made | None:
    filled = there.get(each.slot)
    if filled is None or not await step.keeping.keeps(filled, {each.field: basis}):
        return None
    return made_of(each.slot, filled.asset, Outcome.KEPT)


async def _owned(step: Step, each: Print, basis: str) -> Made | None:
    """The file of an earlier cut that was the same: an edit that is taken back brings its film back."""
    place = Place(name=each.slot, kind=each.kind, film_id=step.film.film_id)
    async with step.studio.catalog.session() as db:
        asset = await claims.find_reusable(db, step.film.workspace_id, _fingerprint(each, basis))
        blob = None if asset is None or asset.digest is None else await blobs.get(db, asset.digest)
        if asset is None or blob is None or not await step.studio.vault.has(blob.digest, blob.size_bytes):
            return None
        await filing.reuse(db, places=[place], asset=asset, basis={each.field: basis})
    return made_of(each.slot, asset, Outcome.REUSED)


def _fingerprint(each: Print, basis: str) -> str:
    return wire.digest([CUTTER, each.file, basis])


def _cast(there: Mapping[str, Filled]) -> list[UUID]:
    """Who is in the film."""
    looks = (filled.asset.character_id for slot, filled in there.items() if slot.startswith("look:"))
    return list(dict.fromkeys(row for row in looks if row is not None))


def _sources(page: Page, there: Mapping[str, Filled], cut: Cut) -> list[Source]:
    """What the film is put together from, the script first."""
    clips = [Source(role="shot", asset=require(there, shot_slot(clip.name), made_by="shots")) for clip in cut.clips]
    lines = [there[line_slot(speech.line_id)] for speech in cut.speeches if line_slot(speech.line_id) in there]
    beds = [require(there, bed_slot(bed.setting), made_by="music") for bed in cut.beds]
    music = require(there, MUSIC_SLOT, made_by="music")
    return [
        Source(role="script", asset=page.script),
        *clips,
        *(Source(role="dialogue", asset=line.asset) for line in lines),
        *(Source(role="ambience", asset=bed) for bed in beds),
        Source(role="music", asset=music),
    ]


def _basis(step: Step, cut: Cut, title: str, sources: Sequence[Source]) -> str:
    """A digest of all that shapes the film's files."""
    settings = step.film.settings
    digests = [[source.role, source.asset.counts_as] for source in sources]
    return wire.digest([CUTTER, wire.dump(cut), settings.format.value, settings.language, title, digests])


async def reel_of(step: Step, there: Mapping[str, Filled], cut: Cut, title: str) -> Reel:
    """What a cut is put together from, as files, each checked against its digest."""

    async def path(slot: str) -> Path:
        return await step.studio.vault.path(there[slot].asset.url or "")

    score = there[MUSIC_SLOT].asset.generation_metadata.get("score")
    heard = [speech.line_id for speech in cut.speeches if line_slot(speech.line_id) in there]
    return Reel(
        cut=cut,
        size=step.film.settings.format.size,
        title=title,
        language=step.film.settings.language,
        clips={clip.name: await path(shot_slot(clip.name)) for clip in cut.clips},
        lines={line_id: await path(line_slot(line_id)) for line_id in heard},
        talking=frozenset(clip.name for clip in cut.clips if talks(there[shot_slot(clip.name)].asset)),
        beds={bed.setting: await path(bed_slot(bed.setting)) for bed in cut.beds},
        music=await path(MUSIC_SLOT),
        score=None if score is None else wire.load(Score, score),
    )


async def _file(
    step: Step,
    each: Print,
    folder: Path,
    title: str,
    sources: Sequence[Source],
    basis: str,
    *,
    cast: Sequence[UUID] = (),
    totals: Json | None = None,
) -> tuple[Asset, Outcome]:
    """File one of the film's files and make it the selected take of its slot.

    One that is there already, because only another one was lost, or only its bytes, has no second row.
    """
    label = Label(
        workspace_id=step.film.workspace_id,
        type=each.type,
        kind=each.kind,
        name=title if each.kind == "film" else f"{title}: {each.name}",
        prompt="",
        film_id=step.film.film_id,
        character_ids=cast,
        sources=list({source.asset.id: (source.asset.id, source.role) for source in sources}.values()),
        genre=step.film.settings.genre,
        style=step.film.settings.style,
        more=totals or {},
    )
    mark = _fingerprint(each, basis)
    origin = Origin(provider=HOUSE, model=CUTTER, model_name=CUTTER_NAME, fingerprint=mark, rights=OWN_WORK)
    place = Place(name=each.slot, kind=each.kind, film_id=step.film.film_id)
    async with step.studio.filing():
        filed = await step.studio.file(folder / each.file, each.media_type)
        async with step.studio.catalog.session() as db:
            there = await claims.find_reusable(db, step.film.workspace_id, mark)
            if there is not None and there.url == filed.url:
                await filing.reuse(db, places=[place], asset=there, basis={each.field: basis})
                return there, Outcome.REUSED
            asset = await filing.save(step.studio.vault, db, label=label, origin=origin, filed=filed)
            await filing.take(db, places=[place], asset=asset, basis={each.field: basis})
    return asset, Outcome.GENERATED


def _totals(step: Step, page: Page, there: Mapping[str, Filled]) -> Json:
    """What the film's pieces have cost together, None when that is not known of one; and how many shots it has."""
    of_film = {slot for of_step in slots(page, step.film.settings).values() for slot in of_step.needed | of_step.spoken}
    wanted = (of_film - {each.slot for each in PRINTS}) & there.keys()
    parts = {there[slot].asset.id: there[slot].asset for slot in wanted}.values()
    costs = [part.cost_microusd for part in parts]
    known = [cost for cost in costs if cost is not None]
    total = to_usd(sum(known)) if len(known) == len(costs) else None
    return {"shots_count": len(page.breakdown.shots), "total_cost": None if total is None else float(total)}


async def _lay_out(step: Step) -> None:
    """Copy the film's files to where people find them; what is there already stays."""
    folder = film_folder(step.studio.home, step.film.key)
    there = await step.takes()
    with storing(f"the film's folder {folder}"):
        for each in PRINTS:
            blob = there[each.slot].blob
            if blob is not None and not await asyncio.to_thread(_is, folder / each.file, blob.digest):
                source = await step.studio.vault.path(there[each.slot].asset.url or "")
                await asyncio.to_thread(_copy, source, folder / each.file)


def _is(file: Path, digest: str) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == digest


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, part)
    part.replace(target)
