"""What if: an edited screenplay held against a film: which pieces stay, which change and why, and what that costs.

The film is made of the edited page on paper: in a transaction that is rolled back, over a vault that is thrown away.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from director_dagster.catalog.queries import assets, blobs, lineage, takes
from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.tables import Asset
from director_dagster.errors import BadInput
from director_dagster.story.brief import Brief
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio.commission import record
from director_dagster.studio.crew import DRAFT, FINAL, stand_of
from director_dagster.studio.design import slot_of
from director_dagster.studio.estimate import rehearse
from director_dagster.studio.filing import Filed
from director_dagster.studio.finals import listed
from director_dagster.studio.production import Production, open_production
from director_dagster.studio.report import Made, Outcome, Report
from director_dagster.studio.studio import Studio
from director_dagster.vault.store import Overlay

FOUNTAIN = "text/vnd.fountain"
LOST = "its bytes are lost"
NUMBERED = frozenset({"line", "ambience"})
"""What fills places that are named by digests."""

_LOOK = slot_of("look", "")
_OF_THE_WHOLE = {"script": "it was edited", "film": "it is cut from all of the film"}
"""Why a piece of such a step changes."""


class Fate(StrEnum):
    """What becomes of a piece: it stays; another asset that is owned takes its place; it is made anew; it is new; it
    cannot be had, since what a person has given for it is lost; the page has no place for it any more, and it stays as
    a take."""

    STAYS = "stays"
    REUSED = "reused"
    CHANGES = "changes"
    NEW = "new"
    FAILS = "fails"
    DROPPED = "dropped"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes of one piece of the film.

    Attributes:
        step: The Dagster asset that makes it; empty for what is dropped.
        slot: Which piece.
        name: For people.
        fate: What becomes of it.
        why: What has changed, in words; empty for what stays, but where its bytes are to be had again.
        old: What it was made for, in words, where those change.
        new: What it would be made for, in words, where those change.
        made_from: The pieces that it is made from and that change themselves.
        maker: Who would make it; empty where nothing is made.
        low_microusd: What that costs at the least; None when it is not known.
        high_microusd: What that costs at most; None when it is not known.
        falls: Whether a final becomes a draft by it, where the crew in charge now is not the one that made it.
    """

    step: str
    slot: str
    name: str
    fate: Fate
    why: str = ""
    old: str = ""
    new: str = ""
    made_from: Sequence[str] = ()
    maker: str = ""
    low_microusd: int | None = 0
    high_microusd: int | None = 0
    falls: bool = False

    @property
    def called(self) -> str:
        """What people know it by: its place in the film, or its name where that place is but a number to them."""
        return called(self.slot, self.name)


def called(slot: str, name: str) -> str:
    """A slot as people know it, ``shot:sh010``; of a line or a stretch of ambience the name of what fills it."""
    return name if slot.partition(":")[0] in NUMBERED else slot


def told_falling(names: Sequence[str]) -> str:
    """What is said of finals that become drafts; empty where none does."""
    if not names:
        return ""
    what = "a final becomes a draft" if len(names) == 1 else f"{len(names)} finals become drafts"
    return f"{what}: {listed(names)}"


async def whatif(studio: Studio, key: FilmKey, brief: Brief, settings: FilmSettings | None = None) -> Sequence[Change]:
    """What becomes of each piece of the film when it is made of another screenplay; nothing is sent, filed or written.

    `settings` are the film's own unless given. Raises BadInput for an idea, which says nothing of shots, for a
    screenplay that cannot be filmed, and when there is no such film.
    """
    if not brief.is_screenplay:
        raise BadInput("an idea says nothing of shots: what if is asked of a screenplay")
    film = await open_production(studio.catalog, key)
    settings = film.settings if settings is None else settings
    with tempfile.TemporaryDirectory(prefix="director-whatif-") as folder:
        async with studio.working(), studio.catalog.rehearsal() as catalog:
            paper = replace(studio, catalog=catalog, vault=Overlay(Path(folder), studio.vault))
            async with catalog.session() as db:
                before = await takes.selected(db, workspace_id=film.workspace_id, film_id=film.film_id)
            await _commission(paper, film, brief, settings)
            reports = await rehearse(paper, key, there=before, past_losses=True)
            return await changes(paper, film, before, reports)


async def _commission(studio: Studio, film: Production, brief: Brief, settings: FilmSettings) -> None:
    blob = await studio.vault.put(brief.text.encode("utf-8"), "fountain")
    async with studio.catalog.session() as db:
        await blobs.record(
            db, digest=blob.digest, size_bytes=blob.size_bytes, media_type=FOUNTAIN, extension=blob.extension
        )
    filed = Filed(url=blob.url, thumbnail_url=None, width=None, height=None, duration_s=None)
    await record(studio, film.key, brief, settings, before=film, filed=filed)


async def changes(
    studio: Studio, film: Production, before: Mapping[str, Filled], reports: Sequence[Report]
) -> Sequence[Change]:
    """What a rehearsal of the film, which is not over yet, comes to for each piece that it has had `before`."""
    made = [(report.step, piece) for report in reports for piece in report.pieces]
    planned = {each.asset.id: each.asset for each in before.values()}
    ids = [piece.asset_id for _, piece in made if piece.asset_id is not None and piece.asset_id not in planned]
    async with studio.catalog.session() as db:
        planned |= {asset.id: asset for asset in await assets.by_ids(db, film.workspace_id, ids)}
        edges = await lineage.sources_of(db, film.workspace_id, list(planned))
    slots = {piece.asset_id: piece.slot for _, piece in made}
    names = {id_: called(slot, planned[id_].name) for id_, slot in slots.items() if id_ in planned}
    changed = {piece.slot for _, piece in made if _moves(piece, before.get(piece.slot))}
    found = []
    for step, piece in made:
        was, now = before.get(piece.slot), planned.get(piece.asset_id) if piece.asset_id else None
        sources = edges.get(piece.asset_id, ()) if piece.asset_id else ()
        from_changed = {slots[source]: names[source] for source in sources if slots.get(source) in changed}
        had = edges.get(was.asset.id, ()) if was else ()
        exchanged = [names[source] for source in sources if source in names and source not in had]
        found.append(_change(step, piece, was, now, from_changed, exchanged))
    there = {piece.slot for _, piece in made}
    dropped = [_dropped(each) for slot, each in before.items() if slot not in there]
    return [*_with_rename_told(found, dropped), *dropped]


def depths(changes: Sequence[Change]) -> Sequence[tuple[str, int | None]]:
    """What it costs at most to go as far as each step that costs anything, in micro-dollars, in their order; None from
    where something is not known."""
    total: int | None = 0
    found: list[tuple[str, int | None]] = []
    for step in dict.fromkeys(each.step for each in changes if each.step):
        costs = [each.high_microusd for each in changes if each.step == step]
        own = None if None in costs else sum(cost or 0 for cost in costs)
        total = None if own is None or total is None else total + own
        if own != 0:
            found.append((step, total))
    return found


def _with_rename_told(found: Sequence[Change], dropped: Sequence[Change]) -> Sequence[Change]:
    """What was found; where one look comes and one goes, it says how the one may be the other, renamed."""
    came = [each for each in found if each.fate is Fate.NEW and each.slot.startswith(_LOOK)]
    went = [each for each in dropped if each.slot.startswith(_LOOK)]
    if (len(came), len(went)) != (1, 1):
        return found
    new, old = (each.slot.removeprefix(_LOOK).upper() for each in (*came, *went))
    hint = f'{came[0].why}; if that is {old}, renamed, characters = {{ "{new}" = "{old}" }} in film.toml keeps all'
    return [replace(each, why=hint) if each is came[0] else each for each in found]


def _change(
    step: str,
    piece: Made,
    was: Filled | None,
    now: Asset | None,
    from_changed: Mapping[str, str],
    exchanged: Sequence[str],
) -> Change:
    fate = _fate(piece, was)
    change = Change(step=step, slot=piece.slot, name=now.name if now else piece.slot, fate=fate)
    lost = was is not None and was.asset.lost_at is not None
    if fate is Fate.STAYS:
        return replace(change, why=LOST) if lost else change
    if fate is Fate.FAILS:
        return replace(change, name=was.asset.name if was else piece.slot, why=piece.reason)
    old, new = _words(was.asset) if was else "", piece.words
    falls = was is not None and becomes_draft(piece, was.asset)
    told = f"; a final by {was.asset.provider} becomes a draft" if falls and was else ""
    why = f"{_why(step, piece, was, old, list(from_changed.values()), exchanged)}{told}"
    return replace(
        change,
        why=LOST if lost else why,
        made_from=list(from_changed),
        old=old if old != new and not piece.given else "",
        new=new if old != new and not piece.given else "",
        maker=f"{piece.provider}:{piece.model}" if piece.outcome is Outcome.GENERATED else "",
        low_microusd=piece.low_microusd if piece.outcome is Outcome.GENERATED else 0,
        high_microusd=piece.paid_microusd,
        falls=falls,
    )


def becomes_draft(piece: Made, was: Asset) -> bool:
    """Whether a final is exchanged for a draft of the house."""
    return (stand_of(was.kind, was.provider), stand_of(was.kind, piece.provider)) == (FINAL, DRAFT)


def _moves(piece: Made, was: Filled | None) -> bool:
    """Whether what is made from the piece is made from something else by it."""
    fate = _fate(piece, was)
    return fate not in {Fate.STAYS, Fate.FAILS} and (fate is not Fate.REUSED or was is not None)


def _fate(piece: Made, was: Filled | None) -> Fate:
    if piece.outcome is Outcome.FAILED:
        return Fate.FAILS
    if was is not None and was.asset.id == piece.asset_id:
        return Fate.STAYS
    if piece.outcome is not Outcome.GENERATED:
        return Fate.REUSED
    return Fate.NEW if was is None else Fate.CHANGES


def _why(
    step: str, piece: Made, was: Filled | None, old: str, from_changed: Sequence[str], exchanged: Sequence[str]
) -> str:
    if piece.given:
        return f"it is {piece.given}"
    if was is None:
        return "the page has it only now" if piece.outcome is Outcome.GENERATED else "the workspace owns it already"
    if step in _OF_THE_WHOLE:
        return _OF_THE_WHOLE[step]
    if old != piece.words:
        return "its words are others"
    if from_changed:
        return f"made from {', '.join(from_changed)}"
    if exchanged:
        return f"made from another {', another '.join(exchanged)} than is in the film now"
    return "its plan is another: its length, its place in the picture or its moment"


def _words(asset: Asset) -> str:
    """What an asset was made for, in words: of a line what is said."""
    text = asset.generation_metadata.get("text")
    return text if isinstance(text, str) else asset.prompt or ""


def _dropped(was: Filled) -> Change:
    return Change(
        step="", slot=was.slot.name, name=was.asset.name, fate=Fate.DROPPED, why="the page has no place for it"
    )
