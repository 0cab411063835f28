"""Cues that stand for somebody: who is meant is cast, drawn and heard as who they are, whatever the page calls them.

A character that was renamed on the page, or goes by two names, so stays one character with one look and one voice. What
is said, and whom the credits name, is as the page has it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from director_dagster.story import looks
from director_dagster.story.cast import Roster, character_key, recast
from director_dagster.story.shot import Breakdown, Character, Figure, Shot

_ARTICLE = re.compile(r"\b(?:the|an?)\s+$", re.IGNORECASE)


def known_by(breakdown: Breakdown, names: Mapping[str, str]) -> Breakdown:
    """The breakdown with each cue of `names` as whom it stands for; without `names` it is the same."""
    if not names:
        return breakdown
    meant = {character_key(cue): name for cue, name in names.items()}
    roster = Roster(list(names))
    shots = tuple(_shot(shot, meant, roster) for shot in breakdown.shots)
    return replace(breakdown, shots=shots, characters=_people(breakdown.characters, meant, roster))


def _people(people: Sequence[Character], meant: Mapping[str, str], roster: Roster) -> tuple[Character, ...]:
    """Everyone once, in order of appearance: of two cues of one person whatever the page says of either."""
    found: dict[str, Character] = {}
    for who in people:
        name = meant.get(character_key(who.name), who.name)
        told = who
        if name != who.name:
            told = replace(who, name=name, generic=False, description=_renamed(who.description, meant, roster))
        before = found.get(character_key(name))
        if before is not None:
            first, other = (told, before) if who.name == name else (before, told)
            says = max(first.description, other.description, key=looks.tells)
            told = replace(first, description=says, speaks=first.speaks or other.speaks)
        found[character_key(name)] = told
    return recast(list(found.values()))


def _shot(shot: Shot, meant: Mapping[str, str], roster: Roster) -> Shot:
    figures: dict[str, Figure] = {}
    for figure in shot.figures:
        name = meant.get(character_key(figure.character), figure.character)
        figures.setdefault(name, replace(figure, character=name))
    lines = (replace(line, character=meant.get(character_key(line.character), line.character)) for line in shot.lines)
    action = _renamed(shot.action, meant, roster)
    return replace(shot, figures=tuple(figures.values()), lines=tuple(lines), action=action)


def _renamed(text: str, meant: Mapping[str, str], roster: Roster) -> str:
    """`text` with the names of whom is meant; an article that stood before a nameless one goes with it."""
    parts, end = [], 0
    for mention in roster.mentions(text):
        found, name = text[mention.start : mention.end], meant[character_key(mention.name)]
        parts.append(_ARTICLE.sub("", text[end : mention.start]))
        parts.append(name if found.isupper() else " ".join(word.capitalize() for word in name.split()))
        end = mention.end
    return "".join([*parts, text[end:]])
