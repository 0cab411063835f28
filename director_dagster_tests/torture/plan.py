"""What is to be bought: films of pieces that cost, each piece wanted by two films, every other film with too little."""

from collections.abc import Sequence
from dataclasses import dataclass

from director_dagster.catalog import budgets
from director_dagster.catalog.queries import films
from director_dagster.catalog.session import open_catalog
from director_dagster_tests.torture.provider import MODES, PRICE_MICROUSD

WORKSPACE = "torture"
HALF = 6
"""So many pieces a film has in common with the film before it, and as many with the one after."""

TOO_LITTLE_MICROUSD = HALF * PRICE_MICROUSD
PLENTY_MICROUSD = 1_000 * PRICE_MICROUSD


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some words, and of which provider they are wanted."""

    words: str
    mode: str


def films_of(series: str, count: int) -> list[str]:
    """The names of a round's films."""
    return [f"{series}-{number}" for number in range(count)]


def pieces_of(film: str) -> Sequence[Piece]:
    """What a film is made of."""
    series, _, number = film.rpartition("-")
    groups = (int(number), int(number) + 1)
    numbered = [(group, piece) for group in groups for piece in range(HALF)]
    return [Piece(words=f"{series}-{group}-{piece}", mode=MODES[piece % len(MODES)]) for group, piece in numbered]


async def prepare(database_url: str, wanted: Sequence[str]) -> None:
    """Make the films' rows and their budgets; those with an odd number get too little."""
    async with open_catalog(database_url) as catalog, catalog.session() as db:
        workspace = await films.workspace(db, WORKSPACE)
        await budgets.set_limit(db, workspace_id=workspace.id, film_id=None, limit_microusd=budgets.NO_LIMIT_MICROUSD)
        for name in wanted:
            film = await films.upsert(db, workspace_id=workspace.id, slug=name, title=name, settings={})
            limit = TOO_LITTLE_MICROUSD if int(name.rpartition("-")[2]) % 2 else PLENTY_MICROUSD
            await budgets.set_limit(db, workspace_id=workspace.id, film_id=film.id, limit_microusd=limit)
