"""What a cell printed and showed, as Markdown."""

import base64
import re
import struct

import pytest

from press.weave.outputs import (
    LONG,
    STALE,
    NoAltText,
    fenced,
    weave_outputs,
)

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'
PNG = base64.b64encode(b"\x89PNG data").decode()


def stream(text: str, name: str = "stdout") -> dict:
    return {"output_type": "stream", "name": name, "text": text}


def shown(kind: str, data: str, alt: str | None = "A line.") -> dict:
    metadata = {} if alt is None else {kind: {"alt": alt}}
    return {
        "output_type": "display_data",
        "data": {kind: data, "text/plain": "x"},
        "metadata": metadata,
    }


def value(text: str) -> dict:
    return {"output_type": "execute_result", "data": {"text/plain": text}}


def woven(*outputs: dict) -> str:
    return weave_outputs(list(outputs), "../")[0]


def text_of(*outputs: dict) -> str:
    """The text of the only fence that the outputs are woven to."""
    start = r'<div class="output" style="--columns:\d+" markdown>\n\n```text\n'
    page = woven(*outputs)
    found = re.fullmatch(f"(?s){start}(.*)\n```\n\n</div>", page)
    assert found
    return found[1]


def test_no_output_is_no_text():
    assert woven() == woven(stream("\n \n")) == ""


def test_texts_that_follow_each_other_are_one():
    outputs = stream("a\n"), stream("b\n", "stderr"), value("3"), value("4")
    assert text_of(*outputs) == "a\nb\n3\n4"


def test_a_figure_stands_between_the_texts_around_it():
    page = woven(stream("a"), shown("image/svg+xml", SVG), stream("b"))
    assert page.index("a\n```") < page.index("![A line.]")
    assert page.index("![A line.]") < page.index("b\n```")


@pytest.mark.parametrize("run", ["`", "```", "`````"])
def test_a_fence_is_longer_than_the_backticks_in_it(run):
    page = fenced(f"a {run} b\n{run}python\nx")
    fence = page.partition("text")[0]
    assert set(fence) == {"`"}
    assert len(fence) == max(3, len(run) + 1)
    assert page.endswith(f"\n{fence}")


@pytest.mark.parametrize(
    "code",
    ["\x1b[31m", "\x1b[1;38;5;9m", "\x1b[2K", "\x1b[?25l", "\x1b[3A"]
    + ["\x1b]8;;https://x.org\x1b\\", "\x1b]0;title\x07"],
)
def test_terminal_codes_are_taken_out(code):
    assert text_of(stream(f"a{code}b\x1b[0m")) == "ab"


def test_of_an_overwritten_line_the_last_state_stays():
    progress = "\r 10%|#   |\r 50%|##  |\r100%|####|\ndone\n"
    assert text_of(stream(progress)) == "100%|####|\ndone"


def test_a_line_end_of_windows_overwrites_nothing():
    assert text_of(stream("a\r\nb\r\n")) == "a\nb"


def test_indentation_and_inner_empty_lines_stay():
    assert text_of(stream("  a\n\n    b\n\n")) == "  a\n\n    b"


def test_the_longest_line_gives_the_columns():
    page = woven(stream("abc\n\x1b[1mabcdef\x1b[0m\n"))
    assert 'style="--columns:6"' in page


def test_long_output_is_folded_and_says_how_long():
    lines = "\n".join(map(str, range(LONG)))
    assert "<details" not in woven(stream(lines))
    page = woven(stream(f"{lines}\nlast"))
    assert '<details class="output" markdown>' in page
    assert f"<summary>Output, {LONG + 1} lines</summary>\n\n```text" in page


@pytest.mark.parametrize(
    ("kind", "data", "content", "suffix"),
    [
        ("image/svg+xml", SVG, SVG.encode(), "svg"),
        ("image/png", PNG, b"\x89PNG data", "png"),
        ("image/jpeg", PNG, b"\x89PNG data", "jpg"),
    ],
)
def test_a_figure_is_a_file_named_by_its_content(kind, data, content, suffix):
    page, files = weave_outputs([shown(kind, data)], "../")
    [(path, found)] = files.items()
    assert found == content
    assert path.startswith("figures/") and path.endswith(f".{suffix}")
    assert f"![A line.](../{path}){{ .figure }}" in page
    again = weave_outputs([shown(kind, data, "Other words.")], "../")[1]
    other = weave_outputs([shown("image/svg+xml", SVG + "\n")], "../")[1]
    assert (again, path in other) == (files, False)


def test_a_caption_stands_below_its_figure_and_is_not_printed_again():
    figure = shown("image/svg+xml", SVG)
    figure["metadata"]["image/svg+xml"]["caption"] = "What <to> see."
    data = {"text/markdown": "*What <to> see.*"}
    again = {"output_type": "display_data", "data": data}
    page = woven(figure, again, stream("b"))
    assert page.count("What") == 1
    after = "\n\n<figcaption>What &lt;to&gt; see.</figcaption>\n\n</figure>"
    assert after + "\n\n```text\nb\n```" in page


@pytest.mark.parametrize("alt", [None, "", "  "])
@pytest.mark.parametrize("kind", ["image/png", "image/svg+xml"])
def test_a_figure_without_alt_text_is_refused(kind, alt):
    with pytest.raises(NoAltText):
        woven(shown(kind, PNG, alt))


def test_html_is_kept_as_html():
    page = woven(shown("text/html", "<table><tr><td>1</td></tr></table>"))
    assert '<div class="html-output">\n<table><tr>' in page


def test_lists_of_lines_are_texts_too():
    """Notebook files have lists of lines where kernels have one string."""
    assert text_of(stream(["a\n", "b"])) == "a\nb"
    assert (
        weave_outputs([shown("image/svg+xml", [SVG])], "")[1]
        == (weave_outputs([shown("image/svg+xml", SVG)], "")[1])
    )


def test_a_figure_has_its_size_and_loads_late():
    head = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
    png = base64.b64encode(
        head + struct.pack(">II", 640, 480) + b"\x08"
    ).decode()
    svg = '<svg xmlns="x" width="360pt" height="9" viewBox="0 0 360 180"/>'
    size = 'width=480 height=240 loading=lazy style="min-width:336px"'
    assert f"{{ .figure {size} }}" in woven(shown("image/svg+xml", svg))
    size = 'width=640 height=480 loading=lazy style="min-width:448px"'
    assert f"{{ .figure {size} }}" in woven(shown("image/png", png))


def test_earlier_output_is_marked_by_class_and_words():
    page, _ = weave_outputs([stream("a")], "", stale=True)
    assert re.match(rf'<div class="output stale" .*markdown>\n\n{STALE}', page)
    assert weave_outputs([], "", stale=True)[0] == ""
