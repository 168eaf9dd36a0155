"""Markdown, jupytext and the press read the same cells, whatever is there."""

import ast
import json
import re
import warnings

import jupytext
import nbformat
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from press.problems import BadInput
from press.read.chapter import read_chapter
from press.read.tree import decode
from press.write.notebook import notebook
from press.write.scripts import module_script
from press.write.scripts import test_script as script_of_tests
from tests.courses import HEAD, fence, read, source

NASTY = """```python
```
````
~~~
```python tags=["exercise"]
```python tags=["solution"]
```python tags=["bug"]
```python tags=["parameters"]
```python tags=["no-run", "hide-input"]
```python tags=["hidden"]
```py
```{python}
```bash
```mermaid
```text
~~~python
````python
 ```python
    ```python
- ```python
> ```python
---
summary: A line.
needs: [a]
live: true
---
# Title
## More
Title
===
<!-- #region -->
<!-- #endregion -->
<!-- #raw -->
<!-- #md -->
<!--
-->
<details>
<details markdown="1">
</details>
# %%
# %% [markdown]
# + tags=["a"]
# -
# In[3]:
In[1]:
<codecell>
%% a comment
%%
%matplotlib inline
!ls
> [!NOTE]
> **Bold**
> text
- item
1. item
  - [x] done
| a | b |
|---|---|
$$
\\frac{1}{2}
text with `code` and "quotes
it's
x = 1
y = x + 1  # a knob
SIZE = 3
def f(a):
    return a
class A:
    x = 1
def test_f():
    assert f(1)
import os
from byhand.part.one import x
if __name__ == "__main__":
for i in range(3):
    pass
@decorator
s = \"\"\"
\"\"\"
s = '''
f"{x
x = 1; y = 2
x = \\
\\
    indented
#!shebang
# -*- coding: latin-1 -*-
# comment
&nbsp;
[link]: /there
***
\t""".split("\n")  # noqa: SIM905
NASTY += ["", "", "", "  ", "\t```python", "x\r", "é\u2028", "a\0b"]
LINES = st.one_of(st.sampled_from(NASTY), st.text(max_size=8))
BLOCKS = st.sampled_from(
    [
        fence("x = 1"),
        fence("def f(a):\n    return a\n\n\ny = f(2)"),
        fence('s = """\n\n\n%% a\n"""'),
        fence("%% a comment\n\n\ngraph TD", "text"),
        fence("shown = 1", 'python tags=["no-run"]'),
        "````markdown\n```python\nx\n```\n````\n",
        "```python\n```\n",
    ]
)
TEXTS = st.lists(st.one_of(LINES, BLOCKS), max_size=25).map("\n".join)


def fences(text: str) -> list[str]:
    """The python fences, by another way than the press goes."""
    body = re.sub(r"\A---\n.*?\n---[ \t]*\n", "", text, flags=re.DOTALL)
    return [
        token.content.removesuffix("\n")
        for token in MarkdownIt("commonmark").parse(body)
        if token.type == "fence"
        and token.info.split()[:1] == ["python"]
        and (token.level, token.markup) == (0, "```")
        and "no-run" not in token.info
    ]


def check_notebook(chapter) -> None:
    """Its code is that of the fences, and nothing of the text is lost."""
    node = nbformat.reads(notebook(chapter), as_version=4)
    nbformat.validate(node)
    code = [cell.source for cell in node.cells if cell.cell_type == "code"]
    assert code == fences(chapter.document.text)
    page = chapter.document
    lines = dict(enumerate(page.text.split("\n"), 1))
    for cell in chapter.cells:
        text = cell.source.split("\n") if cell.source else []
        for number, line in enumerate(text, cell.line):
            assert lines.pop(number, "").rstrip() == line.rstrip()
    left = {n for n, text in lines.items() if text.strip()}
    marks = {n for mark in page.fences for n in (mark.line - 1, mark.end)}
    assert {n for n in left if n >= page.body_line} == marks


def check_script(chapter) -> None:
    """It compiles, and jupytext reads from it what was put into it."""
    script = module_script(chapter)
    compile(script, "module", "exec")
    cells = jupytext.reads(script, "py:percent").cells
    prose = [cell.source for cell in chapter.cells if cell.kind == "prose"]
    found = [cell.source for cell in cells if cell.cell_type == "markdown"]
    assert [text.replace("\u200b", "") for text in found] == [
        text.replace("\u200b", "") for text in prose
    ]
    marks = re.findall(r"(?m)^# %% .*\.md:\d+\b(?! \[markdown\]).*$", script)
    # The docstring is a cell of its own for jupytext.
    code = [cell for cell in cells if cell.cell_type == "code"][1:]
    assert len(code) == len(marks)


@given(TEXTS, st.booleans())
@example("a\n    ```python\nb", True)
@example("<!--\n```\n-->\ntext\n\n```python\nx = 1\n```\n", True)
@settings(max_examples=400)
def test_any_text_is_read_or_refused(text, headed):
    """Never an exception; and without problems, all agree about the cells."""
    data = ((HEAD if headed else "") + text).encode("utf-8", "replace")
    try:
        text = decode(source(), data)
    except BadInput as error:
        assert error.problems
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chapter, problems = read_chapter(source(), text)
    last = text.count("\n") + 1
    for problem in problems:
        assert 1 <= problem.line <= last and problem.column >= 1
        assert "\n" not in str(problem)
    if not problems:
        check_notebook(chapter)
        check_script(chapter)
        compile(script_of_tests(chapter) or "", "tests", "exec")


def trimmed(text: str) -> str:
    """Empty lines before a cell, and blanks after it, say nothing."""
    return text.strip("\n").rstrip()


def plain(text: str) -> list[tuple[str, str, list[str]]]:
    """The cells that jupytext itself reads, without the front matter's."""
    cells = jupytext.reads(text, "md").cells
    if cells and cells[0].cell_type == "raw":
        cells = cells[1:]
    kinds = {"markdown": "prose", "code": "code", "raw": "raw"}
    return [
        (kinds[c.cell_type], trimmed(c.source), c.metadata.get("tags", []))
        for c in cells
        if c.source.strip() or c.cell_type == "code"
    ]


@given(TEXTS)
@settings(max_examples=500)
def test_jupytext_reads_the_same_cells_from_the_plain_text(text):
    data = (HEAD + text).encode("utf-8", "replace")
    try:
        text = decode(source(), data)
    except BadInput:
        return
    chapter, problems = read_chapter(source(), text)
    if not problems:
        cells = [
            (cell.kind, trimmed(cell.source), list(cell.tags))
            for cell in chapter.cells
        ]
        assert cells == plain(text)


def test_fences_that_are_only_shown_are_no_cells():
    shown = "Text:\n\n    ```python\n    x = 1\n    ```\n\n"
    chapter, _ = read(HEAD + shown + fence("y = 2") + shown)
    code = [cell.source for cell in chapter.cells if cell.kind == "code"]
    assert code == ["y = 2"]
    assert ast.unparse(ast.parse(module_script(chapter))).count("x = 1") == 0
    cells = json.loads(notebook(chapter))["cells"]
    kinds = [cell["cell_type"] for cell in cells]
    assert kinds == ["markdown", "code", "markdown"]
    assert "".join(cells[2]["source"]) == shown.rstrip()


def test_what_is_not_run_is_prose_in_the_notebook_and_not_in_the_module():
    text = HEAD + fence("torchrun = 8", 'python tags=["no-run"]')
    chapter, problems = read(text)
    assert problems == []
    assert "torchrun" not in module_script(chapter)
    last = json.loads(notebook(chapter))["cells"][-1]
    assert last["cell_type"] == "markdown"
    assert "".join(last["source"]) == "```python\ntorchrun = 8\n```"


def test_tags_are_kept_in_notebook_and_module():
    text = HEAD + fence("x = 1", 'python tags=["hide-input"]')
    chapter, _ = read(text)
    cell = json.loads(notebook(chapter))["cells"][-1]
    assert cell["metadata"] == {"tags": ["hide-input"]}
    script = jupytext.reads(module_script(chapter), "py:percent")
    assert script.cells[-1].metadata["tags"] == ["hide-input"]


def test_cell_ids_are_unique_and_depend_on_place_and_content_only():
    text = HEAD + "Text.\n\n" + fence("x = 1") + fence("x = 1")
    first, second, other = (
        [cell["id"] for cell in json.loads(notebook(read(t)[0]))["cells"]]
        for t in (text, text, text.replace("Text", "Word"))
    )
    assert first == second
    assert len(set(first)) == len(first)
    assert [a == b for a, b in zip(first, other, strict=True)] == [
        False,
        True,
        True,
    ]


def test_a_callout_keeps_its_name_in_the_notebook():
    plain = "> [!TIP]\n> Do it.\n"
    titled = "> [!NOTE]\n> **In plain words**\n>\n> Do it.\n"
    chapter, _ = read(HEAD + plain + "\n" + titled)
    text = "".join(json.loads(notebook(chapter))["cells"][0]["source"])
    assert "> **Tip**\n>\n> Do it." in text
    assert "> **In plain words**\n>\n> Do it." in text
    assert "[!" not in text


@pytest.mark.parametrize("fence", ["```", "````", "~~~"])
def test_a_callout_in_an_example_stays_as_it_is(fence):
    example = f"{fence}text\n> [!TIP]\n> Do it.\n{fence}\n"
    chapter, _ = read(HEAD + example + "\n> [!TIP]\n> Do it.\n")
    text = "".join(json.loads(notebook(chapter))["cells"][0]["source"])
    assert example in text
    assert text.count("> **Tip**") == 1
