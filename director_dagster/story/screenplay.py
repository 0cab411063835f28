"""A screenplay as values: elements of the page with their lines, grouped into scenes and cues."""

from dataclasses import dataclass
from enum import StrEnum

from director_dagster.story.words import plain


class Kind(StrEnum):
    """What an element is on the page; the words of the Fountain 1.1 syntax."""

    TITLE_PAGE = "title page"
    SCENE_HEADING = "scene heading"
    ACTION = "action"
    CHARACTER = "character"
    PARENTHETICAL = "parenthetical"
    DIALOGUE = "dialogue"
    LYRICS = "lyrics"
    TRANSITION = "transition"
    CENTERED = "centered"
    SECTION = "section"
    SYNOPSIS = "synopsis"
    NOTE = "note"
    BONEYARD = "boneyard"
    PAGE_BREAK = "page break"
    BLANK = "blank"


_SAID = frozenset({Kind.PARENTHETICAL, Kind.DIALOGUE, Kind.LYRICS})
_COMMENTS = frozenset({Kind.NOTE, Kind.BONEYARD})
_TOLD = frozenset({Kind.ACTION, Kind.CHARACTER, Kind.CENTERED, Kind.LYRICS})


OPENING = "opening"
"""The id of the scene before the first heading."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """Lines of the page, first and last, both included, counted from 1."""

    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class Element:
    """One element of the page.

    Attributes:
        id: Stable: a function of kind, words, the heading above and (for equal ones) order, never of line numbers.
        kind: What it is.
        text: Its words without Fountain's marks of kind; emphasis (``*so*``) is kept, notes inside it are not.
        source: The exact text it stands for, line endings included; `write` gives it back.
        span: Its lines.
        scene_number: Of a scene heading, what stood between ``#`` signs.
        extension: Of a character cue, what stood in brackets, e.g. ``V.O.``.
        dual: Of a character cue, whether ``^`` sets it beside the cue before.
        depth: Of a section, how many ``#``.
        key: Of a title page entry, its key as written.
    """

    id: str
    kind: Kind
    text: str
    source: str
    span: Span
    scene_number: str | None = None
    extension: str | None = None
    dual: bool = False
    depth: int = 0
    key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Cue:
    """One speech: who, how, and the elements said. `character` is the cue as written, without extension."""

    id: str
    character: str
    extension: str | None
    dual: bool
    lines: tuple[Element, ...]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A scene heading and all that follows it up to the next. `heading` is None for what stands before the first."""

    id: str
    heading: Element | None
    elements: tuple[Element, ...]

    @property
    def cues(self) -> tuple[Cue, ...]:
        """The scene's speeches in order; a cue's lines are its parentheticals, dialogue and lyrics."""
        return tuple(_cues(self.elements))


@dataclass(frozen=True, kw_only=True)
class Screenplay:
    """All elements of a page in order; blank lines are elements too, so nothing is lost."""

    elements: tuple[Element, ...]

    @property
    def title_page(self) -> dict[str, str]:
        """Title page entries, keys lower-case; the last of equal keys wins."""
        return {(e.key or "").lower(): e.text for e in self.elements if e.kind is Kind.TITLE_PAGE}

    @property
    def title(self) -> str | None:
        """The title on one line without emphasis, or None."""
        return plain(self.title_page.get("title", "")) or None

    @property
    def scenes(self) -> tuple[Scene, ...]:
        """Scenes in order; what stands before the first heading is a scene without one, if it has any words."""
        return tuple(_scenes(self.elements))


def _scenes(elements: tuple[Element, ...]) -> list[Scene]:
    groups: list[list[Element]] = [[]]
    for element in elements:
        if element.kind is Kind.TITLE_PAGE:
            continue
        if element.kind is Kind.SCENE_HEADING:
            groups.append([])
        groups[-1].append(element)
    opening, *rest = groups
    scenes = [Scene(id=group[0].id, heading=group[0], elements=tuple(group[1:])) for group in rest]
    if any(element.kind in _TOLD for element in opening):
        scenes.insert(0, Scene(id=OPENING, heading=None, elements=tuple(opening)))
    return scenes


def _cues(elements: tuple[Element, ...]) -> list[Cue]:
    speeches: list[tuple[Element, list[Element]]] = []
    speaking = False
    for element in elements:
        if element.kind is Kind.CHARACTER:
            speeches.append((element, []))
        elif speaking and element.kind in _SAID:
            speeches[-1][1].append(element)
        speaking = element.kind is Kind.CHARACTER or (speaking and element.kind in _SAID | _COMMENTS)
    return [
        Cue(id=head.id, character=head.text, extension=head.extension, dual=head.dual, lines=tuple(said))
        for head, said in speeches
        if said
    ]
