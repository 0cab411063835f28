"""A screenplay as a page to read: each part of it with the shots and the voices that were made of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import shots, takes
from director_dagster.catalog.tables import Shot
from director_dagster.story.fountain.reader import parse
from director_dagster.story.screenplay import Element, Kind
from director_dagster.story.words import plain

UNSEEN = {Kind.BLANK, Kind.BONEYARD, Kind.NOTE, Kind.PAGE_BREAK}
SHOT_SLOT, LINE_SLOT = "shot", "line"


@dataclass(frozen=True, kw_only=True)
class Link:
    """An asset that was made of a part of the page, by the name of its place."""

    name: str
    asset_id: UUID


@dataclass(frozen=True, kw_only=True)
class Part:
    """An element of the page, in words; `css` is its kind as a class name."""

    id: str
    css: str
    text: str
    shots: Sequence[Link] = ()
    voices: Sequence[Link] = ()


async def read(db: AsyncSession, workspace_id: UUID, film_id: UUID | None, text: str) -> Sequence[Part]:
    """The page, part for part; with links where the film's shots are planned from these very parts."""
    elements = [element for element in parse(text).elements if element.kind not in UNSEEN]
    if film_id is None:
        return [_part(element) for element in elements]
    planned = await shots.listed(db, workspace_id, film_id)
    filled = await takes.selected(db, workspace_id=workspace_id, film_id=film_id)
    made = {name: each.asset.id for name, each in filled.items()}
    seen, heard = _seen(planned, made), _heard(planned, made)
    return list(_linked(elements, seen, heard))


def _linked(
    elements: Iterable[Element], seen: Mapping[str, Sequence[Link]], heard: Mapping[str, Sequence[Link]]
) -> Iterator[Part]:
    """Each shot stands where it begins."""
    begun = set[str]()
    for element in elements:
        beginning = [link for link in seen.get(element.id, ()) if link.name not in begun]
        begun.update(link.name for link in beginning)
        yield _part(element, beginning, heard.get(element.id, ()))


def _part(element: Element, seen: Sequence[Link] = (), heard: Sequence[Link] = ()) -> Part:
    key = f"{element.key}: " if element.key else ""
    text = plain(element.text)
    if element.kind is Kind.PARENTHETICAL and not text.startswith("("):
        text = f"({text})"
    return Part(
        id=element.id,
        css=element.kind.value.replace(" ", "-"),
        text=key + text,
        shots=seen,
        voices=heard,
    )


def _seen(planned: Iterable[Shot], made: Mapping[str, UUID]) -> Mapping[str, Sequence[Link]]:
    """The shots of each element that they cover."""
    found: defaultdict[str, list[Link]] = defaultdict(list)
    for shot in planned:
        asset_id = made.get(f"{SHOT_SLOT}:{shot.code}")
        if asset_id is not None:
            for element in shot.plan["element_ids"]:
                found[element].append(Link(name=shot.code, asset_id=asset_id))
    return found


def _heard(planned: Iterable[Shot], made: Mapping[str, UUID]) -> Mapping[str, Sequence[Link]]:
    """The recordings of each element that is said; a long one is said in parts, ``<element>.<n>``."""
    found: defaultdict[str, list[Link]] = defaultdict(list)
    for shot in planned:
        for line in shot.plan["lines"]:
            asset_id = made.get(f"{LINE_SLOT}:{line['id']}")
            if asset_id is not None:
                found[line["id"].partition(".")[0]].append(Link(name=line["character"], asset_id=asset_id))
    return found
