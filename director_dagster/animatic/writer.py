"""The writer: a seeded story grammar that makes a small screenplay of an idea, from the idea's own words."""

import random
import re

from director_dagster.animatic import ideas, plots, worlds
from director_dagster.animatic.ideas import Idea
from director_dagster.errors import BadInput
from director_dagster.story import lexicon, wire
from director_dagster.story.names import presents_of

DRAFT = "template draft"

# Things that speak to whoever holds them: there is something written on them, or in them.
_MESSAGES = frozenset({"letter", "photograph", "map", "book", "phone", "bottle"})
_ROUGH = {"thriller": "STORM", "horror": "FOG", "romance": "RAIN", "fantasy": "SNOW", "adventure": "STORM"}
_CHOICE = re.compile(r"<([^<>]*)>")
_TITLE_WORDS = 7
_PRONOUNS = {"female": ("she", "her"), "male": ("he", "his")}


def write_draft(
    idea: str, *, seed: int, language: str = "en", genre: str | None = None, style: str | None = None
) -> str:
    """A screenplay in Fountain for `idea`: five scenes, three named people, one to two minutes.

    Who, what and where are the idea's own words. It is a template, and its title page says so. The same arguments
    give the same text. Raises BadInput for an idea that tells of nobody and nothing, and for a language other than
    English, the only one that the templates speak.
    """
    if language.partition("-")[0].casefold() != "en":
        raise BadInput(f"the template writer writes English only, not {language!r}; give a screenplay instead")
    told = ideas.read(idea)
    chance = random.Random(wire.seed(["draft", lexicon.fold(idea), seed, genre, style]))
    fields = _fields(told, chance, genre)
    body = _CHOICE.sub(lambda match: " ".join(chance.choice(match[1].split("|")).split()), _plot(told)).format_map(
        fields
    )
    page = {
        "Title": _title(told, chance),
        "Credit": "from an idea, by",
        "Author": "the template writer",
        "Draft": DRAFT,
        "Idea": _bare(idea),
        "Genre": genre or "",
        "Style": style or "",
    }
    entries = [f"{key}: {_bare(value)}" for key, value in page.items() if value]
    return "\n".join([*entries, "", "FADE IN:", body])


def _plot(told: Idea) -> str:
    if told.prop and told.lost:
        return plots.SEARCH
    if told.prop:
        return plots.MESSAGE if told.prop in _MESSAGES else plots.KEEPSAKE
    return plots.MEETING if told.other else plots.DEED


def _fields(told: Idea, chance: random.Random, genre: str | None) -> dict[str, str]:
    """What fills the plot: people, words of the idea, places."""
    presents = told.presents or presents_of(told.name) or chance.choice(("female", "male"))
    hero, friend, lost = _names(told, presents, chance)
    she, her = _PRONOUNS[presents]
    role = told.role or _role_at(told.piece, chance)
    return {
        **_places(told, role, chance, genre),
        "HERO": hero.upper(),
        "Hero": hero,
        "FRIEND": friend.upper(),
        "Friend": friend,
        "LOST": lost.upper(),
        "Lost": lost,
        "She": she.capitalize(),
        "her": her,
        "role": role if not told.name else "new in this place",
        "age": _age(role, chance),
        "friend_age": chance.choice(("30s", "40s", "50s")),
        "lost_age": chance.choice(("60s", "70s")),
        "hero_looks": chance.choice(worlds.HERO_LOOKS),
        "friend_looks": (f"{_article(told.other)}, " if told.other else "") + chance.choice(worlds.FRIEND_LOOKS),
        "lost_looks": chance.choice(worlds.LOST_LOOKS),
        "works": ("" if _elsewhere(told, role) else _trade(role)[1]) or chance.choice(worlds.WORKS),
        "does": _does(told),
        "Whole": _whole(told, role),
        "other": _article(told.other),
        "thing": told.thing,
        "THING": told.thing.upper(),
    }


def _names(told: Idea, presents: str, chance: random.Random) -> tuple[str, str, str]:
    """Three names with three initials; the hero's is the idea's, when it has one."""
    lists = {"female": worlds.FEMALE_NAMES, "male": worlds.MALE_NAMES}
    hero = told.name or chance.choice(lists[presents]).capitalize()
    chosen = [hero]
    for names in (chance.choice((worlds.FEMALE_NAMES, worlds.MALE_NAMES)), worlds.MALE_NAMES):
        free = [name.capitalize() for name in names if name[0] not in {taken[0].upper() for taken in chosen}]
        chosen.append(chance.choice(free))
    return chosen[0], chosen[1], chosen[2]


def _places(told: Idea, role: str, chance: random.Random, genre: str | None) -> dict[str, str]:
    """Headings of the five scenes: the first where the idea or the role is at home, the others of the same world."""
    home = _heading(told.place, told.piece) if _elsewhere(told, role) else _trade(role)[0]
    piece = next(iter(lexicon.PLACES.all(home)), told.piece)
    world = worlds.WORLDS[worlds.WORLD_OF.get(piece, "town")]
    home = home or world.home
    opening = next(iter(lexicon.pieces(home, interior=home.startswith("INT."))), "")
    weather = next(iter(lexicon.WEATHERS.all(f"{told.predicate} {told.place}")), "").upper()
    rough = weather or _ROUGH.get(genre or "", "") or chance.choice(("RAIN", "SNOW", "STORM", "WIND"))
    fair = f" - {weather}" if weather else chance.choice(("", "", " - WIND"))
    return {
        "home": f"{home} - {chance.choice(('DAY', 'DAY', 'DAWN'))}{fair}",
        "talk": world.talk,
        "way": f"{world.way} - NIGHT - {rough}",
        "far": world.far,
        "far_word": world.far_word,
        "end": world.end,
        "opening": worlds.OPENINGS.get(opening) or chance.choice(worlds.INDOORS),
    }


def _elsewhere(told: Idea, role: str) -> bool:
    """Whether the idea plays where its hero's trade is not at home."""
    return bool(told.place) and told.place not in role


def _heading(place: str, piece: str) -> str:
    return f"{'INT.' if piece in lexicon.INTERIORS else 'EXT.'} {place.upper()}"


def _trade(role: str) -> tuple[str, str]:
    """The home and the work of the longest known trade that `role` ends with; empty for none."""
    known = [trade for trade in worlds.ROLES if f" {role}".endswith(f" {trade}")]
    return worlds.ROLES[max(known, key=len)] if known else ("", "")


def _role_at(piece: str, chance: random.Random) -> str:
    """Someone who is at home where the idea plays, when it names nobody."""
    at_home = [role for role, (home, _) in worlds.ROLES.items() if piece and piece in lexicon.PLACES.all(home)]
    return _article(chance.choice(at_home)) if at_home else "a stranger"


def _age(role: str, chance: random.Random) -> str:
    words = set(role.split())
    if words & {"girl", "boy", "child"}:
        return chance.choice(("8", "9", "10"))
    if words & {"old", "grandmother", "grandfather", "retired"}:
        return "70s"
    return chance.choice(("20s", "30s", "40s"))


def _does(told: Idea) -> str:
    """What the hero does, after a pronoun: the idea's own predicate."""
    if not told.predicate:
        return f"finds {_article(told.thing)}" if told.thing else "waits"
    return f"wants to {told.predicate}" if told.several else told.predicate


def _whole(told: Idea, role: str) -> str:
    """The idea in one sentence without its full stop, as someone would say it of the hero."""
    who = told.name or role.removeprefix("one of ")
    if told.several:
        return f"{who[0].upper()}{who[1:]}, out to {told.predicate}"
    return f"{who[0].upper()}{who[1:]} who {_does(told)}"


def _title(told: Idea, chance: random.Random) -> str:
    who = told.name or told.role.removeprefix("one of ").partition(" ")[2].title()
    thing = told.thing.title()
    if thing:
        return chance.choice([f"The {thing}", *([f"The {who} and the {thing}"] if who and not told.name else [])])
    words = f"The {who} Who {told.predicate.title()}" if not told.name else f"{who} {told.predicate.title()}"
    short = told.predicate and not told.several and len(words.split()) <= _TITLE_WORDS
    place = told.place.title()
    return words if short else f"The {who}" if who and not told.name else who or f"The {place}"


def _article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def _bare(text: str) -> str:
    """`text` on one line, without signs that mean something on the page."""
    return " ".join(re.sub(r"[*_\[\]{}<>^~@#\\/|]", " ", text).split())
