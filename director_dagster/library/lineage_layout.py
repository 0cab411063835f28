"""Where the nodes of a lineage stand: in columns, sources left of results, with few crossings of edges."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

NODE_PX = 60
NODE_GAP_PX = 18
LANE_PX = 8
LANE_GAP_PX = 10
"""How high a node and a lane are, and the room above a node and between lanes."""

ORDER_ROUNDS = 6
ALIGN_ROUNDS = 6

MOST_LANES = 1000
"""Of a denser graph the long edges go straight, below the nodes."""

Edge = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Nodes by number: the column of each, 0 the leftmost, and the middle of its height in pixels, 0 the uppermost.

    Attributes:
        lanes: How high an edge of a source passes through a column between it and its results, by (source, column).
            All edges of one source share it.
        height_px: All of it.
    """

    columns: Sequence[int]
    middles: Sequence[float]
    lanes: Mapping[Edge, float]
    height_px: float


def lay_out(count: int, edges: Sequence[Edge]) -> Layout:
    """Lay out nodes 0 … `count` and the different edges (source, result) between different ones.

    Every edge leads to a column further right, but of each cycle at least one, which closes it.
    """
    columns = _columns(count, edges)
    grid = _Grid(columns, edges)
    for number in range(ORDER_ROUNDS):
        grid.order(rightwards=number % 2 == 0)
    for number in range(ALIGN_ROUNDS):
        grid.align(rightwards=number % 2 == 0)
    tops = [middle - height / 2 for middle, height in zip(grid.middles, grid.heights, strict=True)]
    top = min(tops, default=0)
    bottom = max((top + height for top, height in zip(tops, grid.heights, strict=True)), default=0)
    middles = [middle - top for middle in grid.middles]
    lanes = {lane: middles[item] for lane, item in grid.lanes.items()}
    return Layout(columns=columns, middles=middles[:count], lanes=lanes, height_px=bottom - top)


def _columns(count: int, edges: Sequence[Edge]) -> list[int]:
    """The longest way to each node from one without sources; those themselves just left of their first result."""
    order = _order(count, edges)
    rank = {node: number for number, node in enumerate(order)}
    results: list[list[int]] = [[] for _ in range(count)]
    made = [False] * count
    for source, result in edges:
        if rank[source] < rank[result]:
            results[source].append(result)
            made[result] = True
    columns = [0] * count
    for node in order:
        for result in results[node]:
            columns[result] = max(columns[result], columns[node] + 1)
    for node in range(count):
        if results[node] and not made[node]:
            columns[node] = min(columns[result] for result in results[node]) - 1
    return columns


def _order(count: int, edges: Sequence[Edge]) -> list[int]:
    """All nodes, each after its sources; where only cycles are left, the first that is left comes next."""
    results: list[list[int]] = [[] for _ in range(count)]
    missing = [0] * count
    for source, result in edges:
        results[source].append(result)
        missing[result] += 1
    order: list[int] = []
    placed = [False] * count
    ready = [node for node in reversed(range(count)) if not missing[node]]
    rest = iter(range(count))
    while len(order) < count:
        node = ready.pop() if ready else next(node for node in rest if not placed[node])
        placed[node] = True
        order.append(node)
        for result in results[node]:
            missing[result] -= 1
            if not missing[result] and not placed[result]:
                ready.append(result)
    return order


class _Grid:
    """Items (nodes, and lanes after them) in columns from top to bottom, each tied to items of the columns beside."""

    def __init__(self, columns: Sequence[int], edges: Sequence[Edge]) -> None:
        count = len(columns)
        self._columns: list[list[int]] = [[] for _ in range(max(columns, default=-1) + 1)]
        self.lanes = _lanes(count, columns, edges)
        self.heights = [NODE_PX] * count + [LANE_PX] * len(self.lanes)
        self.middles = [0.0] * len(self.heights)
        self._left: list[list[int]] = [[] for _ in self.heights]
        self._right: list[list[int]] = [[] for _ in self.heights]
        for item, column in enumerate([*columns, *(column for _, column in self.lanes)]):
            self._columns[column].append(item)
        for left, right in dict.fromkeys(_ties(columns, edges, self.lanes)):
            self._right[left].append(right)
            self._left[right].append(left)

    def order(self, *, rightwards: bool) -> None:
        """Put the items of each column in the order of the mean places of their neighbours in the column before."""
        ties = self._left if rightwards else self._right
        place = {item: (number + 0.5) / len(column) for column in self._columns for number, item in enumerate(column)}
        for column in self._columns if rightwards else reversed(self._columns):
            wanted = {item: _mean([place[tied] for tied in ties[item]], place[item]) for item in column}
            column.sort(key=wanted.__getitem__)
            place.update((item, (number + 0.5) / len(column)) for number, item in enumerate(column))

    def align(self, *, rightwards: bool) -> None:
        """Move each item as near to the mean height of its neighbours as the others of its column let it."""
        ties = self._left if rightwards else self._right
        for column in self._columns if rightwards else reversed(self._columns):
            wanted = [_mean([self.middles[tied] for tied in ties[item]], self.middles[item]) for item in column]
            gaps = [self._between(upper, lower) for upper, lower in pairwise(column)]
            for item, middle in zip(column, _apart(wanted, gaps), strict=True):
                self.middles[item] = middle

    def _between(self, upper: int, lower: int) -> float:
        """How far apart the middles of two items of a column must be."""
        heights = self.heights[upper], self.heights[lower]
        return sum(heights) / 2 + (NODE_GAP_PX if NODE_PX in heights else LANE_GAP_PX)


def _lanes(count: int, columns: Sequence[int], edges: Sequence[Edge]) -> dict[Edge, int]:
    """The item of each lane, by source and column; none where they would be too many."""
    last: dict[int, int] = {}
    for source, result in edges:
        last[source] = max(last.get(source, 0), columns[result])
    found = [(source, column) for source, end in last.items() for column in range(columns[source] + 1, end)]
    return {lane: count + number for number, lane in enumerate(found if len(found) <= MOST_LANES else [])}


def _ties(columns: Sequence[int], edges: Sequence[Edge], lanes: Mapping[Edge, int]) -> Iterator[Edge]:
    """The pieces of all edges from one column to the next, as pairs of items."""
    for source, result in edges:
        way = [source, *(lanes.get((source, column), -1) for column in range(columns[source] + 1, columns[result]))]
        if columns[source] < columns[result] and -1 not in way:
            yield from pairwise([*way, result])


def _mean(values: Sequence[float], without: float) -> float:
    return sum(values) / len(values) if values else without


def _apart(wanted: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """The values nearest to the wanted ones, by least squares, each of them its gap or more above the one before."""
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    blocks: list[tuple[float, int]] = []
    for value, offset in zip(wanted, offsets, strict=False):
        total, size = value - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / size:
            before = blocks.pop()
            total, size = total + before[0], size + before[1]
        blocks.append((total, size))
    levels = [total / size for total, size in blocks for _ in range(size)]
    return [level + offset for level, offset in zip(levels, offsets, strict=False)]
