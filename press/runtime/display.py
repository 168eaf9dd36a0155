"""Numbers, worksheets and drawings, each in one line of a chapter.

    from byhand import show
    from byhand.display import arrows, ask, bars, curves, graph, matrix
    from byhand.display import model_map, panels, pipeline, worksheet

`matrix` and `worksheet` show themselves: as aligned text in a terminal, as a
table in a notebook and on the page. They return nothing.

    matrix("Q, head 0", q, row_names=TOKENS)
    matrix("A", weights, TOKENS, TOKENS, decimals=2, mark={(2, 1)})
    matrix("logits", [0.2, -1.5, 0.3], column_names=VOCABULARY)

    worksheet("like: from scores to shares",
              zip(row, ask(powers), ask(softmax(row))),
              TOKENS, ["score", "e^", "share"])
    worksheet("a step of AdamW",
              [(ask(new_m),), (ask(f"{new_v:.8f}"),)],
              [f"m = 0.9 · {m:.6f} + 0.1 · {g:.6f}", "v = …"], decimals=6)

Rows are lists, tuples, or whatever has `.tolist()`. A flat list is one row,
1 × n. A float has `decimals` decimals, an int and a text stay as they are,
None is an empty cell; a cell of `mark` is bold, in a terminal with a star.
Colors go from zero to the largest magnitude of the table; a negative number
has a minus and, on the page, a hatching. What is `ask`ed (a number, a text,
or a list of them) is ____ on the sheet, and stands in the filled copy below
it, which the page folds.

A drawing is shown by `show(DRAWING, "what one sees in it")`:

    bars([0.12, 0.63, 0.25], ["I", "like", "trees"], lit="like")
    bars({"head 0": [1, -2], "head 1": [0, 3]}, ["x", "y"])
    bars(shares, TOKENS, line=("a die", 1 / 6), decimals=2)
    curves({"SGD": (steps, losses)}, "step", "loss", log_y=True)
    curves({"mean": (steps, means, lows, highs)}, "step", "accuracy")
    arrows({"I": (0.9, 0.1), "turned": ((0, 0), (0.5, 0.8))}, reach=1)
    pipeline(["X", "norm", "attention", "+", "R1"], lit="norm",
             over=[(1, 3)])          # a way past norm and attention to +
    model_map(lit="attention")       # you are here
    graph({"x": ["x", "2.0"], "y": ["x²", "4.0"]}, [("x", "y")], lit="y")
    panels({"before": arrows(rows), "after": arrows(turned)})

`lit` is a label or a set of labels. Curves with few points have dots; four
sequences are a curve in a band, such as the lowest and highest of some
seeds. `line` is a name and a value to compare with. Drawings are SVG,
transparent, without large filled areas and in the color of the text, so that
a page may invert them for its dark theme. The same call gives the same bytes.
"""

import math
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from .boxes import graph, model_map, pipeline
from .plots import arrows, bars, curves
from .svg import clean, columns_of, number, panels

__all__ = [
    "arrows",
    "ask",
    "bars",
    "curves",
    "graph",
    "matrix",
    "model_map",
    "panels",
    "pipeline",
    "worksheet",
]

# A color of the page's style sheet, or what stands in for it in a notebook.
PLUS = "var(--byhand-plus,222 138 42)"
MINUS = "var(--byhand-minus,70 130 200)"
DEEPEST = 45  # percent of its color that the largest number has
BLANK = "____"
ROW = (list, tuple, range)


@dataclass(frozen=True)
class Ask:
    """An answer that a worksheet leaves out at first."""

    answer: object


def ask(answer: object) -> object:
    """`answer` to be left out, or every one of a list of answers."""
    answer = _plain(answer)
    if isinstance(answer, ROW):
        return [ask(one) for one in answer]
    return Ask(answer)


def matrix(
    name: str,
    rows: Iterable,
    row_names: Iterable | None = None,
    column_names: Iterable | None = None,
    decimals: int = 3,
    mark: Collection[tuple[int, int]] = (),
) -> None:
    """Show rows of numbers with their name and shape.

    Raises ValueError where rows or names do not fit together.
    """
    table = _table(name, rows, row_names, column_names, decimals, mark)
    _show(table.text(), table.html(tinted=True))


def worksheet(
    title: str,
    rows: Iterable,
    row_names: Iterable | None = None,
    column_names: Iterable | None = None,
    decimals: int = 3,
) -> None:
    """Show a table without its `ask`ed cells, then, folded, with them.

    Raises ValueError as `matrix` does.
    """
    sheet = _table(title, rows, row_names, column_names, decimals)
    sheet = sheet._replace(shape="")
    filled = sheet._replace(caption="", rows=_answered(sheet.rows))
    _show(
        f"{sheet.text()}\n\nFilled in{filled.text()}",
        f'<div class="byhand-sheet">{sheet.html()}<details>'
        f"<summary>Filled in</summary>{filled.html()}</details></div>",
    )


class Table(NamedTuple):
    """What a matrix or a worksheet shows; all rows are equally long."""

    caption: str
    shape: str
    rows: list[list[object]]
    row_names: list[str] | None
    column_names: list[str] | None
    decimals: int
    mark: frozenset[tuple[int, int]]

    def text(self) -> str:
        """The caption, then the columns aligned."""
        caption = self.caption + (f" ({self.shape})" if self.shape else "")
        lines = [
            [self._text(i, j) for j in range(len(row))]
            for i, row in enumerate(self.rows)
        ]
        names = list(self.row_names or [])
        if self.column_names:
            space = " " if self.mark else ""
            lines.insert(0, [name + space for name in self.column_names])
            names.insert(0, "")
        columns = [_aligned(column) for column in zip(*lines, strict=True)]
        if self.row_names:
            columns.insert(0, _aligned(names, left=True))
        body = [
            "  ".join(line).rstrip() for line in zip(*columns, strict=True)
        ]
        return "\n".join([caption, *body])

    def html(self, tinted: bool = False) -> str:
        """A table with headers; `tinted` colors its numbers."""
        colored = sum(self.rows, []) if tinted else []
        largest = max(map(_size, colored), default=0)
        shape = f" <small>{self.shape}</small>" if self.shape else ""
        head = body = ""
        if self.caption:
            head = f"<caption>{escape(self.caption)}{shape}</caption>"
        if self.column_names:
            names = [_header(name, "col") for name in self.column_names]
            corner = "<td></td>" if self.row_names else ""
            head += f"<thead><tr>{corner}{''.join(names)}</tr></thead>"
        for i, row in enumerate(self.rows):
            name = _header(self.row_names[i], "row") if self.row_names else ""
            cells = [self._cell(i, j, largest) for j in range(len(row))]
            body += f"<tr>{name}{''.join(cells)}</tr>"
        return f'<table class="byhand">{head}<tbody>{body}</tbody></table>'

    def _text(self, i: int, j: int) -> str:
        text = self._number(self.rows[i][j])
        if not self.mark:
            return text
        return text + ("*" if (i, j) in self.mark else " ")

    def _cell(self, i: int, j: int, largest: float) -> str:
        value = self.rows[i][j]
        text = self._number(value)
        if _is_number(value):
            text = text.replace("-", "−").replace("inf", "∞")
        text = escape(text)
        if (i, j) in self.mark:
            text = f"<strong>{text}</strong>"
        kind = ' class="words"' if isinstance(value, str) else ""
        return f"<td{kind or _tint(value, largest)}>{text}</td>"

    def _number(self, value: object) -> str:
        if isinstance(value, Ask):
            return BLANK
        if value is None:
            return ""
        if not isinstance(value, float):
            return clean(value)
        return number(value, self.decimals, minus="-")


def _table(
    caption: str,
    rows: Iterable,
    row_names: Iterable | None,
    column_names: Iterable | None,
    decimals: int,
    mark: Collection[tuple[int, int]] = (),
) -> Table:
    cells = _cells(caption, rows)
    n, m = len(cells), len(cells[0]) if cells else 0
    return Table(
        clean(caption),
        f"{n} × {m}",
        cells,
        _names(caption, row_names, n, "row"),
        _names(caption, column_names, m, "column"),
        decimals,
        frozenset(mark),
    )


def _cells(caption: str, rows: Iterable) -> list[list[object]]:
    """Rows of plain Python values; a flat list is one row."""
    rows = [_plain(row) for row in _plain(rows)]
    if rows and not any(isinstance(row, ROW) for row in rows):
        rows = [rows]
    if not all(isinstance(row, ROW) for row in rows):
        raise ValueError(f"{caption}: rows and single cells are mixed")
    cells = [[_plain(cell) for cell in row] for row in rows]
    lengths = sorted({len(row) for row in cells})
    if len(lengths) > 1:
        raise ValueError(f"{caption}: its rows have {lengths} cells")
    if any(isinstance(cell, ROW) for row in cells for cell in row):
        raise ValueError(f"{caption}: has more than two axes (show a part)")
    return cells


def _plain(value: object) -> object:
    """Tensors and arrays as lists or numbers, iterators as lists."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return list(value) if isinstance(value, Iterator) else value


def _names(
    caption: str, names: Iterable | None, count: int, what: str
) -> list[str] | None:
    if names is None:
        return None
    names = [clean(name) for name in names]
    if len(names) != count:
        raise ValueError(f"{caption}: {count} {what}s, {len(names)} names")
    return names


def _aligned(texts: list[str], left: bool = False) -> list[str]:
    """The texts of one column, filled up with blanks to one width."""
    width = max(map(columns_of, texts), default=0)
    blanks = [" " * (width - columns_of(text)) for text in texts]
    pairs = zip(texts, blanks, strict=True)
    return [text + pad if left else pad + text for text, pad in pairs]


def _answered(rows: list[list[object]]) -> list[list[object]]:
    """The rows with the answers in place of the blanks."""
    return [
        [cell.answer if isinstance(cell, Ask) else cell for cell in row]
        for row in rows
    ]


def _header(name: str, scope: str) -> str:
    """A header with a name, or an empty cell."""
    if not name:
        return "<td></td>"
    return f'<th scope="{scope}">{escape(name)}</th>'


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _size(value: object) -> float:
    """The magnitude of a finite number; 0 for every other cell."""
    return abs(value) if _is_number(value) and math.isfinite(value) else 0


def _tint(value: object, largest: float) -> str:
    """Attributes of a cell: its color, and the class of the negative."""
    share = round(_size(value) / largest * DEEPEST) if largest else 0
    if share == 0:
        return ""
    kind, color = (' class="minus"', MINUS) if value < 0 else ("", PLUS)
    return f'{kind} style="background-color:rgb({color}/{share}%)"'


def _show(text: str, html: str) -> None:
    """In a notebook as HTML and as text, in a terminal as text."""
    if "ipykernel" in sys.modules:
        from IPython.display import display

        display({"text/html": html, "text/plain": text}, raw=True)
    else:
        print(text, end="\n\n")
