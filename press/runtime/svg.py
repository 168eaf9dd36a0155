"""What every drawing is made of: sizes, colors, lines, words, legends.

A drawing stands on the page as an image. Its ink is `currentColor`, black in
an image, on a transparent ground, and its colors are dark enough for paper;
inverted for a dark page they are light enough. Nothing but thin bars, arrow
heads and pale bands is filled.
"""

import math
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from html import escape
from typing import NamedTuple

# Pixels. A phone shows a drawing of this width at three quarters.
WIDTH = 420
FONT = 14
LETTER = 0.54 * FONT  # the mean width of a letter, rather more than less
LINE = 20  # from one line of text to the next
GAP = 10  # between things that stand next to each other
BAR = 12  # the thickness of a bar
PLOT = 190  # the height of a plot of curves
ARROWS = 200  # the side of a square of arrows
HEAD = 8  # the length of an arrow's head
BOX = 28  # the height of a box with one line
STEP = 2 * GAP  # between two boxes
DOTS = 16  # so many points of a curve are still drawn as dots
TICKS = 5  # marks on an axis, about
LARGE = 1e7  # numbers from here on are written as 1.0e+07

INK = "currentColor"
COLORS = ("#1f5f9e", "#b4540a", "#2c7a4b", "#8a3f8f")
LIT = COLORS[1]
DASHES = ("", "7 3", "2 3", "9 3 2 3")  # so that color is not all
SOFT = 0.5  # the opacity of what is looked at last, such as an axis
PALE = 0.2  # of a band, and of a box that is lit

LEAST, MOST = 1e-300, 1e300  # the magnitudes that an axis tells apart

Point = tuple[float, float]


class Drawing(NamedTuple):
    """A finished drawing; `byhand.show` shows it."""

    width: float
    height: float
    body: str

    def _repr_svg_(self) -> str:
        width, height = px(self.width), px(self.height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}" '
            f'font-family="sans-serif" font-size="{FONT}" '
            f'fill="{INK}">{self.body}</svg>'
        )


def panels(drawings: dict[str, Drawing]) -> Drawing:
    """Drawings under their titles, next to each other where they fit."""
    body, x, y, width, height = "", 0.0, 0.0, 0.0, 0.0
    for title, drawing in drawings.items():
        if x and x + drawing.width > WIDTH:
            x, y, height = 0.0, y + height + GAP, 0.0
        body += words(x + drawing.width / 2, y + FONT, title, "middle")
        place = f"translate({px(x)} {px(y + LINE)})"
        body += f'<g transform="{place}">{drawing.body}</g>'
        x += drawing.width + GAP
        width = max(width, x - GAP)
        height = max(height, drawing.height + LINE)
    return Drawing(width, y + height, body)


def words(
    x: float,
    y: float,
    text: str,
    anchor: str = "start",
    color: str = INK,
    bold: bool = False,
) -> str:
    """Text at (x, y); anchor is "start", "middle" or "end"."""
    more = f' text-anchor="{anchor}"' if anchor != "start" else ""
    more += f' fill="{color}"' if color != INK else ""
    more += ' font-weight="bold"' if bold else ""
    text = escape(clean(text))
    return f'<text x="{px(x)}" y="{px(y)}"{more}>{text}</text>'


def stroke(
    points: Sequence[Point],
    color: str = INK,
    width: float = 1.5,
    dash: str = "",
    opacity: float = 1,
) -> str:
    """A line through points."""
    more = f' stroke-dasharray="{dash}"' if dash else ""
    more += f' opacity="{opacity}"' if opacity != 1 else ""
    return (
        f'<path d="{path(points)}" fill="none" stroke="{color}" '
        f'stroke-width="{width}" stroke-linejoin="round"{more}/>'
    )


def filled(points: Sequence[Point], color: str, opacity: float = 1) -> str:
    """A closed shape without an edge."""
    more = f' opacity="{opacity}"' if opacity != 1 else ""
    return f'<path d="{path(points)}Z" fill="{color}"{more}/>'


def arrow(points: Sequence[Point], color: str = INK, width: float = 2) -> str:
    """A line through points with a head at its end; no length, a dot."""
    (x0, y0), (x, y) = points[-2:]
    length = math.dist((x0, y0), (x, y))
    if length < 1:
        return dot(x, y, color)
    across, down = (x - x0) / length, (y - y0) / length
    head = min(HEAD, length)
    back, side = (x - head * across, y - head * down), head * 0.4
    corners = [
        (x, y),
        (back[0] - side * down, back[1] + side * across),
        (back[0] + side * down, back[1] - side * across),
    ]
    line = stroke([*points[:-1], back], color, width)
    return line + filled(corners, color)


def dot(x: float, y: float, color: str) -> str:
    """A point that can be seen."""
    return f'<circle cx="{px(x)}" cy="{px(y)}" r="3" fill="{color}"/>'


def legend(names: Sequence[str], lines: bool) -> tuple[str, float]:
    """(Samples with their names, the height that they take).

    A sample is a piece of the line of a curve, or of a bar.
    """
    body, x, y = "", 0.0, 0.0
    for i, name in enumerate(names):
        needed = 34 + wide(name)
        if x and x + needed > WIDTH:
            x, y = 0.0, y + LINE
        ends = [(x, y + 9), (x + 26, y + 9)]
        width, dash = (2, dash_of(i)) if lines else (BAR - 3, "")
        body += stroke(ends, color_of(i), width, dash)
        body += words(x + 32, y + FONT, name)
        x += needed + STEP
    return body, y + LINE + GAP / 2 if names else 0


def color_of(i: int) -> str:
    """The color of the i-th of several series."""
    return COLORS[i % len(COLORS)]


def dash_of(i: int) -> str:
    """Its dashes: another one as well when the colors begin again."""
    return DASHES[(i + i // len(COLORS)) % len(DASHES)]


def chosen(lit: str | Collection[str], labels: Iterable[str]) -> set[str]:
    """The labels that are lit. Raises ValueError for one that is none."""
    lit = {clean(one) for one in ([lit] if isinstance(lit, str) else lit)}
    unknown = sorted(lit - set(labels))
    if unknown:
        raise ValueError(f"lit: {unknown[0]!r} is none of {list(labels)}")
    return lit


def clean(text: object) -> str:
    """Text in one line, without characters that cannot be seen."""
    line = " ".join(str(text).split())
    return "".join(letter for letter in line if letter.isprintable())


def number(x: float, decimals: int, minus: str = "−") -> str:
    """A float with so many decimals; a large one with a power of ten."""
    form = "e" if LARGE <= abs(x) < math.inf else "f"
    return f"{x:z.{decimals}{form}}".replace("-", minus)


def columns_of(text: str) -> int:
    """Columns of a terminal: a hat over a letter takes none."""
    return sum(
        0
        if unicodedata.combining(letter)
        else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )


def wide(text: str) -> float:
    """The width of a text in pixels, about."""
    return LETTER * columns_of(text)


def path(points: Sequence[Point]) -> str:
    """Points as the `d` of a path."""
    return "M" + "L".join(f"{px(x)} {px(y)}" for x, y in points)


def px(x: float) -> str:
    """A length with one decimal at most; never -0."""
    return f"{round(x, 1) + 0:g}"


class Axis(NamedTuple):
    """From `low` at the pixel `start` to `high` at `end`.

    On a logarithmic one `low` and `high` are exponents of ten.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, x: float) -> float:
        """The pixel of a number; of one that is outside, the edge.

        Raises ValueError for a nan.
        """
        if math.isnan(x):
            raise ValueError("a nan has no place on an axis")
        if self.log:
            x = math.log10(x) if x > 0 else -math.inf
        share = (x - self.low) / (self.high - self.low)
        return self.start + (self.end - self.start) * min(max(share, 0), 1)

    def ticks(self) -> list[tuple[float, str]]:
        """Pixels and labels of a few round numbers."""
        span = self.high - self.low
        step = math.ceil(span / 7) if self.log else _round_step(span / TICKS)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        values = [i * step for i in range(first, last + 1)]
        values = [10.0**x for x in values] if self.log else values
        return [(self.at(x), _label(x)) for x in values]


def axis(
    numbers: Iterable[float],
    start: float,
    end: float,
    log: bool = False,
    whole: bool = False,
) -> Axis:
    """An axis for every finite number; one alone gets some room.

    A logarithmic or a `whole` one begins and ends at a tick.
    """
    known = [x for x in numbers if math.isfinite(x) and (x > 0 or not log)]
    low, high = min(known, default=1.0), max(known, default=1.0)
    if log:
        low, high = math.floor(math.log10(low)), math.ceil(math.log10(high))
        return Axis(low, max(high, low + 1), start, end, True)
    if high - low <= max(LEAST, 1e-9 * max(abs(low), abs(high))):
        room = abs(high) / 2 if abs(high) > LEAST else 1
        low, high = low - room, high + room
    if whole:
        step = _round_step((high - low) / TICKS)
        low = math.floor(low / step) * step
        high = math.ceil(high / step) * step
    return Axis(low, high, start, end)


def _round_step(least: float) -> float:
    """1, 2 or 5 times a power of ten, and not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= 0.99 * least)


def _label(x: float) -> str:
    """A number on an axis: short, with a minus and no zeros in 1e-5."""
    text = re.sub(r"e([+-])0*", r"e\1", f"{x:.10g}").replace("e+", "e")
    return text.replace("-", "−")


def floats(values: Iterable) -> list[float]:
    """Floats from a list, a tensor or an array; nothing beyond MOST."""
    values = values.tolist() if hasattr(values, "tolist") else values
    floats = [float(x) for x in values]
    return [
        math.copysign(min(abs(x), MOST), x) if math.isfinite(x) else x
        for x in floats
    ]
