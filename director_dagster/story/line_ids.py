"""Ids of lines that survive rewriting: a line that is worded anew is the same line still, and its takes are its own.

The page gives a line an id that is a digest of its words (`fountain`): a line that moves keeps it. Here a line that
stays in its shot keeps the id it had, whatever it says now.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace

from director_dagster.story.shot import Line, Shot

_Place = tuple[str, int]
"""A shot's code, and the line's index in it."""


def with_line_ids(shots: Sequence[Shot], previous: Sequence[Shot]) -> tuple[Shot, ...]:
    """`shots`, which have their codes, each line with the id that it had in `previous`; a new one with the page's own.

    The same line is, in this order: the same words by the same speaker in the same shot; the line of the same id; what
    the same speaker says in the same shot, in order; what is said there. No two lines have one id. Given the shots that
    came of the same page, the ids are theirs.
    """
    old, new = _lines(previous), _lines(shots)
    ids: dict[_Place, str] = {}
    for same in (_worded_alike, _of_one_id, _of_one_speaker, _of_one_shot):
        _match(ids, old, new, same)
    held = set(ids.values())
    for place, line in new.items():
        if place not in ids:
            ids[place] = _free(line.id, held)
            held.add(ids[place])
    return tuple(
        replace(
            shot,
            lines=tuple(replace(line, id=ids[shot.code, index]) for index, line in enumerate(shot.lines)),
        )
        for shot in shots
    )


def _lines(shots: Sequence[Shot]) -> dict[_Place, Line]:
    return {(shot.code, index): line for shot in shots for index, line in enumerate(shot.lines)}


def _worded_alike(place: _Place, line: Line) -> Hashable:
    return place[0], line.character, line.text


def _of_one_id(_: _Place, line: Line) -> Hashable:
    return line.id, line.text


def _of_one_speaker(place: _Place, line: Line) -> Hashable:
    return place[0], line.character


def _of_one_shot(place: _Place, _: Line) -> Hashable:
    return place[0]


def _match(
    ids: dict[_Place, str],
    old: Mapping[_Place, Line],
    new: Mapping[_Place, Line],
    same: Callable[[_Place, Line], Hashable],
) -> None:
    """Give the ids of old lines that are free to new lines that have none and are the same, in order."""
    taken = set(ids.values())
    free: dict[Hashable, list[str]] = {}
    for place, line in old.items():
        if line.id not in taken:
            free.setdefault(same(place, line), []).append(line.id)
    for place, line in new.items():
        queue = free.get(same(place, line))
        if place not in ids and queue:
            ids[place] = queue.pop(0)


def _free(line_id: str, held: set[str]) -> str:
    """The page's id, or with a number where a line that was worded anew holds it."""
    if line_id not in held:
        return line_id
    number = 2
    while f"{line_id}~{number}" in held:
        number += 1
    return f"{line_id}~{number}"
