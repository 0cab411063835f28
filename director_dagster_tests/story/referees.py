"""Other readers of Fountain, and ours, each as the same plain list of what they found on a page."""

import io
from collections.abc import Iterator

import fountain as fountain_py
from screenplain import types as screenplain
from screenplain.parsers import fountain as screenplain_parser

from director_dagster.story.fountain import parse
from director_dagster.story.screenplay import Element, Kind

Found = tuple[str, str]
_LEFT_OUT = frozenset({Kind.BLANK, Kind.NOTE, Kind.BONEYARD, Kind.TITLE_PAGE})


def ours(text: str) -> list[Found]:
    """Kind and words, line by line, without emphasis, notes, boneyards and title page; headings in capitals."""
    elements = [element for element in parse(text).elements if element.kind not in _LEFT_OUT]
    return [found for element in elements for found in _lines(element.kind, _words(element))]


def by_screenplain(text: str) -> list[Found]:
    """The same by screenplain."""
    paragraphs = screenplain_parser.parse(io.StringIO(text)).paragraphs
    return [found for paragraph in paragraphs for found in _by_screenplain(paragraph)]


def by_fountain_py(text: str) -> list[Found]:
    """The same by fountain-py."""
    elements = fountain_py.FountainParser().parse(text).elements
    return [found for element in elements for found in _by_fountain_py(element)]


def _words(element: Element) -> str:
    if element.kind is Kind.PARENTHETICAL:
        return f"({element.text})"
    return f"{element.text} ({element.extension})" if element.extension else element.text


def _lines(kind: str, text: str) -> list[Found]:
    """The lines of an element that have words; a page break is one line without."""
    if kind == Kind.PAGE_BREAK:
        return [(kind, "")]
    bare = text.replace("*", "").replace("_", "")
    rows = [" ".join(row.split()) for row in (bare.upper() if kind == Kind.SCENE_HEADING else bare).split("\n")]
    return [(kind, row) for row in rows if row]


def _by_screenplain(paragraph: object) -> Iterator[Found]:
    match paragraph:
        case screenplain.Slug():
            yield from _lines(Kind.SCENE_HEADING, str(paragraph.line))
        case screenplain.Dialog():
            yield from _lines(Kind.CHARACTER, str(paragraph.character))
            for is_parenthetical, line in paragraph.blocks:
                yield from _lines(Kind.PARENTHETICAL if is_parenthetical else Kind.DIALOGUE, str(line))
        case screenplain.DualDialog():
            yield from _by_screenplain(paragraph.left)
            yield from _by_screenplain(paragraph.right)
        case screenplain.Action():
            for line in paragraph.lines:
                yield from _lines(Kind.CENTERED if paragraph.centered else Kind.ACTION, str(line))
        case screenplain.Section():
            yield from _lines(Kind.SECTION, str(paragraph.text))
        case screenplain.Transition():
            yield from _lines(Kind.TRANSITION, str(paragraph.line))
        case screenplain.PageBreak():
            yield from _lines(Kind.PAGE_BREAK, "")
    yield from _lines(Kind.SYNOPSIS, getattr(paragraph, "synopsis", None) or "")


def _by_fountain_py(element: fountain_py.FountainElement) -> Iterator[Found]:
    kind = element.type.value.replace("_", " ")
    if kind == "dual dialogue":
        for column in element.dual_dialogue_columns():
            for part in column:
                yield from _by_fountain_py(part)
    elif kind not in _LEFT_OUT:
        extension = element.metadata.get("extension")
        yield from _lines(kind, f"{element.text} ({extension})" if extension else element.text)
