"""Whatever is wrong is said with its place; nothing is written; exit 2."""

import re

import pytest

from tests.courses import HEAD, ONE, Course, fence, problems, tagged

GOOD = HEAD + fence("SIZE = 3\nprint(SIZE)")
STUB = tagged("exercise", "def half(x):\n    ...")
TEST = fence("def test_half():\n    assert half(2) == 1")
ANSWER = tagged("solution", "def half(x):\n    return x / 2")

# Each begins in line 7 of the chapter.
FENCES = {
    "unclosed": ("text\n\n```python\nx = 1\n", "9:1: the fence ```python"),
    "unclosed, no last newline": ("```python\nx = 1", "7:1: the fence"),
    "unclosed and empty": ("```python", "7:1: the fence ```python is never"),
    "unclosed in a quote": ("> ```text\n> x\n\nend\n", "7:3: the fence ```t"),
    "unclosed text": ("~~~text\nx\n```\n", "7:1: the fence ~~~text is never"),
    "py": (fence("x", "py"), "7:1: a 'py' fence is never run (write ```py"),
    "python3": (fence("x", "python3"), "7:1: a 'python3' fence is never run"),
    "Python": (fence("x", "Python"), "7:1: a 'Python' fence is never run"),
    "{python}": (fence("x", "{python}"), "7:1: a '{python}' fence"),
    "{.python}": (fence("x", "{.python .a}"), "7:1: a '{.python' fence"),
    "tildes": ("~~~python\nx = 1\n~~~\n", "7:1: a ~~~ fence is never run"),
    "one space": (" ```python\n x = 1\n ```\n", "7:2: a python fence that"),
    "in a list": ("- a\n\n  ```python\n  x\n  ```\n", "9:3: a python fence"),
    "in a list item": ("1. ```python\n   x\n   ```\n", "7:4: a python fence"),
    "in a callout": (
        "> [!NOTE]\n> ```python\n> x\n> ```\n",
        "8:3: a python fence that is indented or inside a list or callout",
    ),
    "too far in a list": (
        "- a\n\n      ```python\n      x\n      ```\n",
        "9:1: indented code beside text (use a ```text fence, with an",
    ),
    "in a paragraph": ("a\n    ```python\n", "8:5: Markdown sees no"),
    "in HTML": (
        "<details>\n```python\nx\n</details>\n",
        "8:1: Markdown sees no fence here (move it to the left margin",
    ),
    "mermaid": (fence("graph TD", "mermaid"), "7:1: a mermaid fence is not"),
    "bash": (fence("ls", "bash"), "7:1: jupytext would run a 'bash' fence"),
    "html": (fence("<p>", "html"), "7:1: jupytext would run a 'html' fence"),
    "javascript": (fence("1", "javascript"), "7:1: jupytext would run a 'jav"),
    "BASH": (fence("ls", "BASH"), "7:1: jupytext would run a 'BASH' fence"),
    "cell marker": (fence("x = 1\n# %% two"), "9:1: this line would begin a"),
    "other cell marker": (fence("# In[3]:\nx = 1"), "8:1: this line would"),
}
WRAPPED = {
    "a sum": ("adds 2\n+ 3 numbers\n", "8:1: a list begins in the middle of"),
    "a dash": ("and so\n- on\n", "8:1: a list begins in the middle of a sent"),
    "a number": ("in chapter\n1. Then\n", "8:1: a list begins in the middle"),
    "a hash": ("exercise\n# 5 is\n", "8:1: a heading begins in the middle of"),
    "more than": ("x is\n> 3 here\n", "8:1: a quote begins in the middle of"),
    "a formula": ("$$\na\n- b\n$$\n", "9:1: a list begins in the middle of"),
    "in a callout": (
        "> [!TIP]\n> is 2\n> - 3\n",
        "9:3: a list begins in the middle of a sentence (wrap so that no line "
        "begins with '-', or end it before)",
    ),
}
# What jupytext, GitHub and the site's Markdown read differently.
LOOK = "jupytext and Markdown read this line differently"
DIALECTS = {
    "shown in four": (
        "````markdown\n```python\nx\n```\n````\n",
        "7:1: jupytext would run a 'markdown' fence",
    ),
    "four, python": ("````python\nx\n````\n", "7:1: a python fence of more"),
    "shown as text": (
        "````text\n```python\nx\n```\n````\n" + fence("x"),
        f"12:1: {LOOK}",
    ),
    "in tildes": ("~~~text\n```python\nx\n```\n~~~\n", f"8:1: {LOOK}"),
    "comment": ("<!--\n```python\nx\n```\n-->\n", "8:1: Markdown sees no f"),
    "in a line": ("```python x = 1``` in a line\n", f"7:1: {LOOK}"),
    "region": ("<!-- #region -->\nx\n<!-- #endregion -->\n", f"7:1: {LOOK}"),
    "raw": ("<!-- #raw -->\nx\n<!-- #endraw -->\n", f"7:1: {LOOK}"),
    "class": (fence("x", "python{.x}"), "7:1: a 'python{.x}' fence is never"),
    "code cell": (fence("x", "{code-cell}"), "7:1: a '{code-cell}' fence is"),
    "price": ("It costs $5.\n", "7:10: a $ that is no formula (write \\$, or"),
    "two prices": ("From $5 to$6.\n", "7:6: a formula that touches a letter"),
    "$$ below text": ("text\n$$\nx\n$$\n", "8:1: a $$ formula inside a par"),
    "$$ in a line": ("so $$x$$ is\n", "7:4: a $$ formula inside a paragraph"),
    "$$ with a gap": ("$$\na\n\nb\n", "7:1: a $ that is no formula"),
    "$ in HTML": ("<div>\n$x$\n</div>\n", "8:1: a $ in raw HTML (leave"),
    "hash": ("#1 reason\n", "7:1: the site would begin a block at '#1' (be"),
    "admonition": ("!!! note\n", "7:1: the site would begin a block at '!!!"),
    "definition": ("Word\n: text\n", "8:1: the site would begin a block at"),
    "underlined": ("Head\n----\n", "8:1: a heading that is underlined (wr"),
    "backslash": ("a\\\nb\n", "7:1: a \\ at the end of a line (write <br>"),
    "empty item": ("- a\n-\n- b\n", "8:1: an empty list item (write its"),
    "tab": ("- a\n\n\tb\n", "9:1: a tab inside a list (use spaces)"),
    "gap in a list": ("- a\n\n\n- b\n", "8:1: two empty lines in a row"),
    "rule": ("text.\n***\n", "8:1: a rule directly below a line (leave an"),
    "bare row": ("| a | b |\n|--|--|\nc | d\n", "9:1: a row of a table"),
    "no Markdown": ("<div>\n\n- a\n\n</div>\n", "7:1: the site would not"),
    "below HTML": ("<br>\n# H\n", "8:1: Markdown directly below HTML (leav"),
    "HTML link": ('<a href="b.md">b</a>\n', "7:1: nobody checks 'b.md', a li"),
    "HTML image": ('<img src="b.png">\n', "7:1: nobody checks 'b.png', a li"),
    "HTML block": ('<div>\n<a href="x">\n</div>\n', "7:1: nobody checks 'x'"),
    "self-defined": (
        fence("class A:\n    x = x") + fence("x = 1"),
        "9:9: a def",
    ),
    "ends in \\": (fence("x = 1; \\"), "8:"),
    "\\ after case": (fence("match 1:\n    case 1:\n        \\"), "10:"),
}
INFOS = {
    "word": ("python numbers", "7:11: cannot read 'numbers' after ```python"),
    "key": ('python id="a"', "7:11: cannot read 'id=\"a\"'"),
    "brace": ("python {.no-run}", "7:11: cannot read '{.no-run}'"),
    "unquoted": ("python tags=[bug]", "7:11: cannot read 'tags=[bug]'"),
    "unclosed": ('python tags=["bug"', "7:11: cannot read 'tags=[\"bug\"'"),
    "no list": ('python tags="bug"', "7:11: cannot read 'tags=\"bug\"'"),
    "a number": ("python tags=[1]", "7:11: cannot read 'tags=[1]'"),
    "very deep": ("python tags=" + "[" * 9999 + "]", "7:11: cannot read"),
    "tail": ('python tags=["bug"] x', "7:11: cannot read"),
    "unknown tag": ('python tags=["hidden"]', "7:18: unknown tag 'hidden'"),
    "second tag": (
        'python tags=["no-run", "remove-cell"]',
        "7:28: unknown tag 'remove-cell' (the tags are parameters, exercise,",
    ),
}
CODE = {
    "shell": ("x = 1\n!ls 'a'", "9:1: '!ls' is a notebook magic, not Python"),
    "magic": ("%matplotlib inline", "8:1: '%matplotlib' is a notebook magic"),
    "cell magic": ("%%bash\necho it's", "8:1: '%%bash' is a notebook magic"),
    "inner magic": ("if 1:\n    !ls", "9:5: '!ls' is a notebook magic"),
    "syntax": ("x = 1\nif x\n    y = 2", "9:5: SyntaxError: expected ':'"),
    "syntax, not magic": ('s = """\n%s\n"""\nx = = 1', "11:5: SyntaxError"),
    "indentation": ("def f():\nx = 1", "9:1: IndentationError: expected an"),
    "unfinished": ("x = (1,\n", "8:5: SyntaxError: '(' was never closed"),
    "return": ("return 3", "8:1: SyntaxError: 'return' outside function"),
    "await": ("await f()", "8:1: SyntaxError: 'await' outside function"),
    "warning": ("assert (1, 'a')", "8:1: SyntaxError: assertion is always"),
    "deep": ("x = " + "-" * 5000 + "1", "8:1: cannot be compiled"),
    "star": ("import os\nfrom os import *", "9:1: import * hides"),
    "future": ("from __future__ import annotations", "8:1: a __future__"),
    "semicolon": ("x = 1; import os", "8:8: a definition and something else"),
}
TESTS = {
    "twice": (
        TEST + TEST,
        "13:1: a second test_half (the first is in line 8) (rename one)",
    ),
    "twice, async": (
        fence("def test_a(): ...\n\n\nasync def test_a(): ..."),
        "11:1: a second test_a (the first is in line 8)",
    ),
    "and a call": (
        fence("def test_a(): ...\n\ntest_a()"),
        "10:1: a test fence that also holds other code",
    ),
    "and a function": (
        fence("def f(): ...\n\ndef test_f(): f()"),
        "8:1: a test fence that also holds other code",
    ),
}
EXERCISES = {
    "no solution": (STUB + TEST, "7:1: no solution defines half after this"),
    "half solved": (
        tagged("exercise", "def half(x): ...\ndef third(x): ...")
        + (TEST + ANSWER),
        "7:1: no solution defines half, third after this exercise",
    ),
    "no test": (STUB + ANSWER, "7:1: no test mentions half of this exercise"),
    "no exercise": (ANSWER + TEST, "7:1: a solution without an exercise"),
    "another exercise": (
        STUB + TEST + ANSWER + tagged("solution", "def third(x): ..."),
        "22:1: a solution without an exercise before it",
    ),
    "nothing": (tagged("exercise", "import os"), "7:1: an exercise that def"),
    "bug, no test": (
        tagged("bug", "def half(x):\n    return x") + ANSWER,
        "7:1: no test mentions half of this exercise",
    ),
    "an experiment between": (
        STUB + fence("half(3)") + TEST + ANSWER,
        "13:1: an experiment needs 'half', which is an exercise (show it in",
    ),
    "an experiment through a function": (
        STUB
        + TEST
        + ANSWER
        + fence("def two():\n    return half(4)\n\n\nprint(two())"),
        "27:7: an experiment needs 'half', which is an exercise",
    ),
    "two below a heading": (
        STUB + TEST + ANSWER + (STUB + TEST + ANSWER).replace("half", "third"),
        "22:1: a second exercise below the heading of line 7 (give each",
    ),
    "a test elsewhere": (
        STUB
        + TEST
        + ANSWER
        + "## Tests\n\n"
        + fence("def test_more():\n    assert half(4) == 2"),
        "26:12: a test of the exercise half elsewhere (move it between",
    ),
    "a test before": (
        fence("def test_more():\n    assert half(4) == 2")
        + (STUB + TEST + ANSWER),
        "9:12: a test of the exercise half elsewhere",
    ),
    "a helper that comes later": (
        STUB
        + TEST.replace("== 1", "== ONE")
        + ANSWER
        + "## More\n\n"
        + fence("ONE = 1"),
        "14:23: an exercise needs 'ONE', defined in line 25 (define it bef",
    ),
    "a fixture that comes later": (
        STUB
        + TEST.replace("()", "(two)").replace("2", "two")
        + ANSWER
        + "## More\n\n"
        + fence("import pytest\n\n\n@pytest.fixture\ndef two(): return 2"),
        "13:1: an exercise needs 'two', defined in line 28",
    ),
    "a helper of the solution": (
        STUB
        + TEST.replace("== 1", "== one()")
        + ANSWER.replace("def half", "def one():\n    return 1\n\n\ndef half"),
        "14:23: an exercise needs 'one', defined in line 18",
    ),
    "a later exercise": (
        STUB
        + TEST.replace("half(2)", "half(third(6))")
        + ANSWER
        + "## More\n\n"
        + (STUB + TEST + ANSWER)
        .replace("half", "third")
        .replace("test_half", "test_third"),
        "14:17: an exercise needs 'third', defined in line 25",
    ),
    "a name that is taken": (
        fence("def half(x): ...") + STUB + TEST + ANSWER,
        "11:1: the exercise's name is taken in line 8 (choose another name",
    ),
    "a name that is imported": (
        fence("from math import sqrt as half") + STUB + TEST + ANSWER,
        "11:1: the exercise's name is taken in line 8",
    ),
    "a name of another exercise": (
        STUB
        + TEST
        + ANSWER
        + "## More\n\n"
        + STUB
        + ANSWER
        + TEST.replace("test_half", "test_more"),
        "24:1: the exercise's name is taken in line 8 (choose",
    ),
    "a call inside": (
        STUB + TEST + tagged("solution", "def half(x):\n    ...\n\nhalf(3)"),
        "21:1: a fence tagged solution may only hold definitions",
    ),
    "two tags": (
        STUB.replace("]", ', "bug"]') + TEST + ANSWER,
        "7:1: the tags ['bug', 'exercise'] exclude each other (keep one)",
    ),
}
SHARED = {
    "a test": (
        tagged("shared", "def test_a(): ..."),
        "8:1: a fence tagged shared may only hold fixtures and helpers",
    ),
    "an experiment": (
        tagged("shared", "x = 1"),
        "8:1: a fence tagged shared may only hold fixtures and helpers",
    ),
    "a definition that uses it": (
        tagged("shared", "def a(): ...") + fence("def b():\n    return a()"),
        "13:12: 'a' of a shared fence is for tests only (define it in a",
    ),
    "an experiment that uses it": (
        tagged("shared", "def a(): ...") + fence("print(a())"),
        "12:7: 'a' of a shared fence is for tests only",
    ),
    "with another tag": (
        STUB.replace("]", ', "shared"]') + TEST + ANSWER,
        "7:1: the tags ['exercise', 'shared'] exclude each other",
    ),
    "what only the experiment sets": (
        fence("x = 1") + tagged("shared", "def a():\n    return x"),
        "13:12: a test uses 'x', which only the experiment sets",
    ),
}
KNOB = "a parameters fence holds 'name = value  # help' lines"
PARAMETERS = {
    "no help": ("steps = 3", f"8:1: {KNOB}"),
    "call": ("steps = 3  # a\nlr = float(3)  # b", f"9:1: {KNOB}"),
    "sum": ("steps = 3 + 4  # a", f"8:1: {KNOB}"),
    "two names": ("a = b = 3  # a", f"8:1: {KNOB}"),
    "two on a line": ("a = 1; b = 2  # a", f"8:1: {KNOB}"),
    "None": ("a = None  # a", f"8:1: {KNOB}"),
    "tuple": ("a = (1, 2)  # a", f"8:1: {KNOB}"),
    "mixed list": ('a = [1, "b"]  # a', f"8:1: {KNOB}"),
    "empty list": ("a = []  # a", f"8:1: {KNOB}"),
    "booleans": ("a = [True]  # a", f"8:1: {KNOB}"),
    "constant": ("STEPS = 3  # a", f"8:1: {KNOB}"),
    "underscore": ("_a = 3  # a", f"8:1: {KNOB}"),
    "if": ("if True:\n    a = 3  # a", f"8:1: {KNOB}"),
    "help": ("help = 3  # a", "8:1: the flag --help exists already"),
    "no-": (
        "fast = True  # a\nno_fast = 1  # b",
        "9:1: the flag --no-fast exists already (choose another name)",
    ),
}


def _table(cases, wrap):
    return {name: (wrap(text), start) for name, (text, start) in cases.items()}


BODIES = {
    "fence": FENCES,
    "wrapped": WRAPPED,
    "dialect": DIALECTS,
    "info": _table(INFOS, lambda info: fence("x = 1", info)),
    "code": _table(CODE, fence),
    "test": TESTS,
    "exercise": EXERCISES,
    "shared": SHARED,
    "parameters": _table(PARAMETERS, lambda code: tagged("parameters", code)),
}
CHAPTERS = {
    f"{group}: {name}": (HEAD + text, start)
    for group, cases in BODIES.items()
    for name, (text, start) in cases.items()
}
FRONT = {
    "none": ("# T\n", "1:1: the front matter has no summary (add 'summary"),
    "empty": ("---\n---\n# T\n", "1:1: the front matter has no summary"),
    "unclosed": ("---\nsummary: a\n\n# T\n", "1:1: the front matter is never"),
    "broken": ("---\nsummary: a: b\n---\n# T\n", "2:11: broken front matter"),
    "bracket": ("---\nsummary: a\nneeds: [a\n---\n# T\n", "3:10: broken"),
    "tab": ("---\nsummary:\n\t- a\n---\n# T\n", "3:1: broken front matter"),
    "a date": ("---\nsummary: 2026-13-01\n---\n# T\n", "2:1: broken front"),
    "a tag": ("---\nlive: !!bool x\n---\n# T\n", "2:1: broken front matter"),
    "object": ("---\na: !!python/none\n---\n# T\n", "2:4: broken front mat"),
    "list": ("---\n- summary\n---\n# T\n", "2:1: the front matter is no list"),
    "unknown key": (
        "---\nsummary: a\ntitle: b\n---\n# T\n",
        "3:1: unknown front matter 'title' (the keys are summary, keywords",
    ),
    "number key": ("---\nsummary: a\n1: b\n---\n# T\n", "3:1: unknown front"),
    "summary": ("---\nsummary: 3\n---\n# T\n", "2:1: summary: is not a line"),
    "no text": ("---\nsummary:\n---\n# T\n", "2:1: summary: is not a line"),
    "blank": ("---\nsummary: ' '\n---\n# T\n", "2:1: summary: is not one"),
    "two lines": (
        "---\nsummary: |\n  a\n  b\n---\n# T\n",
        "2:1: summary: is not one line (write one line of text)",
    ),
    "live": (
        "---\nsummary: a\nlive: soon\n---\n# T\n",
        "3:1: live: is not true or false (write live: true or false)",
    ),
    "needs": ("---\nsummary: a\nneeds: x\n---\n# T\n", "3:1: needs: is not a"),
    "path": (
        "---\nsummary: a\nmakes: [../x]\n---\n# T\n",
        "3:1: makes: '../x' is no artifact name (lower-case letters, digits",
    ),
    "itself": (
        "---\nsummary: a\nneeds: &a [*a]\n---\n# T\n",
        "3:1: needs: [[...]] is no artifact name",
    ),
}
BYTES = {
    "empty": (b"", "1:1: the file is empty (write or delete it)"),
    "blank": (b"\n \n\t\n", "1:1: the file is empty"),
    "no heading": (b"---\nsummary: a\n---\ntext\n", "4:1: the file has no h"),
    "deeper": (b"---\nsummary: a\n---\n## T\n", "4:1: the file has no head"),
    "latin-1": ("# é\nü\n".encode("latin-1"), "1:3: not UTF-8 (save the fil"),
    "line, column": (b"# T\r\n\r\n\xc3\xa9t\xff", "3:3: not UTF-8"),
    "behind a BOM": (b"\xef\xbb\xbf# T\xff", "1:4: not UTF-8"),
    "UTF-16": ("# T\n".encode("utf-16-le"), "1:2: the control character U+0"),
    "NUL": (b"# T\n\nab\0c\n", "3:3: the control character U+0000 (remove"),
    "line separator": ("# T\na\u2028b".encode(), "2:2: the control character"),
    "form feed": (b"# T\n\f", "2:1: the control character U+000C"),
    "large": (b"# T\n" + b"word " * 4_000_000, "1:1: the file is too large"),
}


def check(course: Course, place: str, path: str = ONE) -> None:
    """One problem, said in one line, and a build folder as it was."""
    before, times = course.generated(), course.times()
    done = course.tangle()
    assert done.err.startswith(f"{path}:{place}")
    assert re.fullmatch(r"\S+:\d+:\d+: .+ \(.+\)\n", done.err)
    assert (done.code, done.out) == (2, "")
    assert (course.generated(), course.times()) == (before, times)


@pytest.mark.parametrize(
    ("text", "place"), CHAPTERS.values(), ids=CHAPTERS.keys()
)
def test_a_fault_in_the_text_names_line_and_column(course, text, place):
    course.write(ONE, text)
    check(course, place)
    assert not course.build.exists()


@pytest.mark.parametrize(("text", "place"), FRONT.values(), ids=FRONT.keys())
def test_a_fault_in_the_front_matter_names_its_line(course, text, place):
    course.write(ONE, text)
    check(course, place)


@pytest.mark.parametrize(("data", "place"), BYTES.values(), ids=BYTES.keys())
def test_a_file_that_is_no_chapter_is_refused(course, data, place):
    course.write(ONE, data)
    check(course, place)


def test_the_build_folder_stays_as_it_was(course):
    assert course.tangle().code == 0
    course.write(ONE, HEAD + "```python\n")
    check(course, "7:1: the fence ```python is never closed")


def test_all_problems_of_all_chapters_come_at_once_and_sorted(course):
    course.write(ONE, HEAD + fence("x = = 1") + fence("y = = 2") + "```py\n")
    course.write("chapters/1-part/02-two.md", "# Two\n\n```python numbers\n")
    course.write("chapters/1-part/03-three.md", "")
    course.write("chapters/loose.md", "# Loose\n")
    done = course.tangle()
    places = [line.split(": ")[0] for line in done.err.splitlines()]
    assert done.code == 2
    assert places == [
        "chapters/1-part/01-one.md:8:5",
        "chapters/1-part/01-one.md:12:5",
        "chapters/1-part/01-one.md:15:1",
        "chapters/1-part/02-two.md:1:1",
        "chapters/1-part/02-two.md:3:1",
        "chapters/1-part/03-three.md:1:1",
        "chapters/loose.md:1:1",
    ]


def test_a_fault_does_not_bring_up_others_that_are_none(course):
    """Who imports a broken chapter, or solves in a broken fence, is not told
    that something is missing."""
    broken = ANSWER.replace("return", "return =")
    course.write(ONE, HEAD + STUB + TEST + broken)
    text = HEAD + fence("from byhand.part.one import half\n\nhalf(3)")
    course.write("chapters/1-part/02-two.md", text)
    check(course, "19:12: SyntaxError: invalid syntax")


def test_who_imports_an_unreadable_chapter_is_not_told_that_it_lacks(course):
    text = HEAD + fence("from byhand.part.one import half\n\nhalf(3)")
    course.write("chapters/1-part/02-two.md", text)
    course.write(ONE, b"\xff")
    check(course, "1:1: not UTF-8")


def test_a_second_parameters_fence_is_refused(course):
    knobs = tagged("parameters", "a = 1  # help")
    assert problems(HEAD + knobs) == []
    course.write(ONE, HEAD + knobs + knobs)
    check(course, "11:1: a second parameters fence, after that of line 8")


def test_code_in_a_readme_is_refused(course):
    text = HEAD.replace("Title", "Part") + fence("x = 1")
    course.write("chapters/1-part/README.md", text)
    check(course, "7:1: a README holds no", "chapters/1-part/README.md")


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_line_ends_and_byte_order_mark_make_no_difference(tmp_path, ends):
    text = HEAD + "Prose.\n\n" + fence('A = """a\n  b"""\nprint(A)')
    plain, other = Course(tmp_path / "a"), Course(tmp_path / "b")
    plain.write(ONE, text)
    other.write(ONE, b"\xef\xbb\xbf" + text.replace("\n", ends).encode())
    assert (plain.tangle().code, other.tangle().code) == (0, 0)
    mine, yours = plain.generated(), other.generated()
    del mine["manifest.json"], yours["manifest.json"]
    assert mine == yours


ACCEPTED = {
    "a list after a sentence": "Two things:\n- a\n- b\n\nDone.)\n1. c\n",
    "a list in a list": "- a thing\n  - a part\n",
    "a list after a line": "three\n\n- a\n",
    "two, no list": "is less than\n2. It is\n",
    "indented": "Text:\n\n    ```python\n    x = = 1\n    ```\n",
    "four backticks": "````text\n```\nx\n```\n````\n",
    "a price": "It costs \\$5, $x$ and (\\$6).\n",
    "formulas": "A $E[x](t)$, $n$-gram ($m$).\n\n$$\na\n\\frac{1}{2}\n$$\n",
    "console": fence("$ ls\n!ls", "console"),
    "a comment of a diagram": fence("%% a comment\ngraph TD", "text"),
    "tildes": "~~~text\n```console\n~~~\n",
    "footnote": "A fact[^1].\n\n[^1]: Its *source*.\n",
    "shown": fence("!torchrun x", 'python tags=["no-run"]'),
    "blank lines": fence("\n\nx = 1\n\n\n\ny = 2\n\n"),
    "empty": "```python\n```\n",
    "quotes in comments": fence('# it\'s """\nx = 1  # don\'t'),
    "magic in a string": fence('x = """\n%time\n!ls\n"""'),
    "magic in a comment": fence("# %time\n# !ls\nx = 1"),
    "two tags": fence("x = 1", 'python tags=["hide-input", "hide-output"]'),
    "details": '<details markdown="1">\n\n' + fence("x = 1") + "</details>\n",
}


@pytest.mark.parametrize("body", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_only_looks_odd_is_accepted(body):
    assert problems(HEAD + body) == []
