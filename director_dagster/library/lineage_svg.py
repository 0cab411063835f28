"""The derivative tree as a picture: SVG whose nodes are links, for a page that brings `static/lineage.css`."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import islice
from typing import Literal

from director_dagster.library.labels import fitted, lines, seen
from director_dagster.library.lineage_layout import NODE_PX, Layout, lay_out

State = Literal["lost", "trash", "failed", "purged"]

STATES: Mapping[State, str] = {
    "lost": "lost",
    "trash": "in the trash",
    "failed": "failed",
    "purged": "deleted for good",
}
"""A state in words."""

MOST_NODES = 300

NODE_WIDE_PX = 216
COLUMN_GAP_PX = 84
MARGIN_PX = 20
BOW_PX = 24
"""How far an edge that closes a cycle is drawn out at its ends; three quarters of it show."""

MORE_PX = 36
"""How much room the line below takes that says how many nodes are not drawn."""

THUMB_PX = (64, 48)
THUMB_LEFT_PX = 6
TEXT_LEFT_PX = 80
TEXT_WIDE_PX = NODE_WIDE_PX - TEXT_LEFT_PX - 8
LINE_PX = 17
LABEL_PX, KIND_PX = 13, 11
"""The sizes of letters in `lineage.css`; those of a kind are 12, but not bold."""

LONGEST_TITLE = 300

NAMED = 'xmlns="http://www.w3.org/2000/svg" class="lineage" role="group" aria-label="Lineage"'

# The numbers of edges and arrows are plain attributes, so that the picture is also one without a style sheet.
HEAD = f"""\
<defs>\
<marker id="lineage-arrow" class="arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" \
markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5L8 4L0 7.5z" fill="currentColor"/></marker>\
<marker id="lineage-arrow-near" class="arrow near" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="10" \
markerHeight="10" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5L8 4L0 7.5z" fill="currentColor"/></marker>\
<clipPath id="lineage-thumb"><rect x="{THUMB_LEFT_PX}" y="{-THUMB_PX[1] // 2}" width="{THUMB_PX[0]}" \
height="{THUMB_PX[1]}" rx="5"/></clipPath>\
<clipPath id="lineage-text"><rect x="{TEXT_LEFT_PX}" y="{-NODE_PX // 2}" width="{TEXT_WIDE_PX + 4}" \
height="{NODE_PX}"/></clipPath>\
</defs>"""


@dataclass(frozen=True, kw_only=True)
class Node:
    """An asset of a lineage: any text will do in all but `state`.

    Attributes:
        href: The page of the asset, as `thumb` an escaped URL.
        thumb: Its thumbnail, None without one.
        state: What has become of it, None while it is there.
    """

    id: str
    label: str
    kind: str
    href: str
    thumb: str | None = None
    state: State | None = None


@dataclass(frozen=True)
class Edge:
    """`result` was made from `source`; both are ids of nodes."""

    source: str
    result: str


def draw(nodes: Iterable[Node], edges: Iterable[Edge], *, here: str) -> str:
    """The lineage as SVG text, results right of what they were made from.

    Of more than 300 nodes the nearest to the one with the id `here` are drawn, of equally near ones the first, and it
    says how many more there are. The first node of an id counts; an edge is drawn once, and not where a node of it is
    not drawn or where it leads from a node to itself. Nodes come in reading order, column by column.
    """
    known: dict[str, Node] = {}
    for node in nodes:
        known.setdefault(node.id, node)
    pairs = dict.fromkeys((edge.source, edge.result) for edge in edges if edge.source != edge.result)
    shown = _nearest(known, pairs, here)
    number = {node.id: index for index, node in enumerate(shown)}
    ties = [(number[source], number[result]) for source, result in pairs if source in number and result in number]
    return _svg(shown, ties, number.get(here), hidden=len(known) - len(shown))


def _nearest(nodes: Mapping[str, Node], edges: Collection[tuple[str, str]], here: str) -> list[Node]:
    """The nodes to draw, in the order in which they came."""
    beside: dict[str, list[str]] = {node: [] for node in nodes}
    for source, result in edges:
        if source in beside and result in beside:
            beside[source].append(result)
            beside[result].append(source)
    near = set(islice(_outwards(beside, here), MOST_NODES))
    return [node for node in nodes.values() if node.id in near]


def _outwards(beside: Mapping[str, Sequence[str]], here: str) -> Iterator[str]:
    """All ids, those first that are the fewest edges away from `here`."""
    met = {here} & beside.keys()
    waiting = deque(met)
    while waiting:
        one = waiting.popleft()
        yield one
        for other in beside[one]:
            if other not in met:
                met.add(other)
                waiting.append(other)
    yield from (one for one in beside if one not in met)


def _svg(nodes: Sequence[Node], edges: Sequence[tuple[int, int]], here: int | None, *, hidden: int) -> str:
    layout = lay_out(len(nodes), edges)
    columns = max(layout.columns, default=0) + 1
    width = round(columns * (NODE_WIDE_PX + COLUMN_GAP_PX) - COLUMN_GAP_PX + 2 * MARGIN_PX)
    height = round(layout.height_px + 2 * MARGIN_PX + (MORE_PX if hidden else 0))
    more = f'<text class="more" x="{MARGIN_PX}" y="{height - MARGIN_PX}">{hidden:,} more</text>' if hidden else ""
    near = [edge for edge in edges if here in edge]
    far = [edge for edge in edges if here not in edge]
    reading = sorted(range(len(nodes)), key=lambda index: (layout.columns[index], layout.middles[index]))
    parts = [
        f'<svg {NAMED} width="{width}" height="{height}" viewBox="0 0 {width} {height}">{HEAD}',
        '<g aria-hidden="true" fill="none" stroke="currentColor" marker-end="url(#lineage-arrow)">',
        *(f'<path class="edge" d="{_way(edge, layout)}"/>' for edge in far),
        *(f'<path class="edge near" marker-end="url(#lineage-arrow-near)" d="{_way(edge, layout)}"/>' for edge in near),
        "</g>",
        *(_node(nodes[index], *_place(index, layout), here=index == here) for index in reading),
        f"{more}</svg>",
    ]
    return "\n".join(parts)


def _place(index: int, layout: Layout) -> tuple[int, int]:
    """The middle of a node's left side, in pixels."""
    return _left(layout.columns[index]), MARGIN_PX + round(layout.middles[index])


def _left(column: int) -> int:
    return MARGIN_PX + column * (NODE_WIDE_PX + COLUMN_GAP_PX)


def _way(edge: tuple[int, int], layout: Layout) -> str:
    """The path of an edge: level where it meets a node and through the columns between, curved from one to the next."""
    source, result = edge
    x, y = _place(source, layout)
    x += NODE_WIDE_PX
    way = f"M{x} {y}"
    for column in range(layout.columns[source] + 1, layout.columns[result]):
        if edge_lane := layout.lanes.get((source, column)):
            lane_y = MARGIN_PX + round(edge_lane)
            way += f"{_curve(x, y, _left(column), lane_y)}H{_left(column) + NODE_WIDE_PX}"
            x, y = _left(column) + NODE_WIDE_PX, lane_y
    return way + _curve(x, y, *_place(result, layout))


def _curve(x: int, y: int, to_x: int, to_y: int) -> str:
    reach = (to_x - x) // 2 if to_x > x else BOW_PX
    return f"C{x + reach} {y} {to_x - reach} {to_y} {to_x} {to_y}"


def _node(node: Node, x: int, y: int, *, here: bool) -> str:
    label, kind = seen(node.label) or "without a name", seen(node.kind)
    told = f"{kind} · {STATES[node.state]}" if node.state else kind
    classes = " ".join(["node", *(["here"] if here else []), *([node.state] if node.state else [])])
    current = ' aria-current="page"' if here else ""
    return (
        f'<a class="{classes}" href="{_attribute(node.href)}" transform="translate({x} {y})"'
        f' data-kind="{escape(kind)}"{current}><title>{_title(label, kind, node.state)}</title>'
        f'<rect class="card" y="{-NODE_PX // 2}" width="{NODE_WIDE_PX}" height="{NODE_PX}" rx="8" fill="none"'
        f' stroke="currentColor"/>{_thumb(node, kind)}<g clip-path="url(#lineage-text)">{_texts(label, told)}</g></a>'
    )


def _title(label: str, kind: str, state: State | None) -> str:
    fate = f", {STATES[state]}" if state else ""
    return escape(f"{label[:LONGEST_TITLE]} ({kind}{fate})")


def _thumb(node: Node, kind: str) -> str:
    width, height = THUMB_PX
    box = f'class="thumb" x="{THUMB_LEFT_PX}" y="{-height // 2}" width="{width}" height="{height}"'
    if node.thumb is not None:
        fit = 'preserveAspectRatio="xMidYMid slice" clip-path="url(#lineage-thumb)"'
        return f'<image {box} href="{_attribute(node.thumb)}" {fit}/>'
    at = f'x="{THUMB_LEFT_PX + width // 2}" y="7" text-anchor="middle"'
    return f'<rect {box} rx="5" fill="none"/><text class="initial" {at}>{escape(kind[:1].upper())}</text>'


def _texts(label: str, told: str) -> str:
    """The label on a line or two, what it is below."""
    told = fitted(told, TEXT_WIDE_PX / KIND_PX)
    texts = [*(("label", line) for line in lines(label, TEXT_WIDE_PX / LABEL_PX)), ("kind", told)]
    top = LINE_PX // 3 - (len(texts) - 1) * LINE_PX // 2
    return "".join(
        f'<text class="{name}" x="{TEXT_LEFT_PX}" y="{top + number * LINE_PX}">{escape(text)}</text>'
        for number, (name, text) in enumerate(texts)
    )


def _attribute(text: str) -> str:
    return escape(seen(text))
