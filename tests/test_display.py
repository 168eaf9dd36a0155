"""Numbers, worksheets and drawings that a chapter shows in one line."""

import math
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from press.runtime import byhand
from press.runtime.display import (
    _table,
    arrows,
    ask,
    bars,
    curves,
    graph,
    matrix,
    model_map,
    panels,
    pipeline,
    worksheet,
)
from press.runtime.svg import columns_of
from press.weave.outputs import weave_outputs


@pytest.fixture(autouse=True)
def plain_python(monkeypatch):
    """As in a terminal, whatever other tests have imported."""
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)


RUNTIME = Path(byhand.__file__).parent
MODULES = ["display.py", "svg.py", "plots.py", "boxes.py"]
finite = st.floats(allow_nan=False, allow_infinity=False)
names = st.text(max_size=12)
numbers = st.lists(finite, max_size=6)


@st.composite
def tables(draw):
    """Rows of floats, n × m, with n row names and m column names."""
    n, m = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    rows = st.lists(finite, min_size=m, max_size=m)
    return (
        draw(st.lists(rows, min_size=n, max_size=n)),
        draw(st.lists(names, min_size=n, max_size=n)),
        draw(st.lists(names, min_size=m, max_size=m)),
    )


class Table(HTMLParser):
    """Counts tags and gathers the text of cells; all tags must be closed."""

    def __init__(self, html: str):
        super().__init__()
        self.open: list[str] = []
        self.cells: list[tuple[str, str]] = []
        self.attributes: list[dict] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append((tag, ""))
            self.attributes.append(dict(attrs))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if {"td", "th"} & set(self.open):
            tag, text = self.cells[-1]
            self.cells[-1] = tag, text + data


@pytest.fixture
def notebook(monkeypatch, tmp_path):
    """What a notebook's kernel would be sent, as (HTML, text)."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    InteractiveShell.instance()

    def shown(call, *arguments, **settings):
        with capture_output() as captured:
            call(*arguments, **settings)
        [output] = captured.outputs
        return output.data["text/html"], output.data["text/plain"]

    yield shown
    InteractiveShell.clear_instance()


@pytest.fixture
def terminal(capsys):
    """What a terminal prints."""

    def shown(call, *arguments, **settings):
        call(*arguments, **settings)
        return capsys.readouterr().out

    return shown


# In a terminal ----------------------------------------------------------


def test_a_matrix_is_printed_under_its_name_and_shape(terminal):
    rows = [[0.5, -1.25], [-0.0004, 10.0]]
    assert terminal(matrix, "Q", rows, ["I", "like"], ["a", "b"]) == (
        "Q (2 × 2)\n"
        "          a       b\n"
        "I     0.500  -1.250\n"
        "like  0.000  10.000\n"
        "\n"
    )


def test_ints_texts_gaps_and_infinities_are_printed_as_they_are(terminal):
    row = [1, 2.0, "three", None, -math.inf, True]
    assert terminal(matrix, "mixed", row) == (
        "mixed (1 × 6)\n1  2.000  three    -inf  True\n\n"
    )


def test_a_marked_cell_has_a_star_and_the_digits_stay_aligned(terminal):
    table = terminal(matrix, "A", [[1.5], [0.5]], mark={(1, 0)}, decimals=1)
    assert table == "A (2 × 1)\n1.5\n0.5*\n\n"


def test_a_hat_over_a_letter_takes_no_column(terminal):
    lines = terminal(matrix, "m", [[1], [2]], ["m\u0302", "mm"]).split("\n")
    assert lines[1:3] == ["m\u0302   1", "mm  2"]


def test_whatever_has_tolist_is_a_matrix(terminal):
    class Tensor:
        def tolist(self):
            return [[1.0, 2.0]]

    shown = [terminal(matrix, "T", t) for t in (Tensor(), [[1.0, 2.0]])]
    assert shown[0] == shown[1]


def test_a_worksheet_is_printed_with_blanks_and_then_filled_in(terminal):
    row, shares = [2.0, 1.0], [0.731, 0.269]
    cells = [*zip(row, ask(shares), strict=True), (None, ask("one"))]
    text = terminal(
        worksheet, "softmax", cells, ["I", "like", "sum"], ["score", "share"]
    )
    assert text == (
        "softmax\n"
        "      score  share\n"
        "I     2.000   ____\n"
        "like  1.000   ____\n"
        "sum           ____\n"
        "\n"
        "Filled in\n"
        "      score  share\n"
        "I     2.000  0.731\n"
        "like  1.000  0.269\n"
        "sum            one\n"
        "\n"
    )


@given(tables())
def test_every_value_is_printed_rounded_and_columns_end_together(table):
    rows, row_names, _ = table
    made = _table("x", rows, row_names, None, 3).text().split("\n")[1:]
    ends = []
    for line, row in zip(made, rows, strict=True):
        words = list(re.finditer(r"\S+", line))[-len(row) :]
        ends.append([columns_of(line[: word.end()]) for word in words])
        for word, value in zip(words, row, strict=True):
            near = pytest.approx(value / 2, rel=5.1e-4, abs=5.1e-4)
            assert float(Decimal(word[0]) / 2) == near
    assert len(made) == len(rows) and ends == ends[:1] * len(rows)


# In a notebook and on the page -------------------------------------------


def test_a_notebook_gets_a_table_and_the_same_text_as_a_terminal(notebook):
    html, text = notebook(matrix, "Q", [[0.5, -1.0]], ["I"], ["a", "b"])
    assert text == "Q (1 × 2)\n       a       b\nI  0.500  -1.000"
    plus, minus = "222 138 42", "70 130 200"
    assert html == (
        '<table class="byhand"><caption>Q <small>1 × 2</small></caption>'
        '<thead><tr><td></td><th scope="col">a</th><th scope="col">b</th>'
        '</tr></thead><tbody><tr><th scope="row">I</th>'
        f'<td style="background-color:rgb(var(--byhand-plus,{plus})/22%)">'
        '0.500</td><td class="minus" '
        f'style="background-color:rgb(var(--byhand-minus,{minus})/45%)">'
        "−1.000</td></tr></tbody></table>"
    )


def test_a_worksheet_hides_its_answers_in_a_fold(notebook):
    html, _ = notebook(worksheet, "s", [[1.0, ask(-2.5)]], ["x"])
    sheet, fold = html.split("<details><summary>Filled in</summary>")
    assert "____" in sheet and "2.500" not in sheet
    assert "____" not in fold and ">−2.500<" in fold
    assert "background" not in html  # a color would tell the answer
    assert len(Table(html).cells) == 6


def test_the_page_takes_the_table_as_it_is(notebook):
    html, text = notebook(matrix, "a\n\n*b* $c$", [[1.0]], ["<\n\nd>"])
    output = {
        "output_type": "display_data",
        "data": {"text/html": html, "text/plain": text},
        "metadata": {},
    }
    page, files = weave_outputs([output], "../")
    assert html in page and "\n" not in html and files == {}


@given(tables())
def test_a_table_has_a_cell_for_every_number_and_escapes_its_names(table):
    rows, row_names, column_names = table
    shown = _table("<&>", rows, row_names, column_names, 3)
    parsed = Table(shown.html(tinted=True))
    named = [name for name in shown.column_names + shown.row_names if name]
    texts = [text for tag, text in parsed.cells if tag == "th"]
    assert texts == named
    assert sum("scope" in a for a in parsed.attributes) == len(named)
    n, m = len(rows), len(rows[0])
    assert len(parsed.cells) == (n + 1) * (m + 1)
    negative = ["minus" in a.get("class", "") for a in parsed.attributes]
    for is_negative, (_, text) in zip(negative, parsed.cells, strict=True):
        assert not is_negative or re.match("−|0", text)


@pytest.mark.parametrize(
    "rows, what",
    [
        ([[1], [1, 2]], "its rows have [1, 2] cells"),
        ([[1], 2], "mixed"),
        ([[[1]]], "more than two axes"),
    ],
)
def test_rows_that_are_no_table_are_refused(rows, what):
    with pytest.raises(ValueError, match=re.escape(what)):
        matrix("Q", rows)


def test_names_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="Q: 1 rows, 2 names"):
        matrix("Q", [[1]], ["a", "b"])


@pytest.mark.parametrize("rows, shape", [([], "0 × 0"), ([[], []], "2 × 0")])
def test_an_empty_matrix_is_its_name_and_shape(terminal, rows, shape):
    assert terminal(matrix, "E", rows).strip() == f"E ({shape})"


# Drawings ---------------------------------------------------------------


def parsed(drawing) -> ElementTree.Element:
    """The drawing, well-formed, with numbers for all of its lengths."""
    svg = drawing._repr_svg_()
    lengths = re.sub(r"<text.*?</text>", "", svg)
    assert not re.search(r"nan|inf|e[+-]\d", lengths)
    return ElementTree.fromstring(svg)


def texts(drawing) -> list[str]:
    return [node.text or "" for node in parsed(drawing).iter(f"{SVG}text")]


def count(drawing, tag: str) -> int:
    return len(list(parsed(drawing).iter(SVG + tag)))


SVG = "{http://www.w3.org/2000/svg}"
EXAMPLES = {
    "bars": bars([0.1, -0.7], ["a", "b"], lit="b", line=("a die", 1 / 6)),
    "curves": curves({"a": ([1, 2], [3, 4])}, "x", "y", log_y=True),
    "arrows": arrows({"a": (1, 2), "b": ((0, 1), (2, 0)), "zero": (0, 0)}),
    "pipeline": pipeline(["X", "norm", "+"], lit="norm", over=[(1, 2)]),
    "map": model_map("attention"),
    "graph": graph({"a": "x", "b": ["y", "2"]}, [("a", "b")], lit="b"),
    "panels": panels({"a": arrows({"a": (1, 2)}), "b": model_map()}),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_drawing_fits_a_phone_follows_the_ink_and_has_no_ground(name):
    root = parsed(EXAMPLES[name])
    assert float(root.get("width")) <= 420 and root.get("viewBox")
    assert float(root.get("font-size")) >= 12
    assert root.get("fill") == "currentColor"
    assert not list(root.iter(f"{SVG}script"))
    assert not [node for node in root.iter() if node.get("id")]
    for node in root.iter(f"{SVG}rect"):
        lit = node.get("fill") != "none"
        assert not lit or float(node.get("fill-opacity")) < 0.5


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_drawing_is_shown_with_its_alt_text(name, monkeypatch, tmp_path):
    monkeypatch.setenv("BYHAND_OUT", str(tmp_path))
    byhand.show(EXAMPLES[name], "What one sees.")
    path = sorted(tmp_path.glob("*.svg"))[-1]
    assert path.read_text("utf-8") == EXAMPLES[name]._repr_svg_()


def test_a_map_with_nothing_lit_is_the_same_every_time():
    assert model_map() == model_map()
    assert model_map() != model_map("loss")


@given(st.lists(st.tuples(finite, names), max_size=6), st.booleans())
def test_bars_have_a_label_and_a_number_each(pairs, lined):
    values, labels = [v for v, _ in pairs], [label for _, label in pairs]
    line = ("<line>", values[0]) if lined and values else None
    drawing = bars(values, labels, line=line)
    assert len(texts(drawing)) == 2 * len(pairs) + bool(line)


def test_bars_of_a_label_that_is_lit_have_another_color_and_bold_words():
    drawing = bars([1, 2], ["a", "b"], lit="b")
    assert drawing.body.count('font-weight="bold"') == 1
    assert drawing.body.count('stroke="#b4540a"') == 1


def test_a_bar_of_a_nan_is_only_a_number():
    assert texts(bars([math.nan, 1.0], ["a", "b"])) == [
        *("a", "nan", "b", "1.000")
    ]


@given(
    st.dictionaries(names, st.lists(st.tuples(finite, finite), max_size=6)),
    st.booleans(),
    st.booleans(),
)
def test_curves_of_any_numbers_can_be_drawn(series, log_x, log_y):
    data = {
        name: ([x for x, _ in points], [y for _, y in points])
        for name, points in series.items()
    }
    drawing = curves(data, "x", "y", log_x, log_y)
    assert count(drawing, "circle") == sum(map(len, series.values()))


def test_a_curve_breaks_at_a_nan_and_stays_inside_at_an_infinity():
    ys = [1.0, math.nan, 2.0, math.inf]
    drawing = curves({"a": (range(4), ys)}, y_limits=(0, 3))
    assert count(drawing, "circle") == 3
    assert drawing.body.count('stroke="#1f5f9e"') == 2


def test_four_sequences_are_a_curve_in_a_band():
    drawing = curves({"a": ([0, 1], [1, 2], [0, 1], [2, 3])})
    assert drawing.body.count('Z" fill="#1f5f9e" opacity="0.2"') == 1


def test_a_logarithmic_axis_has_powers_of_ten():
    drawing = curves({"a": ([0, 1], [0.002, 30.0])}, log_y=True)
    shown = texts(drawing)
    assert shown[:6] == ["", "0.001", "0.01", "0.1", "1", "10"]


@given(st.dictionaries(names, st.tuples(finite, finite), max_size=6))
def test_arrows_of_any_vectors_can_be_drawn(vectors):
    drawing = arrows(vectors)
    assert len(texts(drawing)) <= len(vectors)


@given(st.lists(names, min_size=1, max_size=12))
def test_a_pipeline_has_a_box_for_every_step(steps):
    drawing = pipeline(steps)
    assert count(drawing, "rect") == len(texts(drawing)) == len(steps)
    assert drawing.width <= 420 or len(max(steps, key=len)) > 40


@given(st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6))), st.data())
def test_a_graph_has_a_box_for_every_node(pairs, data):
    nodes = {str(i): [f"<{i}>", "1.0"] for i in range(7)}
    edges = [(str(a), str(b)) for a, b in sorted(pairs) if a < b]
    drawing = graph(nodes, edges)
    assert count(drawing, "rect") == 7
    assert texts(drawing).count("<3>") == 1


@pytest.mark.parametrize(
    "call, what",
    [
        (lambda: bars([1], ["a", "b"]), "different lengths"),
        (lambda: bars([1], ["a"], lit="c"), "'c' is none of"),
        (lambda: bars([1], ["a"], line=("x", math.nan)), "no place"),
        (lambda: curves({"a": ([1], [1, 2])}), "different lengths"),
        (lambda: curves({"a": ([1],)}), "a curve is"),
        (lambda: arrows({"a": (1, 2, 3)}), "no vector of two"),
        (lambda: arrows({"a": (1, math.inf)}), "not finite"),
        (lambda: arrows({"a": (1, 2)}, reach=1), "beyond 1"),
        (lambda: pipeline(["long step"] * 9, over=[(0, 8)]), "two rows"),
        (lambda: model_map("wings"), "'wings' is none of"),
        (lambda: graph({"a": "a"}, [("a", "b")]), "not both are nodes"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_its_reason(call, what):
    with pytest.raises(ValueError, match=what):
        call()


# As a part of the package ------------------------------------------------


def test_it_works_in_the_package_with_the_standard_library_alone(tmp_path):
    (tmp_path / "byhand").mkdir()
    shutil.copy(RUNTIME / "byhand.py", tmp_path / "byhand" / "__init__.py")
    for name in MODULES:
        shutil.copy(RUNTIME / name, tmp_path / "byhand")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    code += "from byhand import display, show\n"
    code += "display.matrix('Q', [1, 2])\nshow(display.model_map(), 'A map')"
    command = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Q (1 × 2)\n1  2\n\n[figure] A map\n")


def examples_of_the_reference() -> str:
    """The indented lines of the module's docstring."""
    text = (RUNTIME / "display.py").read_text("utf-8").split('"""')[1]
    lines = [line for line in text.split("\n") if line.startswith("    ")]
    return "\n".join(line.removeprefix("    ") for line in lines)


def test_every_example_of_the_reference_runs(capsys):
    code = examples_of_the_reference().replace("from byhand import show", "")
    known = {
        "TOKENS": ["a", "b"],
        "VOCABULARY": ["a", "b", "c"],
        "q": [[1.0], [2.0]],
        "weights": [[1.0, 0.0], [0.5, 0.5]],
        "row": [1.0, 2.0],
        "powers": [2.7, 7.4],
        "softmax": lambda row: row,
        "shares": [0.5, 0.5],
        **dict.fromkeys(["steps", "losses", "means", "lows"], [1, 2]),
        **dict.fromkeys(["m", "g", "new_m", "new_v"], 0.5),
        "highs": [1, 2],
        "rows": {"I": (1, 2)},
        "turned": {"I": (2, 1)},
    }
    code = code.replace("byhand.display", "press.runtime.display")
    exec(code, known)
    assert "____" in capsys.readouterr().out
