"""A page cut into logical lines: what is read of each, and the notes and boneyards taken out of it."""

import re
import sys
from collections.abc import Iterator
from typing import NamedTuple

from director_dagster.story.screenplay import Kind

# What editors call a line. Form feeds, U+2028 and the rest of str.splitlines are characters like any other.
_ENDING = re.compile(r"(?>\r\n|\r|\n)")
_BLANK_LINE = re.compile(r"(?>\r\n|\r|\n)(?:(?!  )[^\S\r\n])*+(?=[\r\n])")
_OPENING = re.compile(r"\[\[|/\*")
_NOTE_END = re.compile(r"\]\]")
_BONEYARD_END = re.compile(r"\*/")
_LIVE = re.compile(r"\[(?=\[)|/(?=\*)")
_NOWHERE = sys.maxsize


class Comment(NamedTuple):
    """A note or a boneyard: where it begins and ends in the text, and what it says."""

    kind: Kind
    start: int
    end: int
    text: str


class Line(NamedTuple):
    """A line of the page, together with the lines that a note or boneyard opened in it runs over.

    Attributes:
        source: Its exact text, endings included.
        height: How many lines of the file that is.
        text: What is left to read: without comments, byte order marks and the ending.
        comments: What was taken out, in order.
    """

    source: str
    height: int
    text: str
    comments: tuple[Comment, ...]

    @property
    def is_comment(self) -> bool:
        """Whether it holds nothing but notes and boneyards."""
        return bool(self.comments) and not self.text.strip()

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing on it but white space."""
        return not self.comments and not self.text.strip()

    @property
    def connects(self) -> bool:
        """Whether it is the blank line of two or more spaces that holds dialogue together."""
        return self.is_blank and "  " in self.text

    @property
    def breaks(self) -> bool:
        """Whether it parts what stands before it from what follows: blank, or a comment with a blank line in it."""
        return self.is_blank or (self.is_comment and _BLANK_LINE.search(self.source) is not None)


def split(text: str) -> Iterator[Line]:
    """The logical lines of `text` in order; their sources together are `text`. Linear in its length."""
    comments = _comments(text)
    comment = next(comments, None)
    start = 0
    while start < len(text):
        end = _line_end(text, start)
        held: list[Comment] = []
        while comment is not None and comment.start < end:
            held.append(comment)
            end = end if comment.end <= end else _line_end(text, comment.end)
            comment = next(comments, None)
        source = text[start:end]
        yield Line(source, _height(source), _visible(text, start, end, held), tuple(held))
        start = end


def disarm(text: str) -> str:
    """`text` with a space in every ``[[`` and ``/*``, so that it opens no note or boneyard wherever it is put."""
    return _LIVE.sub(r"\g<0> ", text)


def unify(text: str) -> str:
    """`text` with every line ending as a line feed."""
    return _ENDING.sub("\n", text)


def first_ending(text: str) -> str | None:
    """The first line ending in `text`."""
    found = _ENDING.search(text)
    return found[0] if found else None


def _line_end(text: str, position: int) -> int:
    found = _ENDING.search(text, position)
    return found.end() if found else len(text)


def _height(source: str) -> int:
    return len(_ENDING.findall(source)) + (not source.endswith(("\n", "\r")))


def _visible(text: str, start: int, end: int, comments: list[Comment]) -> str:
    """What is left of a line without its comments; of the spaces on both sides of one, only those before it stay."""
    starts, ends = [start, *(comment.end for comment in comments)], [*(comment.start for comment in comments), end]
    first, *rest = (text[begin:stop] for begin, stop in zip(starts, ends, strict=True))
    kept = [first]
    before = first[-1:]
    for piece in rest:
        kept.append(piece if before and not before.isspace() else piece.lstrip(" \t"))
        before = kept[-1][-1:] or before
    return "".join(kept).rstrip("\r\n").replace("\ufeff", "")


def _comments(text: str) -> Iterator[Comment]:
    """Notes and boneyards, whichever opens first; what stands in one opens no other, an unclosed one is plain text."""
    note_end, boneyard_end = _Seeker(text, _NOTE_END), _Seeker(text, _BONEYARD_END)
    blank_line = _Seeker(text, _BLANK_LINE)
    position = 0
    while opening := _OPENING.search(text, position):
        start, inside = opening.start(), opening.end()
        is_note = opening[0] == "[["
        end = (note_end if is_note else boneyard_end).after(inside)
        if end == _NOWHERE or (is_note and blank_line.after(inside) < end):
            position = start + 1
            continue
        position = end + 2
        inner = unify(text[inside:end].replace("\ufeff", "")).strip()
        if is_note:
            yield Comment(Kind.NOTE, start, position, "\n".join(line.strip() for line in inner.split("\n")))
        else:
            yield Comment(Kind.BONEYARD, start, position, inner)


class _Seeker:
    """Finds the next match at or after a position; asked with rising positions, it reads the text once."""

    def __init__(self, text: str, pattern: re.Pattern[str]) -> None:
        self._text = text
        self._pattern = pattern
        self._found = -1

    def after(self, position: int) -> int:
        """Where the next match begins, or `_NOWHERE`."""
        if self._found < position:
            match = self._pattern.search(self._text, position)
            self._found = match.start() if match else _NOWHERE
        return self._found
