"""The picture of a lineage: it shows each node once, leads rightwards, and no name breaks it."""

import random
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from director_dagster.library import lineage_svg
from director_dagster.library.labels import LONGEST_LINE
from director_dagster.library.lineage_layout import NODE_PX
from director_dagster.library.lineage_svg import MOST_NODES, NODE_WIDE_PX, STATES, Edge, Node, draw

SVG = "{http://www.w3.org/2000/svg}"
CSS = Path(lineage_svg.__file__).with_name("static") / "lineage.css"
ENDS = re.compile(r"M(-?\d+) (-?\d+)C.* (-?\d+) (-?\d+)")

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=40)
NODES = st.lists(
    st.builds(
        Node,
        id=ANY_TEXT,
        label=ANY_TEXT,
        kind=ANY_TEXT,
        href=ANY_TEXT,
        thumb=st.none() | ANY_TEXT,
        state=st.none() | st.sampled_from(sorted(STATES)),
    ),
    max_size=12,
)


def node(number: int) -> Node:
    return Node(id=str(number), label=f"Shot {number}", kind="shot", href=f"/assets/{number}")


def nodes(count: int) -> list[Node]:
    return [node(number) for number in range(count)]


def chain(*numbers: int) -> list[Edge]:
    """Each of the numbered nodes made from the one before."""
    return [Edge(str(source), str(result)) for source, result in pairwise(numbers)]


class Drawn:
    """What a picture shows, read from its XML."""

    def __init__(self, svg: str) -> None:
        svg.encode()
        # The picture is our own.
        self.root = ET.fromstring(svg)  # noqa: S314
        self.links = list(self.root.iter(f"{SVG}a"))

    def text(self, name: str) -> list[str]:
        """The texts of a class, in the order of the document."""
        return [found.text or "" for found in self.root.iter(f"{SVG}text") if found.get("class") == name]

    def titles(self) -> list[str]:
        """What each node is called, in the order of the document."""
        return [found.text or "" for found in self.root.iter(f"{SVG}title")]

    def classes(self) -> list[str]:
        """The classes of each node."""
        return [link.get("class", "") for link in self.links]

    def places(self) -> dict[tuple[int, int], str]:
        """The link at the middle of each node's left side."""
        return {_point(link): link.get("href", "") for link in self.links}

    def edges(self) -> list[tuple[str, str]]:
        """The links of the two nodes that each edge joins, found by where it begins and ends."""
        places = self.places()
        found = []
        for path in self.root.iter(f"{SVG}path"):
            if "edge" in path.get("class", ""):
                match = ENDS.fullmatch(path.get("d", ""))
                assert match
                x, y, to_x, to_y = map(int, match.groups())
                found.append((places[x - NODE_WIDE_PX, y], places[to_x, to_y]))
        return found

    def column(self, href: str) -> int:
        """How far right the node of a link is."""
        return next(x for (x, _), link in self.places().items() if link == href)


def _point(link: ET.Element) -> tuple[int, int]:
    match = re.fullmatch(r"translate\((\d+) (\d+)\)", link.get("transform", ""))
    assert match
    return int(match[1]), int(match[2])


@st.composite
def acyclic(draw_: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    """How many nodes, and edges that all lead from a lower to a higher number."""
    count = draw_(st.integers(1, 25))
    pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda pair: pair[0] < pair[1])
    return count, draw_(st.lists(pairs, max_size=60, unique=True)) if count > 1 else []


@given(found=NODES, ties=st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=5), data=st.data())
def test_any_text_gives_a_well_formed_picture_with_each_node_once(
    found: Sequence[Node], ties: Sequence[tuple[str, str]], data: st.DataObject
) -> None:
    ids = [one.id for one in found]
    known = st.sampled_from(ids or [""])
    edges = [Edge(*pair) for pair in [*ties, *data.draw(st.lists(st.tuples(known, known), max_size=20))]]

    drawn = Drawn(draw(found, edges, here=data.draw(known)))

    assert len(drawn.links) == len(drawn.places()) == len(drawn.titles()) == len(set(ids))
    assert len(drawn.edges()) == len({e for e in edges if e.source != e.result and {e.source, e.result} <= set(ids)})


@given(graph=acyclic(), shuffled=st.randoms(use_true_random=False))
def test_every_edge_of_a_lineage_leads_rightwards(
    graph: tuple[int, list[tuple[int, int]]], shuffled: random.Random
) -> None:
    count, pairs = graph
    found = nodes(count)
    shuffled.shuffle(found)

    drawn = Drawn(draw(found, [Edge(str(source), str(result)) for source, result in pairs], here="0"))

    assert sorted(drawn.edges()) == sorted((f"/assets/{source}", f"/assets/{result}") for source, result in pairs)
    for source, result in drawn.edges():
        assert drawn.column(source) < drawn.column(result)


@given(graph=acyclic())
def test_no_node_covers_another(graph: tuple[int, list[tuple[int, int]]]) -> None:
    count, pairs = graph

    drawn = Drawn(draw(nodes(count), [Edge(str(source), str(result)) for source, result in pairs], here="0"))

    places = sorted(drawn.places())
    for (x, y), (other_x, other_y) in pairwise(places):
        assert x != other_x or other_y - y > NODE_PX


def test_a_source_stands_just_left_of_its_first_result() -> None:
    drawn = Drawn(draw(nodes(5), [*chain(0, 1, 2, 3), *chain(4, 3)], here="0"))

    assert drawn.column("/assets/4") == drawn.column("/assets/2")


def test_the_node_one_looks_at_is_marked_and_so_are_its_edges() -> None:
    drawn = Drawn(draw(nodes(4), chain(0, 1, 2, 3), here="1"))

    assert drawn.classes() == ["node", "node here", "node", "node"]
    assert [link.get("aria-current") for link in drawn.links] == [None, "page", None, None]
    near = [path for path in drawn.root.iter(f"{SVG}path") if path.get("class") == "edge near"]
    assert len(near) == 2


@pytest.mark.parametrize("state", STATES)
def test_what_has_become_of_a_node_is_a_class_and_a_word(state: lineage_svg.State) -> None:
    lost = Node(id="a", label="Shot 1", kind="shot", href="/", state=state)

    drawn = Drawn(draw([lost], [], here=""))

    assert drawn.classes() == [f"node {state}"]
    assert drawn.titles() == [f"Shot 1 (shot, {STATES[state]})"]


def test_a_node_has_a_thumbnail_or_the_initial_of_its_kind() -> None:
    seen = Node(id="a", label="A", kind="shot", href="/a", thumb='/thumb?a=1&b="2"')

    drawn = Drawn(draw([seen, node(1)], [], here="a"))

    assert [image.get("href") for image in drawn.root.iter(f"{SVG}image")] == ['/thumb?a=1&b="2"']
    assert drawn.text("initial") == ["S"]


@pytest.mark.parametrize(
    ("label", "lines"),
    [
        ("Shot 1", ["Shot 1"]),
        ("Martha climbs the stairs", ["Martha climbs", "the stairs"]),
        ("Martha climbs the stairs of the lighthouse", ["Martha climbs", "the stairs of th…"]),
        ("w" * 300, ["w" * 9, "w" * 8 + "…"]),
        ("  \n", ["without a name"]),
        ("日本語の長い題名がここにあります", ["日本語の長い題名が", "ここにあります"]),
        ("👩\u200d🚀" * 20, ["👩\u200d🚀" * 4, "👩\u200d🚀" * 4 + "…"]),
        ("a\x00b\x1b[31m\ud800\ufffe", ["a\ufffdb\ufffd[31m\ufffd\ufffd"]),
        ("exe.\u202egnp\u2066", ["exe.gnp"]),
        ("</a><script>&\"'", ["</a><script>&\"'"]),
    ],
)
def test_a_label_is_shortened_to_two_lines_of_signs_that_are_seen(label: str, lines: list[str]) -> None:
    drawn = Drawn(draw([Node(id="a", label=label, kind="shot", href="/")], [], here="a"))

    assert drawn.text("label") == lines


def test_a_name_of_nothing_but_accents_ends() -> None:
    drawn = Drawn(draw([Node(id="a", label="Z" + "\u0301" * 10_000, kind="shot", href="/")], [], here="a"))

    assert all(0 < len(line) <= LONGEST_LINE + 1 for line in drawn.text("label"))
    assert len(drawn.titles()[0]) < 400


def test_of_too_many_nodes_the_nearest_are_drawn_and_the_others_counted() -> None:
    drawn = Drawn(draw(nodes(2400), chain(*range(2000)), here="1000"))

    assert len(drawn.links) == MOST_NODES
    numbers = sorted(int(link.rpartition("/")[2]) for link in drawn.places().values())
    assert set(range(851, 1150)) <= set(numbers)
    assert drawn.text("more") == ["2,100 more"]
    assert len(drawn.edges()) == MOST_NODES - 1


def test_nothing_is_counted_where_all_are_drawn() -> None:
    assert Drawn(draw(nodes(MOST_NODES), [], here="0")).text("more") == []


def test_a_cycle_is_drawn_once() -> None:
    drawn = Drawn(draw(nodes(3), [*chain(0, 1, 2, 0), *chain(0, 0), *chain(0, 1)], here="0"))

    assert sorted(drawn.edges()) == [
        ("/assets/0", "/assets/1"),
        ("/assets/1", "/assets/2"),
        ("/assets/2", "/assets/0"),
    ]


def test_without_nodes_the_picture_is_empty() -> None:
    assert Drawn(draw([], chain(1, 2), here="1")).links == []


def test_a_picture_is_the_same_whenever_it_is_drawn() -> None:
    edges = [*chain(0, 1, 3), *chain(0, 2, 3)]

    assert draw(nodes(4), edges, here="1") == draw(nodes(4), edges, here="1")


def test_a_picture_brings_neither_style_nor_script() -> None:
    svg = draw([node(1), Node(id="2", label="style=", kind="x", href="/", thumb="/t")], chain(1, 2), here="1")

    names = {element.tag for element in Drawn(svg).root.iter()}
    attributes = {name for element in Drawn(svg).root.iter() for name in element.attrib}
    assert names.isdisjoint({f"{SVG}style", f"{SVG}script", f"{SVG}foreignObject"})
    assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_every_class_has_a_rule_in_the_style_sheet() -> None:
    rules = CSS.read_text(encoding="utf-8")
    told = [Node(id=str(n), label="a", kind="shot", href="/", state=state) for n, state in enumerate(STATES)]
    thumbed = Node(id="t", label="b", kind="shot", href="/", thumb="/t")

    drawn = Drawn(draw([*told, thumbed, *nodes(400)], chain(0, 1, 2), here="0"))

    classes = {name for element in drawn.root.iter() for name in element.get("class", "").split()}
    assert [name for name in sorted(classes) if not re.search(rf"\.{name}\b", rules)] == []


def test_of_five_hundred_tangled_nodes_the_nearest_are_drawn_with_all_their_edges() -> None:
    edges = [Edge(str(max(0, number - back)), str(number)) for number in range(1, 500) for back in (1, 7, 40)]

    drawn = Drawn(draw(nodes(500), edges, here="250"))

    shown = {link.rpartition("/")[2] for link in drawn.places().values()}
    wanted = {(edge.source, edge.result) for edge in edges if edge.source != edge.result}
    assert len(shown) == MOST_NODES
    assert set(map(str, range(243, 258))) <= shown
    assert len(drawn.edges()) == len([pair for pair in wanted if shown.issuperset(pair)])
