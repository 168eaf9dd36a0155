"""Numbers as drawings: bars, curves, arrows."""

import math
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby

from . import svg
from .svg import Axis, Drawing

Numbers = Sequence[float]


def bars(
    values: Numbers | dict[str, Numbers],
    labels: Iterable,
    lit: str | Collection[str] = (),
    line: tuple[str, float] | None = None,
    decimals: int = 3,
) -> Drawing:
    """A bar for each label, to the right; a negative one to the left.

    Several named series give each label a bar of each. Raises ValueError
    where values and labels differ in number, or a label in `lit` is none.
    """
    labels = [svg.clean(label) for label in labels]
    named = values if isinstance(values, dict) else {"": values}
    series = [svg.floats(column) for column in named.values()]
    _same_length(len(labels), *map(len, series))
    lit = svg.chosen(lit, labels)
    texts = [[svg.number(x, decimals) for x in column] for column in series]
    room = svg.GAP + max(map(svg.wide, sum(texts, [])), default=0)
    axis = _bar_axis(series, labels, line, room)
    body, top = svg.legend(list(named), False) if named is values else ("", 0)
    top += svg.LINE if line else 0
    step = svg.LINE * len(series) + (svg.GAP if len(series) > 1 else 0)
    for i, label in enumerate(labels):
        pairs = [
            (column[i], shown[i])
            for column, shown in zip(series, texts, strict=True)
        ]
        body += _group(axis, top + step * i, label, pairs, room, label in lit)
    bottom = top + step * len(labels)
    body += _upright(axis.at(0), top, bottom)
    if line:
        x, half = axis.at(line[1]), svg.wide(line[0]) / 2
        body += svg.stroke([(x, top - 3), (x, bottom)], dash="4 3")
        x = min(max(x, half), svg.WIDTH - half)
        body += svg.words(x, top - 7, line[0], "middle")
    return Drawing(axis.end + room, bottom + 2, body)


def curves(
    series: dict[str, Sequence[Numbers]],
    x_label: str = "",
    y_label: str = "",
    log_x: bool = False,
    log_y: bool = False,
    line: tuple[str, float] | None = None,
    y_limits: tuple[float, float] | None = None,
) -> Drawing:
    """Named curves (xs, ys), or (xs, ys, lows, highs) for one in a band.

    What lies outside the limits, is infinite, or has no logarithm, is drawn
    at the edge; a curve is broken at a nan. Raises ValueError where a
    curve's sequences differ in length.
    """
    data = [_sequences(one) for one in series.values()]
    ys = [y for one in data for part in one[1:] for y in part]
    ys = svg.floats(y_limits or [*ys, *([line[1]] if line else [])])
    body, top = svg.legend(list(series), True) if len(data) > 1 else ("", 0)
    top += svg.LINE + svg.GAP if y_label else svg.GAP
    y_axis = svg.axis(ys, top + svg.PLOT, top, log_y, whole=not y_limits)
    left = max(svg.wide(label) for _, label in y_axis.ticks()) + svg.GAP
    xs = [x for one in data for x in one[0]]
    x_axis = svg.axis(xs, left, svg.WIDTH - 2 * svg.GAP, log_x)
    body += svg.words(0, top - svg.FONT, y_label) + _frame(x_axis, y_axis)
    for i, one in enumerate(data):
        body += _curve(x_axis, y_axis, one, i)
    if line:
        y = y_axis.at(line[1])
        ends = [(x_axis.start, y), (x_axis.end, y)]
        body += svg.stroke(ends, dash="4 3", opacity=svg.SOFT)
        body += svg.words(x_axis.end, y - 5, line[0], "end")
    body += svg.words(
        x_axis.end, top + svg.PLOT + 2 * svg.LINE, x_label, "end"
    )
    height = top + svg.PLOT + svg.LINE * (2 if x_label else 1) + 6
    return Drawing(svg.WIDTH, height, body)


def arrows(
    vectors: dict[str, Sequence], reach: float | None = None
) -> Drawing:
    """Named vectors: (x, y) from the origin, or ((x, y), (x, y)) from point
    to point.

    The square shows `reach` to each side, or as much as they need. Raises
    ValueError for a vector of other than two numbers, or beyond `reach`.
    """
    data = {svg.clean(name): _ends(vector) for name, vector in vectors.items()}
    needed = max(
        (abs(x) for e in data.values() for p in e for x in p), default=0
    )
    reach = reach or needed or 1
    if needed > reach:
        raise ValueError(f"a vector reaches {needed:g}, beyond {reach:g}")
    across = Axis(-reach, reach, svg.GAP, svg.ARROWS - svg.GAP)
    up = Axis(-reach, reach, svg.ARROWS, 2 * svg.GAP)
    x, y = across.at(0), up.at(0)
    body = svg.stroke([(0, y), (svg.ARROWS, y)], width=1, opacity=svg.SOFT)
    body += _upright(x, svg.GAP, svg.ARROWS + svg.GAP)
    for i, (name, ends) in enumerate(data.items()):
        points = [(across.at(x), up.at(y)) for x, y in ends]
        body += svg.arrow(points, svg.color_of(i)) + _tip(
            points, name, svg.color_of(i)
        )
    return Drawing(svg.ARROWS, svg.ARROWS + 2 * svg.GAP, body)


def _same_length(*lengths: int) -> None:
    if len(set(lengths)) > 1:
        raise ValueError(f"sequences of different lengths: {lengths}")


def _upright(x: float, top: float, bottom: float) -> str:
    """The axis at zero."""
    return svg.stroke([(x, top), (x, bottom)], width=1, opacity=svg.SOFT)


def _bar_axis(
    series: list[list[float]],
    labels: list[str],
    line: tuple[str, float] | None,
    room: float,
) -> Axis:
    """From the longest label to where the numbers need their room."""
    numbers = sum(series, svg.floats([line[1]] if line else []))
    numbers += [0] if any(numbers) else [0, 1]
    left = max(map(svg.wide, labels), default=0) + svg.GAP
    return svg.axis(numbers, left, max(svg.WIDTH - room, left + svg.BAR))


def _group(
    axis: Axis,
    y: float,
    label: str,
    pairs: list[tuple[float, str]],
    room: float,
    lit: bool,
) -> str:
    """A label with its bars, one below the other, and their numbers.

    What is not finite has no bar.
    """
    middle = y + svg.LINE * (len(pairs) - 1) / 2 + svg.FONT
    body = svg.words(axis.start - svg.GAP, middle, label, "end", bold=lit)
    for i, (value, text) in enumerate(pairs):
        color = svg.LIT if lit else svg.color_of(i)
        level, below = y + svg.LINE / 2, y + svg.FONT
        if math.isfinite(value):
            ends = [(axis.at(0), level), (axis.at(value), level)]
            body += svg.stroke(ends, color, svg.BAR)
        body += svg.words(axis.end + room, below, text, "end")
        y += svg.LINE
    return body


def _sequences(curve: Sequence[Numbers]) -> list[list[float]]:
    """A curve's xs, ys and the edges of its band, as floats."""
    data = [svg.floats(part) for part in curve]
    if len(data) not in (2, 4):
        raise ValueError("a curve is (xs, ys) or (xs, ys, lows, highs)")
    _same_length(*map(len, data))
    return data


def _frame(x_axis: Axis, y_axis: Axis) -> str:
    """Both axes with their ticks; a pale line for each of the upright's."""
    ends, bottom = (x_axis.start, x_axis.end), y_axis.start
    body = svg.stroke([(x, bottom) for x in ends], width=1, opacity=svg.SOFT)
    for y, label in y_axis.ticks():
        body += svg.stroke([(x, y) for x in ends], width=1, opacity=svg.PALE)
        body += svg.words(x_axis.start - svg.GAP / 2, y + 5, label, "end")
    for x, label in x_axis.ticks():
        body += svg.stroke(
            [(x, bottom), (x, bottom + 4)], width=1, opacity=svg.SOFT
        )
        body += svg.words(x, bottom + svg.LINE, label, "middle")
    return body


def _curve(x_axis: Axis, y_axis: Axis, data: list[list[float]], i: int) -> str:
    """The i-th curve: its band, its line, its dots."""
    color = svg.color_of(i)
    body = ""
    for piece in _pieces(data):
        xs, *rest = zip(*piece, strict=True)
        line, *band = [
            [(x_axis.at(x), y_axis.at(y)) for x, y in zip(xs, ys, strict=True)]
            for ys in rest
        ]
        if band:
            lows, highs = band
            body += svg.filled([*lows, *reversed(highs)], color, svg.PALE)
        body += svg.stroke(line, color, 2, svg.dash_of(i))
        if len(data[0]) <= svg.DOTS:
            body += "".join(svg.dot(x, y, color) for x, y in line)
    return body


def _pieces(data: list[list[float]]) -> list[list[tuple[float, ...]]]:
    """The points of a curve between one nan and the next."""
    points = zip(*data, strict=True)
    parts = groupby(points, key=lambda point: any(map(math.isnan, point)))
    return [list(part) for broken, part in parts if not broken]


def _ends(vector: Sequence) -> list[list[float]]:
    """Where a vector begins and where it ends."""
    vector = vector.tolist() if hasattr(vector, "tolist") else list(vector)
    ends = vector if hasattr(vector[0], "__len__") else [(0, 0), vector]
    points = [svg.floats(point) for point in ends]
    if [len(point) for point in points] != [2, 2]:
        raise ValueError(f"no vector of two numbers: {vector}")
    if not all(math.isfinite(x) for point in points for x in point):
        raise ValueError(f"a vector that is not finite: {vector}")
    return points


def _tip(points: list[svg.Point], name: str, color: str) -> str:
    """The name at the end of an arrow, on the side that it points to."""
    (_, y0), (x, y) = points
    half = svg.wide(name) / 2
    x = min(max(x, half), max(svg.ARROWS - half, half))
    return svg.words(
        x, y - 8 if y <= y0 else y + svg.FONT + 4, name, "middle", color
    )
