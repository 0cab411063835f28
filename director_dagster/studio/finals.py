"""Finals: which pieces a run's crew makes, whoever made what is there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from director_dagster.catalog.queries import shots
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import Asset, Shot
from director_dagster.errors import BadInput
from director_dagster.providers.contract import Medium
from director_dagster.story.film import FilmKey
from director_dagster.studio.crew import Member
from director_dagster.studio.piece import Piece
from director_dagster.studio.production import Production, open_production
from director_dagster.studio.studio import Studio

ALL = "all"
SCENE = "scene:"
SCRIPT = "script"
SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Finals:
    """Which pieces are to be made by whom the run names for their medium; what they have made stays.

    Attributes:
        media: Those that the run names somebody for. Never the script: it is what the film is.
        shots: Rows of the shots whose pieces are meant; None: all pieces, looks, voices and music too.
    """

    media: frozenset[str]
    shots: frozenset[UUID] | None

    def has(self, piece: Piece) -> bool:
        """Whether the piece is among them."""
        return not piece.house and piece.ask.medium in self.media and self.are_of(piece.shot_id)

    def are_of(self, shot_id: UUID | None) -> bool:
        """Whether pieces of that shot are meant; None stands for what is of no shot."""
        return self.shots is None or shot_id in self.shots


def made_by(asset: Asset, who: Member) -> bool:
    """Whether an asset is by that provider, and by its model if one is named."""
    return asset.provider == who.provider.name and who.model in {None, asset.model}


def refuse_aimless(finals: Sequence[str], crew: Mapping[str, str]) -> None:
    """Raise BadInput when shots are chosen, and nobody is named who makes them."""
    if finals and not set(crew) - {Medium.SCRIPT}:
        raise BadInput("shots are chosen, but nobody who makes them: name who, for one medium at least, e.g. video")


async def crewed(studio: Studio, key: FilmKey) -> Production:
    """The film of that key with the run's crew, which makes what is missing unless the run names what it makes.

    Raises BadInput when there is no such film.
    """
    film = await open_production(studio.catalog, key)
    return film if studio.finals else film.crewed(studio.crew)


async def finals_of(studio: Studio, film: Production, name: str) -> Finals | None:
    """What the run's crew makes anew in the step `name`; the script, which plans the shots, is never among it."""
    return None if name == SCRIPT else await chosen(studio.catalog, film, studio.finals, studio.crew)


async def chosen(catalog: Catalog, film: Production, finals: Sequence[str], crew: Mapping[str, str]) -> Finals | None:
    """What `finals` name (``sh010``, ``scene:3``, ``all``) of the film as it is planned now; None when they are empty.

    Raises BadInput for a shot or a scene that the film has not.
    """
    if not finals:
        return None
    async with catalog.session() as db:
        planned = await shots.listed(db, film.workspace_id, film.film_id)
    rows = None if ALL in finals else frozenset(row.id for word in finals for row in _named(word, planned))
    return Finals(media=frozenset(crew) - {Medium.SCRIPT}, shots=rows)


def _named(word: str, planned: Sequence[Shot]) -> list[Shot]:
    """The shots that one word of a user's names."""
    if word.startswith(SCENE):
        found = [row for row in planned if word == f"{SCENE}{row.scene}"]
        what, there = f"scene {word.removeprefix(SCENE)}", dict.fromkeys(str(row.scene) for row in planned)
    else:
        found = [row for row in planned if row.code == word]
        what, there = f"shot {word!r}", dict.fromkeys(row.code for row in planned)
    if not found:
        raise BadInput(f"there is no {what}; this film has {listed(there)}")
    return found


def listed(words: Iterable[str]) -> str:
    """The words, or the first and the last of many."""
    words = list(words)
    return ", ".join(words) if len(words) <= SHOWN else f"{', '.join(words[:SHOWN])} … {words[-1]}"
