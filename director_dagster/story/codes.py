"""Codes of shots that survive rewriting: a shot that covers the same of the page keeps its code for good."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from director_dagster.errors import BadInput
from director_dagster.story.shot import Shot

_PREFIX = "sh"
_STEP = 10
_DIGITS = 3


def with_codes(shots: Sequence[Shot], previous: Sequence[Shot]) -> list[str]:
    """A code for each of `shots`, in order; their own codes are not looked at.

    Without `previous` they are ``sh010``, ``sh020`` … With it, a shot that covers the same elements keeps its code;
    others get codes between those of the kept shots around them: ``sh015``, and longer ones where there is no room.
    Codes sort as text in the order of the film until scenes are moved. No code of `previous` is given to another
    shot, so that who passes every shot the film ever had never sees a code twice. Raises BadInput when a code of
    `previous` is none of ours.
    """
    for shot in previous:
        _fraction(shot.code)
    if not previous:
        digits = max(_DIGITS, len(str(len(shots) * _STEP)))
        return [f"{_PREFIX}{number * _STEP:0{digits}d}" for number in range(1, len(shots) + 1)]
    codes = _kept(shots, previous)
    reserved = {_fraction(shot.code) for shot in previous}
    digits = min(len(shot.code) for shot in previous) - len(_PREFIX)
    for first, last in list(_gaps(codes)):
        lower = _fraction(codes[first - 1]) if first else Fraction(0)
        upper = _above(lower, _fraction(codes[last]) if last < len(codes) else None, reserved)
        codes[first:last] = _between(lower, upper, last - first, reserved, digits)
        reserved.update(_fraction(code) for code in codes[first:last])
    return [code for code in codes if code is not None]


def _kept(shots: Sequence[Shot], previous: Sequence[Shot]) -> list[str | None]:
    """The code each shot keeps: of the nth shot before of the same elements, else of one that shares an element."""
    left: dict[tuple[str, ...], list[str]] = {}
    for shot in previous:
        left.setdefault(shot.element_ids, []).append(shot.code)
    codes = [queue.pop(0) if (queue := left.get(shot.element_ids)) else None for shot in shots]
    sharing: dict[str, list[str]] = {}
    for shot in previous:
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
