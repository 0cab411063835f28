"""Names of any alphabet and of any length as labels: what of them is seen, and how much of it has room in a line."""

import unicodedata
from functools import lru_cache

LONGEST_LINE = 80
"""Of text, in characters; signs without a width would else be without end."""

# Widths in ems of the broadest sans-serif that is usual, DejaVu's; a label is also cut where its room ends.
NARROW_EM, USUAL_EM, BROAD_EM, FULL_EM = 0.4, 0.64, 0.76, 1.05
NARROW, BROAD, FULL = frozenset(" .,:;!|'’ijlIft()[]-"), frozenset("+=<>&"), frozenset("mwMW@%—…ÆŒ")

JOINERS = "\u200c\u200d"
"""What joins letters, and several emoji to one; unlike all else that is not seen, it stays in a name."""

FIRST_ACCENT = "\u0300"
SKINS = "\U0001f3fb\U0001f3ff"
"""The first sign that is part of another, and the first and the last skin of an emoji."""


def seen(text: str) -> str:
    """`text` on one line of signs that XML has and people see; what overrides the direction of others is left out."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(char if char.isprintable() or char in JOINERS else _stand_in(char) for char in line)


def lines(label: str, room_em: float) -> list[str]:
    """The label in one line, or in two; what has no room in those is an ellipsis."""
    end = _fitting(label, room_em)
    if end == len(label):
        return [label]
    at = label.rfind(" ", 1, end + 1)
    end = at if at > 0 else end
    return [label[:end], fitted(label[end:].lstrip(), room_em)]


def fitted(text: str, room_em: float) -> str:
    """`text`, or as much of its beginning as has room, with an ellipsis."""
    end = _fitting(text, room_em)
    return text if end == len(text) else text[: _fitting(text, room_em - FULL_EM)].rstrip() + "…"


def _fitting(text: str, room_em: float) -> int:
    """How many of the first characters of `text` have room in a line, without parting what belongs together."""
    if len(text) * FULL_EM <= room_em:
        return len(text)
    end = 0
    for index, char in enumerate(text[:LONGEST_LINE]):
        if not _goes_on(text, index):
            end = index
        room_em -= _em(char)
        if room_em < 0:
            return end or index
    return len(text) if len(text) <= LONGEST_LINE else end or LONGEST_LINE


def _goes_on(text: str, index: int) -> bool:
    """Whether a sign is but a part of the one before: an accent, another skin of an emoji, what is joined to it."""
    char = text[index]
    if char < FIRST_ACCENT or index == 0:
        return False
    return (
        text[index - 1] == JOINERS[1]
        or char in JOINERS
        or unicodedata.category(char) in {"Mn", "Me", "Mc"}
        or SKINS[0] <= char <= SKINS[1]
    )


@lru_cache(maxsize=4096)
def _em(char: str) -> float:
    if char in NARROW:
        return NARROW_EM
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0.0
    if char in FULL or unicodedata.east_asian_width(char) in "WF":
        return FULL_EM
    return BROAD_EM if char.isupper() or char.isdigit() or char in BROAD else USUAL_EM


def _stand_in(char: str) -> str:
    return "" if unicodedata.category(char) == "Cf" else "\N{REPLACEMENT CHARACTER}"
