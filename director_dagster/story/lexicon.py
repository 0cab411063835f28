"""The words the animatic can draw: set pieces of places, and props; what is not here is not faked."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, TypeVar

from director_dagster.story import vocabulary

EXTERIORS = (
    "shore", "sea", "lighthouse", "harbour", "boat", "forest", "street", "roofs", "field", "mountain", "river",
    "bridge", "station", "garden", "desert", "ruins",
)  # fmt: skip
INTERIORS = (
    "room", "kitchen", "bedroom", "corridor", "stairs", "office", "library", "church", "cellar", "stage", "cabin",
    "lamp-room", "workshop", "cafe", "train", "car", "cave",
)  # fmt: skip
PROPS = (
    "letter", "lantern", "key", "book", "cup", "photograph", "knife", "phone", "bottle", "candle", "clock", "map",
    "box", "flower", "bread", "ring", "mirror", "shell", "watch", "violin",
)  # fmt: skip

PIECES_AT_MOST = 4
# A place that the artist has only from the other side of its walls: what is seen there instead.
_INSIDE = MappingProxyType(
    {"lighthouse": "lamp-room", "boat": "cabin", "harbour": "workshop", "station": "corridor", "ruins": "cellar"}
)
_OUTSIDE = MappingProxyType(
    {
        "church": "street", "cafe": "street", "office": "street", "library": "street", "room": "street",
        "stage": "street", "car": "street", "train": "station", "cabin": "forest", "cave": "mountain",
        "workshop": "street", "lamp-room": "lighthouse",
    }
)  # fmt: skip
# No lighthouse, boat or shore without water near it.
_BESIDE = MappingProxyType({"lighthouse": "sea", "harbour": "sea", "boat": "sea", "shore": "sea"})

T = TypeVar("T")


def fold(text: str) -> str:
    """`text` as names and words are compared: NFKC and casefolded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


@dataclass(frozen=True, kw_only=True)
class Found(Generic[T]):
    """A word of a text that means `means`; `start` and `end` are places in the folded text."""

    means: T
    start: int
    end: int


class WordTable(Generic[T]):
    """Words and phrases with what they mean; of two phrases that begin at one place the longer is found."""

    def __init__(self, words: Mapping[T, str]) -> None:
        self._means: dict[str, T] = {}
        for means, listed in words.items():
            for phrase in listed.split(","):
                self._means.setdefault(_spaced(fold(phrase)), means)
        longest_first = sorted(self._means, key=lambda phrase: (-len(phrase), phrase))
        phrases = "|".join(re.escape(phrase).replace(r"\ ", r"[\s-]") for phrase in longest_first)
        self._pattern = re.compile(rf"(?<![\w'])({phrases})(?:e?s)?(?!\w)")

    def find(self, text: str) -> tuple[Found[T], ...]:
        """Every word of the table in `text`, in order."""
        return tuple(
            Found(means=self._means[_spaced(match[1])], start=match.start(), end=match.end())
            for match in self._pattern.finditer(fold(text))
        )

    def all(self, text: str) -> tuple[T, ...]:
        """What the words of `text` mean, each once, in order."""
        return tuple(dict.fromkeys(found.means for found in self.find(text)))

    def without(self, text: str) -> str:
        """Folded `text` with the words of the table taken out."""
        return self._pattern.sub(" ", fold(text))


def _spaced(phrase: str) -> str:
    return " ".join(phrase.replace("-", " ").split())


PLACES = WordTable(vocabulary.PLACES)
THINGS = WordTable(vocabulary.THINGS)
TIMES = WordTable(vocabulary.TIMES)
WEATHERS = WordTable(vocabulary.WEATHERS)


def pieces(place: str, action: str = "", *, interior: bool) -> tuple[str, ...]:
    """The set pieces that a place is drawn with, at most four: those its name asks for, then those of the action.

    Inside there are only pieces of interiors, outside only of exteriors; where the name has but the other side of
    its walls (the inside of a lighthouse), what is seen from this side stands for it. Unknown words ask for nothing.
    """
    own = INTERIORS if interior else EXTERIORS
    other_side = _INSIDE if interior else _OUTSIDE
    named = PLACES.all(place)
    found = [piece for piece in named if piece in own]
    found = found or [other_side[piece] for piece in named if piece in other_side]
    if not interior:
        found += [piece for piece in PLACES.all(action) if piece in own]
        found += [_BESIDE[piece] for piece in found if piece in _BESIDE]
    return tuple(dict.fromkeys(found))[:PIECES_AT_MOST]


def props(text: str) -> tuple[str, ...]:
    """The props that `text` names, each once, in order."""
    return THINGS.all(text)
