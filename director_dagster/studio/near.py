"""Near: what a workspace owns that is like a piece that is about to be bought, and what using it instead would save.

Words are compared first: the share of the words of two prompts that both have (Jaccard). Where the piece has a picture
already, a draft or an earlier take, the nearest ones by words are compared with that too.
"""

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from director_dagster.catalog.queries import assets, takes
from director_dagster.catalog.tables import Asset
from director_dagster.errors import Damaged, MediaDamaged
from director_dagster.media.likeness import likeness, look
from director_dagster.studio.crew import DRAFT, stand_of
from director_dagster.studio.prospect import Prospect
from director_dagster.studio.report import Made
from director_dagster.studio.reuse import PLACES
from director_dagster.studio.studio import Studio

NEAR = ("look", "location", "prop", "frame", "shot", "music")
"""Of which pieces another one like it can take the place; a line of dialogue is said in its own words."""

LEAST = 0.6
"""Of their words, so much at least is the same in what is offered."""

PIECES, LOOKED_THROUGH, COMPARED, OFFERED = 100, 2000, 8, 3
WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class Offer:
    """An asset that could take the place of a piece.

    Attributes:
        slot: Of the piece.
        asset: What is owned.
        words: From 0 to 1, how many of their words are the same.
        picture: From 0 to 1, how alike they look; None where the piece has no picture yet.
        saves_microusd: What the piece would cost at most.
    """

    slot: str
    asset: Asset
    words: float
    picture: float | None
    saves_microusd: int


async def near(studio: Studio, found: Prospect) -> Sequence[Offer]:
    """What could take the places of the pieces that would be bought, by piece, the likest first: three of each at most,
    of the newest 2,000 assets of its kind. Nothing is sent or written.

    Drafts of the house are not offered, since who buys wants more than those, nor what fills another place of the film.
    """
    wanted = [made for made in found.bought if _is_wanted(made)][:PIECES]
    offers: list[Offer] = []
    async with studio.catalog.session() as db:
        there = await takes.selected(db, workspace_id=found.film.workspace_id, film_id=found.film.film_id)
    filled = {each.asset.id for each in there.values()}
    for kind in dict.fromkeys(PLACES[_what(made)][1] for made in wanted):
        pieces = [made for made in wanted if PLACES[_what(made)][1] == kind]
        async with studio.catalog.session() as db:
            owned = await assets.newest_of_kind(db, found.film.workspace_id, kind, limit=LOOKED_THROUGH)
        vocabulary = [
            (asset, _words(asset.prompt or ""))
            for asset in owned
            if asset.id not in filled and stand_of(asset.kind, asset.provider) != DRAFT
        ]
        looks: dict[UUID, int | None] = {}
        for made in pieces:
            mine = there[made.slot].asset if made.slot in there else None
            offers += await _offers(studio, made, mine, vocabulary, looks)
    return offers


async def _offers(
    studio: Studio,
    made: Made,
    mine: Asset | None,
    vocabulary: Sequence[tuple[Asset, frozenset[str]]],
    looks: dict[UUID, int | None],
) -> Sequence[Offer]:
    words = _words(made.words)
    ranked = [(_share(words, theirs), asset) for asset, theirs in vocabulary]
    enough = ((share, asset) for share, asset in ranked if share >= LEAST and _is_there(studio, asset))
    near_ = sorted(enough, key=lambda each: -each[0])[:COMPARED]
    seen = None if mine is None else await _look(studio, mine, looks)
    offers = []
    for share, asset in near_:
        theirs = None if seen is None else await _look(studio, asset, looks)
        picture = None if seen is None or theirs is None else likeness(seen, theirs)
        offers.append(
            Offer(slot=made.slot, asset=asset, words=share, picture=picture, saves_microusd=made.paid_microusd or 0)
        )
    return sorted(offers, key=lambda each: (-(each.picture or 0), -each.words))[:OFFERED]


async def _look(studio: Studio, asset: Asset, looks: dict[UUID, int | None]) -> int | None:
    """What an asset's thumbnail looks like; None where it cannot be seen."""
    if asset.id not in looks:
        looks[asset.id] = None
        if asset.thumbnail_url is not None:
            with contextlib.suppress(Damaged, MediaDamaged):
                looks[asset.id] = look(await studio.vault.read(asset.thumbnail_url))
    return looks[asset.id]


def _is_there(studio: Studio, asset: Asset) -> bool:
    """Nobody may have noticed yet that its bytes are gone."""
    return asset.digest is not None and studio.vault.locate(asset.digest).is_file()


def _is_wanted(made: Made) -> bool:
    return bool(made.paid_microusd) and _what(made) in NEAR and bool(made.words)


def _what(made: Made) -> str:
    return made.slot.partition(":")[0]


def _words(text: str) -> frozenset[str]:
    return frozenset(WORD.findall(text.casefold()))


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def by_slot(offers: Sequence[Offer]) -> Mapping[str, Sequence[Offer]]:
    """The offers of each piece."""
    return {
        slot: [each for each in offers if each.slot == slot] for slot in dict.fromkeys(each.slot for each in offers)
    }
