"""Steps as boxes: a pipeline, the map of the model, a graph."""

from collections.abc import Collection, Iterable, Sequence
from graphlib import TopologicalSorter
from itertools import pairwise
from statistics import mean
from typing import NamedTuple

from . import svg
from .svg import Drawing

# The model of the course, and where its residual stream passes a branch:
# (row, from before this step, to this one).
MODEL = [
    ["tokens", "embeddings", "positions"],
    ["norm", "q, k, v", "attention", "heads", "+"],
    ["norm", "feed-forward", "+"],
    ["norm", "head", "softmax", "loss"],
]
STREAM = [(1, 0, 4), (2, 0, 2)]

Lane = tuple[int, int, int]
Edge = tuple[str, str]


class Box(NamedTuple):
    """A rectangle with lines of text."""

    left: float
    top: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Half way from left to right."""
        return self.left + self.width / 2

    @property
    def level(self) -> float:
        """Half way down."""
        return self.top + self.height / 2

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    def draw(self, lines: Sequence[str], lit: bool) -> str:
        """The rectangle and its text; a lit one is colored and bold."""
        color, width = (svg.LIT, 2.5) if lit else (svg.INK, 1)
        corner = svg.BOX // 2 if list(lines) == ["+"] else 5
        body = (
            f'<rect x="{svg.px(self.left)}" y="{svg.px(self.top)}" '
            f'width="{svg.px(self.width)}" height="{svg.px(self.height)}" '
            f'rx="{corner}" fill="{color if lit else "none"}" '
            f'fill-opacity="{svg.PALE}" stroke="{color}" '
            f'stroke-width="{width}"/>'
        )
        y = self.level - svg.LINE * len(lines) / 2 + svg.FONT
        for i, line in enumerate(lines):
            place = self.middle, y + svg.LINE * i
            body += svg.words(*place, line, "middle", bold=lit)
        return body


def pipeline(
    steps: Iterable,
    lit: str | Collection[str] = (),
    over: Iterable[tuple[int, int]] = (),
) -> Drawing:
    """Steps in a row, or in several where one is too narrow for them.

    `over` has ways past steps: (1, 3) leaves before step 1 and joins step
    3, counted from 0. Raises ValueError where these stand in different
    rows, or where `lit` is no step.
    """
    labels = [svg.clean(step) for step in steps]
    rows: list[list[str]] = [[]]
    for label in labels:
        if (
            rows[-1]
            and _row([*rows[-1], label], 0)[-1].right > svg.WIDTH - svg.STEP
        ):
            rows.append([])
        rows[-1].append(label)
    place = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    lanes = []
    for start, end in over:
        if place[start][0] != place[end][0]:
            raise ValueError(f"over: steps {start} and {end} are in two rows")
        lanes.append((*place[start], place[end][1]))
    return _strip(rows, svg.chosen(lit, labels), lanes)


def model_map(lit: str | Collection[str] = ()) -> Drawing:
    """The course's transformer, from tokens to loss, with one step lit.

    Raises ValueError where `lit` is no step of it.
    """
    return _strip(MODEL, svg.chosen(lit, sum(MODEL, [])), STREAM)


def graph(
    nodes: dict[str, str | Sequence],
    edges: Iterable[tuple[str, str]],
    lit: str | Collection[str] = (),
) -> Drawing:
    """Nodes with their lines of text, from the inputs at the top downward.

    An input stands right above the first node that uses it. Raises
    ValueError for a circle, an unknown end of an edge, or where `lit` is no
    node.
    """
    lit = svg.chosen(lit, nodes)
    lines = {
        name: [
            svg.clean(x) for x in ([text] if isinstance(text, str) else text)
        ]
        for name, text in nodes.items()
    }
    layers, ways = _layers(list(nodes), list(dict.fromkeys(edges)))
    boxes = _places(layers, lines)
    body = "".join(_edge([boxes[item] for item in way]) for way in ways)
    for name, texts in lines.items():
        body += boxes[name].draw(texts, name in lit)
    right = max((box.right for box in boxes.values()), default=0)
    bottom = max((box.bottom for box in boxes.values()), default=0)
    return Drawing(right + 2, bottom + 2, body)


def _row(labels: Sequence[str], top: float) -> list[Box]:
    """Boxes as wide as their labels, with room for a line before them."""
    boxes, left = [], float(svg.STEP)
    for label in labels:
        boxes.append(
            Box(left, top, max(svg.wide(label) + svg.STEP, svg.BOX), svg.BOX)
        )
        left = boxes[-1].right + svg.STEP
    return boxes


def _strip(rows: list[list[str]], lit: set[str], lanes: list[Lane]) -> Drawing:
    """Rows of steps, one after the other, and the lanes above them."""
    body, top, before = "", 2.0, None
    width = 0.0
    for i, labels in enumerate(rows):
        ways = [(start, end) for row, start, end in lanes if row == i]
        boxes = _row(labels, top + (svg.LINE if ways else 0))
        if before and boxes:
            body += _turn(before, boxes[0], top - svg.GAP)
        for one, other in pairwise(boxes):
            body += svg.arrow(
                [(one.right, one.level), (other.left, other.level)], width=1.2
            )
        body += "".join(_lane(boxes[a], boxes[b]) for a, b in ways)
        for box, label in zip(boxes, labels, strict=True):
            body += box.draw([label], label in lit)
            before, width = box, max(width, box.right + svg.STEP)
        top = boxes[-1].bottom + svg.STEP if boxes else top
    return Drawing(width, top - svg.STEP + 2, body)


def _turn(last: Box, first: Box, y: float) -> str:
    """The line from the end of a row to the beginning of the next."""
    right, left = last.right + svg.GAP, 1
    points = [(last.right, last.level), (right, last.level), (right, y)]
    points += [(left, y), (left, first.level), (first.left, first.level)]
    return svg.arrow(points, width=1.2)


def _lane(start: Box, end: Box) -> str:
    """The way past some steps."""
    left, y = start.left - svg.GAP, start.top - svg.GAP
    points = [(left, start.level), (left, y), (end.middle, y)]
    return svg.arrow([*points, (end.middle, end.top)], svg.COLORS[0])


def _depths(names: list[str], edges: list[Edge]) -> dict[str, int]:
    """The layer of every node: below all that lead to it."""
    before: dict[str, list[str]] = {name: [] for name in names}
    after: dict[str, list[str]] = {name: [] for name in names}
    for start, end in edges:
        if start not in before or end not in before:
            raise ValueError(f"graph: {start!r}, {end!r}: not both are nodes")
        before[end].append(start)
        after[start].append(end)
    depth: dict[str, int] = {}
    for name in TopologicalSorter(before).static_order():
        depth[name] = 1 + max((depth[one] for one in before[name]), default=-1)
    for name in names:
        if after[name] and not before[name]:
            depth[name] = min(depth[one] for one in after[name]) - 1
    return depth


def _layers(
    names: list[str], edges: list[Edge]
) -> tuple[list[list], list[list]]:
    """(What stands in each layer, the way of each edge through them).

    An edge takes a place of its own in the layers that it passes.
    """
    depth = _depths(names, edges)
    layers: list[list] = [
        [] for _ in range(max(depth.values(), default=0) + 1)
    ]
    for name in names:
        layers[depth[name]].append(name)
    ways = []
    for edge in edges:
        start, end = edge
        between = [(edge, i) for i in range(depth[start] + 1, depth[end])]
        for item in between:
            layers[item[1]].append(item)
        ways.append([start, *between, end])
    return _untangled(layers, ways), ways


def _untangled(layers: list[list], ways: list[list]) -> list[list]:
    """From the last layer up, each item above the mean of what follows."""
    after: dict = {}
    for one, other in (pair for way in ways for pair in pairwise(way)):
        after.setdefault(one, []).append(other)
    done = layers[-1:]
    for layer in reversed(layers[:-1]):
        below = {item: i for i, item in enumerate(done[0])}
        key = {
            item: mean(below[one] for one in after[item])
            if item in after
            else len(below)
            for item in layer
        }
        done.insert(0, sorted(layer, key=key.__getitem__))
    return done


def _places(layers: list[list], lines: dict[str, list[str]]) -> dict:
    """A box for every item, each layer in the middle of the drawing."""
    rows = [[_size(item, lines) for item in layer] for layer in layers]
    full = max(sum(w for w, _ in row) + svg.STEP * len(row) for row in rows)
    boxes, top = {}, 2.0
    for layer, row in zip(layers, rows, strict=True):
        height = max((h for _, h in row), default=0)
        left = (full - sum(w for w, _ in row) - svg.STEP * (len(row) - 1)) / 2
        for item, (width, _) in zip(layer, row, strict=True):
            boxes[item] = Box(left, top, width, height)
            left += width + svg.STEP
        top += height + svg.LINE + svg.GAP
    return boxes


def _size(item: object, lines: dict[str, list[str]]) -> tuple[float, float]:
    """Width and height of a node, or of an edge that passes a layer."""
    if item not in lines:
        return svg.GAP, 0
    texts = lines[item]
    width = max(map(svg.wide, texts), default=0) + svg.STEP
    return max(width, svg.BOX), max(svg.LINE * len(texts) + svg.GAP, svg.BOX)


def _edge(boxes: list[Box]) -> str:
    """A line from the first box to the last, through those between."""
    points = [(boxes[0].middle, boxes[0].bottom)]
    for box in boxes[1:-1]:
        points += [(box.middle, box.top), (box.middle, box.bottom)]
    return svg.arrow([*points, (boxes[-1].middle, boxes[-1].top)], width=1.2)
