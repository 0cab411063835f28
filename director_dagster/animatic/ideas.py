"""An idea read: who does what, with which thing, where; by word lists, without a language model."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from director_dagster.animatic import worlds
from director_dagster.errors import BadInput
from director_dagster.story import lexicon
from director_dagster.story.words import listed

IDEA_LETTERS = 400
_PREDICATE_LETTERS = 90

_ARTICLES = listed("a an the his her their its my our your this that some one")
_COUNTS = listed("two three four five many")
_STOPS = listed(
    """in on at of with without and or but to from by for under over into onto near behind before after who which that
    when while where because until about through across inside outside during"""
)
# A verb in its third person, told apart from its base form, which needs a plural before it; and in the past.
_VERBS = listed(
    """finds loses steals meets builds waits learns wants tries must has is was keeps hides opens breaks buys sells
    sees hears saves kills loves hates misses forgets remembers returns comes goes leaves gets gives takes makes
    writes reads receives sends discovers follows falls flies runs walks dreams decides refuses searches looks plays
    sings dances paints teaches fights catches carries brings crosses climbs escapes inherits repairs mends cooks
    bakes lives dies wakes sleeps digs grows burns buries becomes befriends travels sails rows drives rides marries
    leads chases invites visits rescues guards watches lights draws cuts calls stops starts begins ends cannot can
    will asks answers tells seeks needs sits stands turns swims hunts steers feeds counts collects adopts finds"""
)
_BASE_VERBS = listed(
    """find lose steal meet build wait learn want try have are were keep hide open break buy sell see hear save love
    return come go leave get give take make write read discover follow fall fly run walk dream decide search cross
    climb escape inherit fight row sail travel marry share swim seek"""
)
_PASTS = listed(
    """found lost stole met built kept hid broke bought sold saw heard forgot came went left got gave took made wrote
    received sent fell flew ran fought caught brought became woke grew had wanted"""
)
_LOSING = listed("loses lose lost searches search seeks seek looks misses chases needs wants want")
_WOMEN = listed(
    """woman girl mother daughter sister wife widow queen princess waitress actress nurse grandmother aunt fisherwoman
    lady witch"""
)
_MEN = listed(
    """man boy father son brother brothers husband king prince fisherman postman priest monk grandfather uncle ferryman
    widower shepherd waiter"""
)
_SHE, _HE = frozenset(("she", "her", "hers", "herself")), frozenset(("he", "his", "him", "himself"))
_OTHERS = listed("stranger neighbour neighbor friend twin visitor child enemy ghost robot dragon")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_SENTENCE_END = re.compile(r"[.;!?]")


@dataclass(frozen=True, kw_only=True)
class Idea:
    """What an idea says; empty where it says nothing.

    Attributes:
        role: Who, with the article the idea gives: ``a lighthouse keeper``.
        name: Who, when the idea gives a name.
        several: Whether it tells of more than one.
        predicate: What they do, in the idea's words: ``finds a letter``.
        thing: The thing in the idea's word, e.g. ``telegram``, when it can be drawn; `prop` is what is drawn.
        lost: Whether the thing is looked for, not there.
        place: The place in the idea's word; `piece` is what is drawn.
        other: Whom else it names, e.g. ``stranger``.
        presents: ``female``, ``male`` or empty.
    """

    role: str
    name: str
    several: bool
    predicate: str
    thing: str
    prop: str
    lost: bool
    place: str
    piece: str
    other: str
    presents: str


def read(text: str) -> Idea:
    """The idea in `text`. Raises BadInput when it tells of nobody and nothing, or is longer than an idea."""
    if len(text) > IDEA_LETTERS:
        raise BadInput(f"an idea is a sentence or two; this one has {len(text)} letters: give it as a screenplay")
    tokens = _WORD.findall(_SENTENCE_END.split(text.strip(), maxsplit=1)[0])
    verb = _verb(tokens)
    who = _noun_phrase(tokens[:verb])
    someone = bool(who) and not (lexicon.props(who[-1]) or lexicon.PLACES.all(who[-1]))
    acts = someone and verb < len(tokens)
    predicate = _short(" ".join(tokens[verb:])) if acts else ""
    thing, prop = _first(lexicon.THINGS, predicate if acts else text)
    place, piece = _first(lexicon.PLACES, text)
    if not (acts or prop or piece or (someone and is_person(who[-1]))):
        raise BadInput(f"{text.strip()[:60]!r} tells of nobody; try e.g. 'a lighthouse keeper finds a letter'")
    named = acts and len(tokens[:verb]) == 1 and who[0][0].isupper() and not is_person(who[0])
    return Idea(
        role=_with_article(tokens[0], who) if someone and not named and (acts or is_person(who[-1])) else "",
        name=who[0] if named else "",
        several=acts and (tokens[0].casefold() in _COUNTS or tokens[verb].casefold() in _BASE_VERBS),
        predicate=predicate,
        thing=thing,
        prop=prop,
        lost=acts and tokens[verb].casefold() in _LOSING,
        place=place,
        piece=piece,
        other=next((word.casefold() for word in tokens[verb + 1 :] if is_person(word)), ""),
        presents=_presents(text),
    )


def is_person(word: str) -> bool:
    """Whether `word` is somebody: of a trade, a family, or one that stories tell of."""
    bare = word.casefold()
    return bare in worlds.ROLES or bare in _WOMEN | _MEN | _OTHERS


def _verb(tokens: Sequence[str]) -> int:
    """The index of the idea's verb; the number of tokens when there is none."""
    for index in range(1, len(tokens)):
        word, before = tokens[index].casefold(), tokens[index - 1].casefold()
        after = tokens[index + 1].casefold() if index + 1 < len(tokens) else "a"
        opens = after in _ARTICLES or after in _STOPS or after in _COUNTS
        inflected = word.endswith(("s", "ed")) and not word.endswith(("ss", "us", "'s")) and opens and len(word) > 3
        if before in _ARTICLES or before in _STOPS:
            continue
        if word in _VERBS or word in _PASTS or (word in _BASE_VERBS and before.endswith("s")) or inflected:
            return index
    return len(tokens)


def _noun_phrase(tokens: Sequence[str]) -> list[str]:
    """The words of the first noun phrase, without its article, up to what only qualifies it."""
    phrase: list[str] = []
    for token in tokens:
        bare = token.casefold()
        if bare in _STOPS and phrase:
            break
        if bare not in _ARTICLES and bare not in _STOPS:
            phrase.append(token)
    return phrase


def _with_article(first: str, phrase: Sequence[str]) -> str:
    """A role as the story tells of it: ``the`` stays, ``two brothers`` is one of them, all else has ``a`` or ``an``."""
    words = " ".join(phrase)
    words = words if words.isupper() else words[0].lower() + words[1:]
    if first.casefold() == "the":
        return f"the {words}"
    if first.casefold() in _COUNTS:
        return f"one of {words}"
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _short(predicate: str) -> str:
    """At most some ninety letters of it, cut between words."""
    if len(predicate) <= _PREDICATE_LETTERS:
        return predicate
    return predicate[: _PREDICATE_LETTERS + 1].rsplit(" ", 1)[0]


def _first(table: lexicon.WordTable[str], text: str) -> tuple[str, str]:
    """The first word of `table` in `text`, as it is written there without its article, and what it means."""
    for found in table.find(text):
        words = lexicon.fold(text)[found.start : found.end].split()
        return " ".join(words[1:] if words[0] in _ARTICLES and len(words) > 1 else words), found.means
    return "", ""


def _presents(text: str) -> str:
    words = [word.casefold() for word in _WORD.findall(text)]
    for women, men in ((_SHE, _HE), (_WOMEN, _MEN)):
        told = [word in women for word in words if word in women | men]
        if told:
            return "female" if told[0] else "male"
    return ""
