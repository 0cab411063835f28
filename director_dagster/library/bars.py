"""Bars over time, as SVG: a stack for each day or month, each piece of it a link, drawn by the server alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

WIDE, HIGH, FOOT, TOP = 960, 240, 26, 22
GAP = 0.25
LABELS = 6


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a stack: whose it is (an index of its colour), how much, what it says, and where it leads, if so."""

    colour: int
    amount: int
    title: str
    href: str | None


@dataclass(frozen=True, kw_only=True)
class Stack:
    """What stands over one moment."""

    label: str
    pieces: Sequence[Piece]

    @property
    def amount(self) -> int:
        """How high it is."""
        return sum(piece.amount for piece in self.pieces)


def draw(stacks: Sequence[Stack], *, name: str, height: Callable[[int], str]) -> str:
    """The stacks from left to right as SVG text; the highest fills the picture, and `height` says how high that is.
    Colours are of the style sheet."""
    most = max((stack.amount for stack in stacks), default=0)
    room = WIDE / max(len(stacks), 1)
    every = -(-len(stacks) // LABELS)
    drawn = [
        f'<svg class="bars" viewBox="0 0 {WIDE} {HIGH + FOOT}" role="group" aria-label={quoteattr(name)}>',
        f'<line class="base" x1="0" y1="{HIGH}" x2="{WIDE}" y2="{HIGH}"/>',
    ]
    if most:
        drawn.append(f'<text class="most" x="0" y="{TOP + 4}">{escape(height(most))}</text>')
    for place, stack in enumerate(stacks):
        drawn += _stack(stack, place * room, room, most)
        if (len(stacks) - 1 - place) % every == 0:  # the newest is the one that is looked for
            x, anchor = _beneath(place, len(stacks), room)
            drawn.append(f'<text x="{x:.1f}" y="{HIGH + 18}" text-anchor="{anchor}">{escape(stack.label)}</text>')
    return "\n".join([*drawn, "</svg>"])


def _beneath(place: int, places: int, room: float) -> tuple[float, str]:
    """Where a label stands: beneath the middle of its stack, but not beyond the picture."""
    if place == 0:
        return 0, "start"
    return (WIDE, "end") if place == places - 1 else ((place + 0.5) * room, "middle")


def _stack(stack: Stack, left: float, room: float, most: int) -> Sequence[str]:
    found, below = list[str](), float(HIGH)
    for piece in stack.pieces:
        if piece.amount <= 0:
            continue
        # What cost anything at all is seen.
        high = max((HIGH - TOP) * piece.amount / most, 1.5)
        below -= high
        # The table has the same links for keys: a stop for each bar would be hundreds.
        opens, ends = (f'<a href={quoteattr(piece.href)} tabindex="-1">', "</a>") if piece.href else ("<g>", "</g>")
        found.append(
            f"{opens}<title>{escape(piece.title)}</title>"
            f'<rect class="c{piece.colour}" x="{left + room * GAP / 2:.1f}" y="{below:.1f}" '
            f'width="{max(room * (1 - GAP), 1):.1f}" height="{high:.1f}"/>{ends}'
        )
    return found
