"""Codes of shots that survive rewriting: a shot that covers the same of the page keeps its code for good.

A shot whose part of the page was rewritten is the same shot still, and its takes are takes of one slot: it is known by
its place between shots that stayed, and by what it shares with the one that was there.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from fractions import Fraction
from itertools import takewhile

from director_dagster.errors import BadInput
from director_dagster.story.shot import Shot

_PREFIX = "sh"
_STEP = 10
_DIGITS = 3
_Aspect = Callable[[Shot], Hashable]


def _words(shot: Shot) -> Hashable:
    said = shot.action, tuple(line.text for line in shot.lines)
    return said if any(said) else shot.element_ids


def _speakers(shot: Shot) -> Hashable:
    return tuple(line.character for line in shot.lines)


_ASPECTS: Sequence[_Aspect] = (
    _words,
    lambda shot: (shot.setting.place, _speakers(shot), shot.framing),
    lambda shot: (shot.setting.place, _speakers(shot)),
    lambda shot: (shot.setting.place, shot.framing),
)
"""What a rewritten shot shares with the one it was; the surest first."""


def with_codes(shots: Sequence[Shot], previous: Sequence[Shot], retired: Sequence[Shot] = ()) -> list[str]:
    """A code for each of `shots`, in order; their own codes are not looked at.

    Without `previous` they are ``sh010``, ``sh020`` … `previous` are the shots that the film had until now, in its
    order, and `retired` those it had before. A shot that covers the same elements as one of them keeps that one's code;
    so does one that stands where one of `previous` stood, next to the same neighbour, and has the same words, or the
    same place with the same speakers or framing. Others get codes between those of the kept shots around them:
    ``sh015``, and longer ones where there is no room. Codes sort as text in the order of the film until scenes are
    moved. No code that was ever given is given to another shot. Raises BadInput when a code of theirs is none of ours.
    """
    ever = [*previous, *retired]
    for shot in ever:
        _fraction(shot.code)
    if not ever:
        digits = max(_DIGITS, len(str(len(shots) * _STEP)))
        return [f"{_PREFIX}{number * _STEP:0{digits}d}" for number in range(1, len(shots) + 1)]
    codes = _rewritten(shots, previous, _kept(shots, ever))
    reserved = {_fraction(shot.code) for shot in ever}
    digits = min(len(shot.code) for shot in ever) - len(_PREFIX)
    for first, last in list(_gaps(codes)):
        lower = _fraction(codes[first - 1]) if first else Fraction(0)
        upper = _above(lower, _fraction(codes[last]) if last < len(codes) else None, reserved)
        codes[first:last] = _between(lower, upper, last - first, reserved, digits)
        reserved.update(_fraction(code) for code in codes[first:last])
    return [code for code in codes if code is not None]


def _kept(shots: Sequence[Shot], ever: Sequence[Shot]) -> list[str | None]:
    """The code each shot keeps: of the nth shot before of the same elements, else of one that shares an element."""
    left: dict[tuple[str, ...], list[str]] = {}
    for shot in ever:
        left.setdefault(shot.element_ids, []).append(shot.code)
    codes = [queue.pop(0) if (queue := left.get(shot.element_ids)) else None for shot in shots]
    sharing: dict[str, list[str]] = {}
    for shot in ever:
        for element_id in shot.element_ids:
            sharing.setdefault(element_id, []).append(shot.code)
    taken = {code for code in codes if code is not None}
    for index, shot in enumerate(shots):
        if codes[index] is None:
            near = [
                code for element_id in shot.element_ids for code in sharing.get(element_id, ()) if code not in taken
            ]
            codes[index] = near[0] if near else None
            taken.update(near[:1])
    return codes


def _rewritten(shots: Sequence[Shot], previous: Sequence[Shot], codes: Sequence[str | None]) -> list[str | None]:
    """`codes`, and those of the shots that were rewritten where they stood."""
    found, taken = list(codes), {code for code in codes if code is not None}
    places = {shot.code: place for place, shot in enumerate(previous)}
    for first, last in _gaps(codes):
        after = places.get(codes[first - 1] or "") if first else -1
        before = places.get(codes[last] or "") if last < len(codes) else len(previous)
        there = _between_neighbours(previous, taken, after, before)
        for old, new in _alike(there, range(first, last), shots, _ASPECTS):
            found[new] = old.code
            taken.add(old.code)
    return found


def _between_neighbours(
    previous: Sequence[Shot], taken: set[str], after: int | None, before: int | None
) -> Sequence[Shot]:
    """The shots without a successor that followed the one neighbour, or led to the other."""
    following = range(after + 1, len(previous)) if after is not None else ()
    leading = range(before - 1, -1, -1) if before is not None else ()
    near = {
        place
        for places in (following, leading)
        for place in takewhile(lambda place: previous[place].code not in taken, places)
    }
    return [previous[place] for place in sorted(near)]


def _alike(
    old: Sequence[Shot], new: Sequence[int], shots: Sequence[Shot], aspects: Sequence[_Aspect]
) -> Iterator[tuple[Shot, int]]:
    """Pairs of an old shot and a new one's index that are the same in the first of the aspects, both in order; between
    those, such as are the same in the next."""
    if not (old and new and aspects):
        return
    aspect, *weaker = aspects
    matcher = SequenceMatcher(None, [aspect(shot) for shot in old], [aspect(shots[index]) for index in new])
    i = j = 0
    for block in matcher.get_matching_blocks():
        yield from _alike(old[i : block.a], new[j : block.b], shots, weaker)
        i, j = block.a + block.size, block.b + block.size
        yield from zip(old[block.a : i], new[block.b : j], strict=True)


def _gaps(codes: Sequence[str | None]) -> Iterator[tuple[int, int]]:
    """Each run of shots without a code: its first index and the index after its last."""
    start = None
    for index, code in enumerate([*codes, ""]):
        if code is None and start is None:
            start = index
        elif code is not None and start is not None:
            yield start, index
            start = None


def _above(lower: Fraction, upper: Fraction | None, reserved: set[Fraction]) -> Fraction | None:
    """The upper bound of what is inserted after `lower`; where scenes were moved, the next code that is in use."""
    if upper is not None and upper > lower:
        return upper
    return min((code for code in reserved if code > lower), default=None)


def _between(lower: Fraction, upper: Fraction | None, count: int, reserved: set[Fraction], digits: int) -> list[str]:
    """`count` free codes between two, spread evenly, as short as there is room for; after the last in steps of ten."""
    if upper is None:
        tens = int(lower * 10**digits) // _STEP * _STEP
        if tens + _STEP * count < 10**digits:
            return [f"{_PREFIX}{tens + _STEP * number:0{digits}d}" for number in range(1, count + 1)]
    for length in range(digits, digits + 64):
        size = 10**length
        first, last = int(lower * size) + 1, -int(-(upper or 1) * size // 1) - 1
        numbers = range(first, min(last, first + 20 * (count + len(reserved))) + 1)
        free = [number for number in numbers if Fraction(number, size) not in reserved]
        if len(free) >= count:
            spread = [(k + 1) * (len(free) + 1) // (count + 1) - 1 for k in range(count)]
            return [f"{_PREFIX}{free[index]:0{length}d}" for index in spread]
    raise BadInput(f"no {count} codes are free after {lower}")


def _fraction(code: str | None) -> Fraction:
    """A code as a number between 0 and 1: ``sh015`` is 0.015 and ``sh0155`` a little more. Raises BadInput."""
    code = code or ""
    digits = code.removeprefix(_PREFIX)
    if not (code.startswith(_PREFIX) and digits.isascii() and digits.isdigit()):
        raise BadInput(f"{code!r} is no shot code; they are sh010, sh020 …")
    return Fraction(int(digits), 10 ** len(digits))
