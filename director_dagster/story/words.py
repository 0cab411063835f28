"""Words of the page as plain text: without marks of emphasis, in sentences, in parts of a breath."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise, takewhile

_ESCAPED = re.compile(r"\\([*_\\])")
# Marks that stand alone are words: 2 * 3, snake_case. The bound keeps a page of single marks linear.
_BOLD = re.compile(r"(?<!\\)(\*{1,3})(?=\S)([^*]{1,1000}?)(?<=[^\s\\])\1")
_UNDERLINED = re.compile(r"(?<![\\\w])_(?=\S)([^_]{1,1000}?)(?<=[^\s\\])_(?!\w)")
_NOTE_OPENS, _NOTE_ENDS = "[[", "]]"
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_CAPITALS = re.compile(r"\b[^\W\d_a-z]{2,}\b")
_SIGNS = ".!?…。！？"
_MARK = re.compile(rf"[\"“”«»„]|[{_SIGNS}]+")
_NO_END = re.compile(r"(?:^|[\s(\"“])(?:Mr|Mrs|Ms|Dr|St|Prof|No|[^\W\d_])$")
_CLAUSE = re.compile(r"[^,;:–—、，]*[,;:–—、，]+|[^,;:–—、，]+$")


_SOUNDS_OPEN = re.compile(r"(?!one\b|once\b|uni(?!n)|use|usu|eu|ew)[aeiou]|hour|honest|honou?r|heir", re.IGNORECASE)

CONTEXT_WORDS = 4
"""So many words are shown on either side of what differs."""

_JOINERS = "\u200c\u200d"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# White space apart; Word leaves a VT where a line was broken by hand.
_CONTROL_ON_PAGES = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")


def control(text: str, *, page: bool = False) -> re.Match[str] | None:
    """The first control character of `text`; of a `page`, the first that is no white space."""
    return (_CONTROL_ON_PAGES if page else _CONTROL).search(text)


def listed(text: str) -> frozenset[str]:
    """The words of `text`, for tables that are written as prose."""
    return frozenset(text.split())


def a(thing: str) -> str:
    """`thing` after "a" or "an", as it sounds: an olive coat, a uniform, an hourglass."""
    return f"{'an' if _SOUNDS_OPEN.match(thing) else 'a'} {thing}"


def tidy(text: str) -> str:
    """A name as it is seen: its letters composed (NFC), blanks only between words, and what shows nothing left out but
    the joiners, by which emoji and some scripts are written."""
    seen = "".join(char for char in text if char in _JOINERS or unicodedata.category(char) != "Cf")
    return " ".join(unicodedata.normalize("NFC", seen).split())


def plain(text: str) -> str:
    """`text` on one line without emphasis marks and notes; an escaped mark is the mark itself."""
    bare = _BOLD.sub(r"\2", _UNDERLINED.sub(r"\1", _BOLD.sub(r"\2", _without_notes(text))))
    return " ".join(_ESCAPED.sub(r"\1", bare).split())


def _without_notes(text: str) -> str:
    # A pattern would look for the end of each note that is left open, over and over.
    kept, at = [], 0
    while (start := text.find(_NOTE_OPENS, at)) >= 0 and (end := text.find(_NOTE_ENDS, start + 2)) >= 0:
        kept.append(text[at:start])
        at = end + 2
    return " ".join([*kept, text[at:]])


def narrated(text: str) -> str:
    """Action as a narrator tells it: without what stands in brackets, names in capitals written as names."""
    return " ".join(_CAPITALS.sub(lambda word: word[0].capitalize(), _BRACKETS.sub("", text)).split())


def spoken(text: str) -> bool:
    """Whether there is anything to say in `text`: a letter or a digit."""
    return any(char.isalnum() for char in text)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of `text` in order, stripped; what stands between quotes is divided only where one is left open."""
    ends = list(_ends(text, quotes=True))
    if ends[-1] is None:
        ends = list(_ends(text, quotes=False))
    cuts = [0, *(end for end in ends if end is not None), len(text)]
    found = (text[start:end].strip() for start, end in pairwise(cuts))
    return tuple(sentence for sentence in found if sentence)


def _ends(text: str, *, quotes: bool) -> Iterator[int | None]:
    """Where sentences end; at last the text's length, or None when a quote is still open there."""
    quoted = False
    for mark in _MARK.finditer(text):
        sign = mark[0][0] in _SIGNS
        closing = not sign and (quoted or mark[0] in "”»")
        if not sign and quotes:
            quoted = not closing
        after_sign = sign or (closing and text.endswith(tuple(_SIGNS), 0, mark.start()))
        if after_sign and not quoted and _ends_here(text, mark.start(), mark.end()):
            yield mark.end()
    yield None if quoted else len(text)


def _ends_here(text: str, start: int, end: int) -> bool:
    if text[end - 1] in "。！？":
        return True
    if not (end == len(text) or text[end].isspace()):
        return False
    return text[start:end] != "." or not _NO_END.search(text[max(0, start - 6) : start])


def headline(text: str, at_most_chars: int) -> str:
    """A text as a title: it itself, or as many of its words as fit and an ellipsis; letters, where it has no such
    words."""
    if len(text) <= at_most_chars:
        return text
    first = text[: at_most_chars - 1]
    whole, _, _ = first.rpartition(" ")
    return f"{(whole if len(whole) > at_most_chars // 2 else first).rstrip(' ,;:–—')}…"


def parts(text: str, at_most_chars: int) -> tuple[str, ...]:
    """`text` in parts of at most `at_most_chars`, cut at sentences, else clauses, else words, else anywhere.

    The parts together are the whole text, but for the spaces between them.
    """
    packed: list[str] = []
    for piece in _pieces(text, at_most_chars):
        joined = f"{packed[-1]} {piece}" if packed else ""
        if packed and len(joined) <= at_most_chars:
            packed[-1] = joined
        else:
            packed.append(piece)
    return tuple(packed)


def _pieces(text: str, at_most_chars: int) -> Iterator[str]:
    for sentence in sentences(text):
        if len(sentence) <= at_most_chars:
            yield sentence
            continue
        for clause in _CLAUSE.findall(sentence):
            yield from [clause.strip()] if len(clause) <= at_most_chars else _by_words(clause, at_most_chars)


def _by_words(text: str, at_most_chars: int) -> Iterator[str]:
    for word in text.split():
        for start in range(0, len(word), at_most_chars):
            yield word[start : start + at_most_chars]


def apart(old: str, new: str, *, chars: int) -> tuple[str, str]:
    """Both texts in a line of so many letters at most each, from a little before where they begin to differ."""
    old, new = (" ".join(each.split()) for each in (old, new))
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    begins = 0 if same < chars // 2 or max(len(old), len(new)) <= chars else old.rfind(" ", 0, same - chars // 4) + 1
    return _from(old, begins, chars), _from(new, begins, chars)


def marked(text: str, other: str) -> Sequence[tuple[str, bool]]:
    """`text` in runs of words, each with whether `other` lacks it there; of a long one of both, its ends."""
    mine, theirs = text.split(), other.split()
    found = SequenceMatcher(None, theirs, mine, autojunk=False).get_opcodes()
    runs = [(mine[start:end], what != "equal") for what, _, _, start, end in found if start < end]
    return [(" ".join(run if differs else _shortened(run)), differs) for run, differs in runs]


def _shortened(run: Sequence[str]) -> Sequence[str]:
    return run if len(run) <= 2 * CONTEXT_WORDS else [*run[:CONTEXT_WORDS], "…", *run[-CONTEXT_WORDS:]]


def _from(text: str, begins: int, chars: int) -> str:
    shown = f"…{text[begins:]}" if begins else text
    return shown if len(shown) <= chars else f"{shown[: chars - 1]}…"
