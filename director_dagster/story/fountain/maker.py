"""Elements of a screenplay written in code; `assemble` makes a screenplay of them."""

import re
from dataclasses import replace

from director_dagster.errors import BadInput
from director_dagster.story.fountain import lines as page
from director_dagster.story.fountain import marks
from director_dagster.story.fountain.reader import parse
from director_dagster.story.fountain.writer import write
from director_dagster.story.screenplay import Element, Kind, Screenplay, Span

_NOWHERE = Span(first=0, last=0)
_FRONT_DOTS = re.compile(r"\A[.\s]+")
_END_MARKS = re.compile(r"[<\s]+\Z")
_FRONT_SPACE = re.compile(r"\A\s+")
_BRACKETS = str.maketrans("", "", "()（）")


def assemble(*parts: Element | tuple[Element, ...]) -> Screenplay:
    """A screenplay of `parts` in order, as if it had been read from a page: with sources, spans and ids.

    A part is one element, or the elements of one speech or title page. The title page comes first.
    """
    apart = _element(Kind.BLANK, "")
    elements = [element for part in parts for element in (*(part if isinstance(part, tuple) else (part,)), apart)]
    return parse(write(Screenplay(elements=tuple(elements[:-1]))))


def title_page(
    *,
    title: str,
    credit: str | None = None,
    author: str | None = None,
    source: str | None = None,
    draft_date: str | None = None,
    contact: str | None = None,
    copyright_: str | None = None,
    notes: str | None = None,
) -> tuple[Element, ...]:
    """A title page with those entries that are given, each of one line or more."""
    entries = {
        "Title": title, "Credit": credit, "Author": author, "Source": source, "Draft date": draft_date,
        "Contact": contact, "Copyright": copyright_, "Notes": notes,
    }  # fmt: skip
    return tuple(
        replace(_element(Kind.TITLE_PAGE, "\n".join(_stripped(value))), key=key)
        for key, value in entries.items()
        if value is not None
    )


def heading(text: str, *, scene_number: str | None = None) -> Element:
    """A scene heading, e.g. ``EXT. SHORE - NIGHT``; any words will do, in any alphabet.

    A scene number may have letters, digits, dashes and dots. Raises BadInput when it has others, or without words.
    """
    words, found = marks.split_number(_words("a scene heading", text, without=_FRONT_DOTS))
    number = found if scene_number is None else scene_number
    if number is not None and not (number and marks.is_number(number)):
        raise BadInput(f"the scene number {number!r} may have letters, digits, dashes and dots only")
    return replace(_element(Kind.SCENE_HEADING, words), scene_number=number)


def action(text: str) -> Element:
    """A paragraph of action: its line breaks and indents stay, its blank lines close up.

    Raises BadInput without words.
    """
    kept = [marks.indented(line) for line in _visible(text) if line.strip()]
    if not kept:
        raise BadInput("an action needs words")
    return _element(Kind.ACTION, "\n".join(kept))


def cue(
    name: str, text: str, *, extension: str | None = None, parenthetical: str | None = None, dual: bool = False
) -> tuple[Element, ...]:
    """A speech: the cue, and what is said. `name` may be of any case and alphabet, and bring extensions of its own.

    Lines of `text` in brackets are parentheticals, those after ``~`` are sung, all others are dialogue; its blank lines
    stay. `parenthetical` comes first, in brackets or not; `dual` sets the speech beside the one before. Raises BadInput
    without a name or without words.
    """
    who, own, marked = marks.split_cue(_words("a cue", name).removeprefix("@"))
    if not who:
        raise BadInput(f"the cue {name!r} has no name")
    extensions = ", ".join(filter(None, [own, _bare(extension or "")])) or None
    how = _bare(parenthetical or "")
    said = _said([f"({how})"] * bool(how) + _visible(text))
    if not said:
        raise BadInput(f"{who} has nothing to say")
    return (replace(_element(Kind.CHARACTER, who), extension=extensions, dual=dual or marked), *said)


def lyrics(text: str) -> Element:
    """Lines that are sung, outside of a speech."""
    return _element(Kind.LYRICS, "\n".join(line.strip() for line in _visible(text)).strip("\n"))


def transition(text: str) -> Element:
    """A transition, e.g. ``CUT TO:`` or ``FADE OUT.``. Raises BadInput without words."""
    return _element(Kind.TRANSITION, _words("a transition", text, without=_END_MARKS))


def centered(text: str) -> Element:
    """A centred line. Raises BadInput without words."""
    return _element(Kind.CENTERED, _words("a centred line", text))


def section(text: str, *, depth: int = 1) -> Element:
    """A section of the outline, `depth` from 1 on. Raises BadInput without words."""
    return replace(_element(Kind.SECTION, _words("a section", text)), depth=max(1, depth))


def synopsis(text: str) -> Element:
    """A line that tells what a scene or section is about. Raises BadInput without words."""
    return _element(Kind.SYNOPSIS, _words("a synopsis", text))


def note(text: str) -> Element:
    """A note to the reader, which is no part of the film. Its line breaks stay."""
    closed = page.unify(text.replace("\ufeff", "")).replace("]]", "] ]")
    return _element(Kind.NOTE, "\n".join(line.strip() for line in closed.strip().split("\n")))


def page_break() -> Element:
    """A new page."""
    return _element(Kind.PAGE_BREAK, "")


def _element(kind: Kind, text: str) -> Element:
    return Element(id="", kind=kind, text=text, source="", span=_NOWHERE)


def _visible(text: str) -> list[str]:
    """The lines of `text` without the notes and boneyards in it."""
    return [page.disarm(line.text) for line in page.split(text)]


def _stripped(text: str) -> list[str]:
    return [line.strip() for line in _visible(text) if line.strip()]


def _words(what: str, text: str, *, without: re.Pattern[str] = _FRONT_SPACE) -> str:
    """`text` on one line, without what matches `without`. Raises BadInput when nothing is left."""
    words = without.sub("", " ".join(_stripped(text)))
    if not words:
        raise BadInput(f"{what} needs words")
    return words


def _bare(text: str) -> str:
    """`text` on one line without brackets."""
    return " ".join(_stripped(text)).translate(_BRACKETS).strip()


def _said(lines: list[str]) -> list[Element]:
    """The elements that `lines` are below a cue."""
    said = "\n".join(line.strip() or "  " for line in lines).strip()
    elements = parse(f"@X\n{said}").elements[1:] if said else ()
    return [replace(element, id="", source="", span=_NOWHERE) for element in elements]
