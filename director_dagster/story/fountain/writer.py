"""The writer: a screenplay as Fountain, its own text where it has one, canonical Fountain where it has not."""

from collections.abc import Callable

from director_dagster.story.fountain import lines as page
from director_dagster.story.fountain import marks
from director_dagster.story.screenplay import Element, Kind, Screenplay

_COMMENTS = frozenset({Kind.NOTE, Kind.BONEYARD})
_SPEECH = frozenset({Kind.PARENTHETICAL, Kind.DIALOGUE, Kind.LYRICS})


def write(screenplay: Screenplay) -> str:
    """`screenplay` as Fountain text: exactly what was parsed, or as it was edited or built.

    An element with a source is written so; to edit one, replace its text and empty its source. One without is written
    in canonical form: forced where its bare words would be read as something else, blank lines around it, a space in
    each ``[[`` or ``/*`` of its words. Line endings are those of the first source, else line feeds.
    """
    sources = (page.first_ending(element.source) for element in screenplay.elements)
    paper = _Paper(next(filter(None, sources), "\n"))
    for element in screenplay.elements:
        paper.put(element)
    return paper.text(opens=screenplay.elements[0].kind if screenplay.elements else Kind.BLANK)


class _Paper:
    """The text so far; parts the elements that were not neighbours when they were read."""

    def __init__(self, ending: str) -> None:
        self._ending = ending
        self._parts: list[str] = []
        self._last: Element | None = None
        self._speaking = False

    def put(self, element: Element) -> None:
        last = self._last
        if last is not None and not _were_neighbours(last, element):
            self._part(last, element)
        self._add(element.source or self._canonical(element))
        self._last = element
        self._speaking = element.kind is Kind.CHARACTER or (self._speaking and element.kind in _SPEECH | _COMMENTS)

    def text(self, opens: Kind) -> str:
        """All of it. A blank line goes before words that would otherwise be taken for a title page."""
        text = "".join(self._parts)
        mistaken = opens is not Kind.TITLE_PAGE and marks.title_entries(page.split(text))
        return self._ending + text if mistaken else text

    def _part(self, last: Element, element: Element) -> None:
        if self._parts and not self._parts[-1].endswith(("\n", "\r")):
            self._add(self._ending)
        speech_goes_on = self._speaking and element.kind in _SPEECH | _COMMENTS
        both_title = last.kind is element.kind is Kind.TITLE_PAGE
        if Kind.BLANK not in {last.kind, element.kind} and not speech_goes_on and not both_title:
            self._add(self._ending)

    def _add(self, text: str) -> None:
        """Puts `text` down. A line feed right behind a carriage return would end the same line, not a new one."""
        if text.startswith("\n") and self._parts and self._parts[-1].endswith("\r"):
            self._parts.append("\r")
        if text:
            self._parts.append(text)

    def _canonical(self, element: Element) -> str:
        if element.kind is Kind.BLANK:
            return "" if self._last is None or self._last.kind is Kind.BLANK else self._ending
        comment = element.kind in _COMMENTS
        text = element.text if comment else page.disarm(element.text)
        return (_FORMS[element.kind](element, text) + "\n").replace("\n", self._ending)


def _were_neighbours(last: Element, element: Element) -> bool:
    return bool(last.source and element.source) and last.span.last + 1 == element.span.first


def _title(element: Element, text: str) -> str:
    values = text.split("\n")
    return f"{element.key}: {text}".rstrip() if len(values) == 1 else "\n    ".join([f"{element.key}:", *values])


def _heading(element: Element, text: str) -> str:
    line = f"{text} #{element.scene_number}#" if element.scene_number else text
    read = marks.read(line, fresh=True, followed=False)
    return line if (read.kind, read.text) == (element.kind, text) else f".{line}"


def _action(_: Element, text: str) -> str:
    lines = text.split("\n")
    return "\n".join(_action_line(line, first=not n, followed=len(lines) > 1) for n, line in enumerate(lines))


def _action_line(line: str, *, first: bool, followed: bool) -> str:
    read = marks.read(line, fresh=first, followed=followed)
    return line if (read.kind, read.text) == (Kind.ACTION, line) else f"!{line}"


def _character(element: Element, text: str) -> str:
    line = text + (f" ({element.extension})" if element.extension else "") + (" ^" if element.dual else "")
    read = marks.read(line, fresh=True, followed=True)
    return line if (read.kind, read.text) == (element.kind, text) else f"@{line}"


def _transition(element: Element, text: str) -> str:
    read = marks.read(text, fresh=True, followed=False)
    return text if (read.kind, read.text) == (element.kind, text) else f"> {text}"


def _spaced(text: str) -> str:
    """`text` with two spaces on its blank lines, which keep what is around them together."""
    return "\n".join(line or "  " for line in text.split("\n"))


_FORMS: dict[Kind, Callable[[Element, str], str]] = {
    Kind.TITLE_PAGE: _title,
    Kind.SCENE_HEADING: _heading,
    Kind.ACTION: _action,
    Kind.CHARACTER: _character,
    Kind.PARENTHETICAL: lambda _, text: f"({text})",
    Kind.DIALOGUE: lambda _, text: _spaced(text),
    Kind.LYRICS: lambda _, text: "\n".join(f"~{line}" for line in text.split("\n")),
    Kind.TRANSITION: _transition,
    Kind.CENTERED: lambda _, text: f"> {text} <",
    Kind.SECTION: lambda element, text: f"{'#' * element.depth} {text}",
    Kind.SYNOPSIS: lambda _, text: f"= {text}",
    Kind.NOTE: lambda _, text: f"[[ {_spaced(text)} ]]",
    Kind.BONEYARD: lambda _, text: f"/* {text} */",
    Kind.PAGE_BREAK: lambda _, text: f"==={text}",
}
