"""Fountain 1.1, read and written without losing a byte: https://fountain.io/syntax, and how we read it.

``write(parse(text)) == text`` for every text. No text is refused. `heading`, `action`, `cue` and their like, put
together by `assemble`, write a screenplay in code.

An element is a run of whole lines, so a note or a boneyard inside a line belongs to that line's element: its source
has it, its text has not. One that has lines to itself is an element. Emphasis stays in the text.

Where the syntax is silent, or where to follow it would have a heading spoken aloud, we read so:

- A line ends with CR, LF or both. Form feeds, U+2028 and NUL are characters; a byte order mark is skipped.
- A line of white space is blank. With two spaces on it, it goes on with a speech or a note, and nothing else.
- A scene heading or ``... TO:`` needs a blank line above but none below: with words straight below it, it would
  otherwise be a cue. So would what follows a heading, section, synopsis, transition or page break without a blank
  line: they count as blank lines.
- A heading may be forced by a dot before any sign but another dot or a space (``."THE END"``), not letters only.
  Headings of languages without INT. and EXT. are known by the table in `marks`; others are forced.
- A cue is upper case by Unicode: a capital letter, and no letter that has a capital of its own. A script without case
  (Chinese, Japanese, Korean, Arabic, Hebrew, Devanagari …) needs ``@``: otherwise every paragraph of two lines would be
  a speech. ``@`` without a speech below it is action. Trailing spaces mean nothing.
- A cue's extensions are the brackets at its end, more than one joined by commas: ``MARA (V.O.) (CONT'D)``.
- Below a cue all is speech up to a blank line: brackets around a whole line are a parenthetical, ``~`` is sung, and all
  other marks are words.
- ``#``, ``=``, ``===``, ``~``, ``>`` and ``> <`` count on any line outside of a speech, ``.`` and ``@`` below a blank
  line only, since an action may go on with ``.45`` or ``@home``. ``!`` forces the line it opens.
- Of notes and boneyards the first to open wins; they do not nest, and one that is never closed is plain text. A
  comment between two lines of a paragraph does not part them, unless there is a blank line in it.
- A title page opens the text. Its keys may be any, but FADE IN:, a heading with a colon and a transcript's names are
  none: one key must be well known, or there are two and none in capitals.

Ids: an element's id is a digest of its kind, its words, the heading or section above it and who speaks; equal ones are
told apart by their order. So a scene inserted elsewhere leaves all ids alone, and an edited paragraph changes its own.
"""

from director_dagster.story.fountain.maker import (
    action,
    assemble,
    centered,
    cue,
    heading,
    lyrics,
    note,
    page_break,
    section,
    synopsis,
    title_page,
    transition,
)
from director_dagster.story.fountain.reader import parse
from director_dagster.story.fountain.writer import write

__all__ = [
    "action",
    "assemble",
    "centered",
    "cue",
    "heading",
    "lyrics",
    "note",
    "page_break",
    "parse",
    "section",
    "synopsis",
    "title_page",
    "transition",
    "write",
]
