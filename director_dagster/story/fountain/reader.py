"""The parser: logical lines become elements, each with its span and a stable id."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from director_dagster.story import wire
from director_dagster.story.fountain import lines as page
from director_dagster.story.fountain import marks
from director_dagster.story.fountain.lines import Line
from director_dagster.story.fountain.marks import Reading
from director_dagster.story.screenplay import Element, Kind, Screenplay, Span

_COMMENTS = frozenset({Kind.NOTE, Kind.BONEYARD})
_SAID = frozenset({Kind.DIALOGUE, Kind.LYRICS})
_SPEECH = _SAID | {Kind.PARENTHETICAL}
# Of these, lines that follow each other are one element.
_PARAGRAPHS = _SAID | {Kind.ACTION, Kind.BLANK}
# A line below one of these continues nothing, even with no blank line between.
_ONE_LINERS = frozenset({Kind.SCENE_HEADING, Kind.SECTION, Kind.SYNOPSIS, Kind.TRANSITION, Kind.PAGE_BREAK})

PAGES = 4
"""So many pages are remembered."""


@dataclass(kw_only=True, slots=True)
class _Draft:
    """An element while its lines come in."""

    reading: Reading
    texts: list[str]
    sources: list[str] = field(default_factory=list)
    height: int = 0

    @property
    def kind(self) -> Kind:
        return self.reading.kind

    @property
    def text(self) -> str:
        return "\n".join(self.texts).strip("\n")

    def hold(self, line: Line) -> None:
        self.sources.append(line.source)
        self.height += line.height


@lru_cache(maxsize=PAGES)
def parse(text: str) -> Screenplay:
    """`text` as a screenplay; every text is one. Linear in its length, and the last few are remembered: a page is read
    when it comes in and again when it is broken down.

    `write` gives `text` back unchanged. Spans follow each other without a gap from line 1 to the last.
    """
    drafts = _drafts(list(page.split(text)))
    return Screenplay(elements=tuple(_elements(drafts)))


def _drafts(lines: Sequence[Line]) -> list[_Draft]:
    drafts = [_title_draft(key, held) for key, held in marks.title_entries(lines)]
    body = lines[sum(len(draft.sources) for draft in drafts) :]
    reader = _Reader(drafts)
    for line, connects, followed in zip(body, *_ahead(body), strict=True):
        reader.take(line, connects=connects, followed=followed)
    return drafts


def _title_draft(key: str, lines: Sequence[Line]) -> _Draft:
    values = [marks.title_value(lines[0].text), *(line.text.strip() for line in lines[1:])]
    draft = _Draft(reading=Reading(kind=Kind.TITLE_PAGE, text="", key=key), texts=list(filter(None, values)))
    for line in lines:
        draft.hold(line)
    return draft


def _ahead(lines: Sequence[Line]) -> tuple[list[bool], list[bool]]:
    """For each line: whether connecting blank lines from it on lead to words, and whether words stand right below it.

    Comments are looked through, as if they were not there.
    """
    connects, followed = [False] * len(lines), [False] * len(lines)
    words = reached = False
    for place in range(len(lines) - 1, -1, -1):
        line = lines[place]
        connects[place], followed[place] = line.connects and reached, words
        if line.breaks:
            words, reached = False, connects[place]
        elif not line.is_comment:
            words = reached = True
    return connects, followed


class _Reader:
    """Takes the lines of the body in order and knows what the next one may continue."""

    def __init__(self, drafts: list[_Draft]) -> None:
        self._drafts = drafts
        self._fresh = True
        self._speaking = False

    def take(self, line: Line, *, connects: bool, followed: bool) -> None:
        if self._speaking and connects:
            self._connect(line)
        elif line.is_comment or line.is_blank:
            self._between(line)
        else:
            self._words(line, followed=followed)

    def _connect(self, line: Line) -> None:
        last = self._drafts[-1]
        last.hold(line)
        if last.kind in _SAID:
            last.texts.append("")

    def _between(self, line: Line) -> None:
        kind = line.comments[0].kind if line.comments else Kind.BLANK
        self._put(Reading(kind=kind, text="\n".join(comment.text for comment in line.comments)), line)
        self._fresh = self._fresh or line.breaks
        self._speaking = self._speaking and not line.breaks

    def _words(self, line: Line, *, followed: bool) -> None:
        if self._speaking:
            reading = marks.read_spoken(line.text)
        else:
            reading = marks.read(line.text, fresh=self._fresh, followed=followed)
        self._put(reading, line)
        self._fresh = reading.kind in _ONE_LINERS
        self._speaking = self._speaking or reading.kind is Kind.CHARACTER

    def _put(self, reading: Reading, line: Line) -> None:
        if self._drafts and self._drafts[-1].kind is reading.kind and reading.kind in _PARAGRAPHS:
            self._drafts[-1].texts.append(reading.text)
        else:
            self._drafts.append(_Draft(reading=reading, texts=[reading.text]))
        self._drafts[-1].hold(line)


def _elements(drafts: Sequence[_Draft]) -> Iterator[Element]:
    first = 1
    for draft, id_ in zip(drafts, _ids(drafts), strict=True):
        reading = draft.reading
        yield Element(
            id=id_,
            kind=reading.kind,
            text=draft.text,
            source="".join(draft.sources),
            span=Span(first=first, last=first + draft.height - 1),
            scene_number=reading.scene_number,
            extension=reading.extension,
            dual=reading.dual,
            depth=reading.depth,
            key=reading.key,
        )
        first += draft.height


def _ids(drafts: Sequence[_Draft]) -> Iterator[str]:
    """Ids from what an element says and where in the story it is said; equal ones are told apart by their order.

    Where: the words of the heading or section above it, and who speaks. A cue's words are its name and all that is
    said under it, so that a new speech does not take the id of an old one.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    place = speaker = ""
    for draft, said in zip(drafts, _said(drafts), strict=True):
        if draft.kind in {Kind.SCENE_HEADING, Kind.SECTION}:
            place = ""
        if draft.kind not in _SPEECH | _COMMENTS:
            speaker = ""
        key = (draft.kind, draft.reading.key or "", place, speaker, draft.text, said)
        seen[key] += 1
        yield wire.digest([*key, seen[key]])[:16]
        if draft.kind in {Kind.SCENE_HEADING, Kind.SECTION}:
            place = draft.text
        if draft.kind is Kind.CHARACTER:
            speaker = draft.text


def _said(drafts: Iterable[_Draft]) -> list[str]:
    """For each draft the words said under it: empty for all but cues."""
    words: list[str] = []
    said: list[str] = []
    for draft in reversed(list(drafts)):
        words.append("\n".join(reversed(said)) if draft.kind is Kind.CHARACTER else "")
        if draft.kind in _SAID:
            said.append(draft.text)
        elif draft.kind not in _SPEECH | _COMMENTS:
            said = []
    return words[::-1]
