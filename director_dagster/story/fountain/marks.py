"""One line of a page read: which element it is, by its marks, its words and what stands around it."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from director_dagster.story.fountain.lines import Line
from director_dagster.story.screenplay import Kind

# The syntax's own list: any case, with a dot or a space behind it. https://fountain.io/syntax#section-slug
_SYNTAX_INTRO = re.compile(r"(?:int\.?/ext|ext\.?/int|int|ext|est|i/e)[.\s]")

# What headings begin with where INT and EXT are not the words, lower case. Most are everyday words too ("Innen brennt
# Licht"), so they want a dot or colon behind them, or a line without any lower case.
_INTROS = (
    # Russian: ИНТ. and НАТ. as in KIT Scenarist; ЭКСТ. and ПАВ. are seen as often. Ukrainian: ІНТ., ЕКСТ.
    "инт", "нат", "экст", "пав", "интерьер", "натура", "экстерьер", "павильон", "інт", "екст",
    # Greek: "ΕΣ. ΜΠΑΡ - ΝΥΧΤΑ", https://www.filmengineering.com/screenplay-format-the-greek-problem/
    "εσ", "εξ", "εσωτ", "εξωτ", "εσωτερικο", "εξωτερικο", "εσωτερικό", "εξωτερικό",
    # German: "INNEN. SCHAUPLATZ – TAG", also INN. and AUSS. https://belletristica.com/en/books/64917 (ß folds to ss)
    "innen", "aussen", "inn", "auss",
    # French, Spanish, Portuguese, Italian: INT. and EXT. (Italian EST.) are the syntax's; these are their full words.
    "intérieur", "extérieur", "interieur", "exterieur", "interior", "exterior", "interno", "esterno",
    # Dutch, Polish and Czech: the full words.
    "binnen", "buiten", "wnętrze", "plener", "interiér", "exteriér",
    # Chinese 内景 and 外景, Japanese 屋内 and 屋外, 室内 and 室外, Korean 실내 and 실외: "interior" and "exterior".
    "内景", "外景", "內景", "屋内", "屋外", "室内", "室外", "실내", "실외",
)  # fmt: skip
_ONE = f"(?:{'|'.join(_INTROS)})"
_INTRO = re.compile(rf"{_ONE}(?:\.?\s?/\s?{_ONE})?(?:(?P<sure>[.。:])|[\s,、・·|\-–—])")

# Keys that make a title page by themselves; others need company. The first row is the syntax's.
_TITLE_KEYS = frozenset(
    """title credit author authors source draft_date contact
    date copyright notes revision written_by
    titel autor autorin titre auteur título titulo titolo autore название автор τίτλος συγγραφέας
    标题 標題 作者 タイトル 脚本 제목 작가""".casefold().split()
)
_LONGEST_KEY_CHARS = 40
_LONGEST_INTRO_CHARS = 40
_COLON = re.compile(r"[:：]")
_TITLE_INDENT = re.compile(r"(?: {3}|\t)")
_WIDE_BRACKETS = str.maketrans("（）", "()")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a line is and says; the fields are those of `Element`."""

    kind: Kind
    text: str
    scene_number: str | None = None
    extension: str | None = None
    dual: bool = False
    depth: int = 0
    key: str | None = None


def read(line: str, *, fresh: bool, followed: bool) -> Reading:
    """A line outside of a speech.

    `fresh`: nothing that it could continue stands right above it. `followed`: words stand right below it.
    """
    words = line.strip()
    marked = _MARKED.get(words[:1])
    found = marked(words) if marked else None
    if found is None and fresh and words[:1] == "@":
        found = _cue(words[1:], forced=True) if followed else None
    elif found is None and fresh:
        found = _heading(words) or _transition(words) or (_cue(words, forced=False) if followed else None)
    return found or Reading(kind=Kind.ACTION, text=indented(line))


def read_spoken(line: str) -> Reading:
    """A line of a speech: a parenthetical, lyrics or dialogue. All other marks are words there."""
    words = line.strip()
    if _in_brackets(words):
        return Reading(kind=Kind.PARENTHETICAL, text=words[1:-1].strip())
    return _lyrics(words) if words.startswith("~") else Reading(kind=Kind.DIALOGUE, text=words)


def is_upper(text: str) -> bool:
    """Whether `text` has a capital letter, and no letter that has a capital of its own.

    So ß, which capitals write ẞ or SS or leave as it is, does not make GROßVATER lower case; and words of a script
    without case are not upper case.
    """
    return text.isupper() or (not _has_lower(text) and any(map(str.isupper, text)))


def split_cue(words: str) -> tuple[str, str | None, bool]:
    """A cue's name; its extensions, those of several brackets with commas between; whether a caret marks it dual."""
    plain = words.translate(_WIDE_BRACKETS)
    extensions: list[str] = []
    dual, depth, close, end = False, 0, 0, len(plain)
    for place in range(len(plain) - 1, -1, -1):
        sign = plain[place]
        if sign == ")":
            close = close if depth else place
            depth += 1
        elif sign == "(" and depth:
            depth -= 1
            if not depth:
                extensions.append(words[place + 1 : close].strip())
                end = place
        elif not depth and sign == "^":
            dual, end = True, place
        elif not depth and not sign.isspace():
            break
    return words[:end].rstrip(), ", ".join(filter(None, reversed(extensions))) or None, dual


def split_number(words: str) -> tuple[str, str | None]:
    """A heading's words and the scene number at their end, if there is one: letters, digits, dashes and dots."""
    head, mark, number = words[:-1].rpartition("#")
    if words.endswith("#") and mark and head.strip() and number and is_number(number):
        return head.rstrip(), number
    return words, None


def is_number(text: str) -> bool:
    """Whether `text` may stand between the signs of a scene number."""
    return all(char.isalnum() or char in "-." for char in text)


def title_entries(lines: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    """The title page that `lines` open with: each entry its key and its lines; empty without one.

    Lines up to the first blank one are entries while they read ``Key: value`` or are indented below one. They are a
    title page if a key is well known, or if there are two or more and none is in capitals, as FADE IN: and a
    transcript's names are.
    """
    entries: list[tuple[str, list[Line]]] = []
    complete = True
    for line in lines:
        key = _title_key(line.text)
        if line.is_blank:
            break
        if entries and (line.is_comment or _TITLE_INDENT.match(line.text)):
            entries[-1][1].append(line)
        elif key:
            entries.append((key, [line]))
        else:
            complete = False
            break
    keys = [key for key, _ in entries]
    known = any("_".join(key.casefold().split()) in _TITLE_KEYS for key in keys)
    alike = complete and len(keys) > 1 and not any(map(is_upper, keys))
    return entries if known or alike else []


def title_value(line: str) -> str:
    """What the first line of a title page entry says behind its colon."""
    return _COLON.split(line, maxsplit=1)[1].strip()


def _title_key(line: str) -> str | None:
    key = _COLON.split(line.strip()[: _LONGEST_KEY_CHARS + 1], maxsplit=1)
    usable = len(key) == 2 and key[0][:1].isalpha() and not _introduces(line.strip())
    return key[0].strip() if usable else None


def _heading(words: str) -> Reading | None:
    forced = words[:1] == "." and words[1:2] not in ("", ".") and not words[1].isspace()
    if not forced and not _introduces(words):
        return None
    text, number = split_number(words[1:] if forced else words)
    return Reading(kind=Kind.SCENE_HEADING, text=text, scene_number=number)


def _introduces(words: str) -> bool:
    start = unicodedata.normalize("NFKC", words[:_LONGEST_INTRO_CHARS].lstrip("*_")).casefold()
    if _SYNTAX_INTRO.match(start):
        return True
    intro = _INTRO.match(start)
    return intro is not None and (intro["sure"] is not None or not _has_lower(words))


def _has_lower(text: str) -> bool:
    return any(char.upper() != char and len(char.upper()) == 1 for char in text)


def _transition(words: str) -> Reading | None:
    if words.endswith("TO:") and is_upper(words):
        return Reading(kind=Kind.TRANSITION, text=words)
    return None


def _cue(words: str, *, forced: bool) -> Reading | None:
    name, extension, dual = split_cue(words.strip())
    if not name or not (forced or is_upper(name)):
        return None
    return Reading(kind=Kind.CHARACTER, text=name, extension=extension, dual=dual)


def _section(words: str) -> Reading:
    text = words.lstrip("#")
    return Reading(kind=Kind.SECTION, text=text.strip(), depth=len(words) - len(text))


def _synopsis(words: str) -> Reading:
    if len(words) > 2 and not words.strip("="):
        return Reading(kind=Kind.PAGE_BREAK, text="")
    return Reading(kind=Kind.SYNOPSIS, text=words[1:].strip())


def _lyrics(words: str) -> Reading:
    return Reading(kind=Kind.LYRICS, text=words[1:].strip())


def _right(words: str) -> Reading | None:
    inner = words[1:].strip()
    if not inner.endswith("<"):
        return Reading(kind=Kind.TRANSITION, text=inner) if inner else None
    inner = inner[:-1].strip()
    return Reading(kind=Kind.CENTERED, text=inner) if inner else None


def _forced_action(words: str) -> Reading | None:
    return Reading(kind=Kind.ACTION, text=indented(words[1:])) if words[1:].strip() else None


def indented(line: str) -> str:
    """A line of action as its text: indents stay, a tab as four spaces (https://fountain.io/syntax#section-action)."""
    words = line.strip()
    return line[: len(line) - len(line.lstrip())].replace("\t", "    ") + words


def _in_brackets(words: str) -> bool:
    """Whether the bracket that opens `words` is closed by its last sign and no sooner."""
    plain = words.translate(_WIDE_BRACKETS)
    if plain[:1] != "(" or plain[-1:] != ")":
        return False
    depth = 0
    for sign in plain[:-1]:
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return False
    return depth == 1


_MARKED: dict[str, Callable[[str], Reading | None]] = {
    "#": _section,
    "=": _synopsis,
    "~": _lyrics,
    ">": _right,
    "!": _forced_action,
}
