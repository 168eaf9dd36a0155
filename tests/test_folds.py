"""In a notebook no answer is in sight; the stub stays the reader's."""

import json

from press.write.notebook import notebook
from tests.courses import HEAD, Course, fence, read, tagged

STUB = tagged("exercise", "def half(x):\n    ...")
TEST = fence("def test_half():\n    assert half(2) == 1")
ANSWER = tagged("solution", "def half(x):\n    return x / 2")
QUIZ = """\
## Quiz

### How much is *half* of 2?

- [ ] `0.5`, or
  less.

  That is $2^{-1}$.

- [x] One.

  Two halves:

  - one,
  - one more.

## Recap

Words.
"""
EXPLAINED = HEAD + STUB + TEST + ANSWER + "It is easy.\n\nVery.\n\n" + QUIZ


def cells(text: str) -> list[dict]:
    chapter, problems = read(text)
    assert problems == []
    return json.loads(notebook(chapter))["cells"]


def source(cell: dict) -> str:
    return "".join(cell["source"])


def test_a_solution_is_folded_and_never_executed():
    found = cells(EXPLAINED)
    [solution] = [c for c in found if "return x / 2" in source(c)]
    assert solution["cell_type"] == "markdown"
    assert source(solution) == (
        "<details>\n<summary>Solution</summary>\n\n```python\n"
        "def half(x):\n    return x / 2\n```\n\n</details>"
    )
    stubs = [c for c in found if c["metadata"].get("tags") == ["exercise"]]
    assert [cell["cell_type"] for cell in stubs] == ["code"]


def test_the_explanation_is_folded_up_to_the_next_heading():
    assert source(cells(EXPLAINED)[-1]).startswith(
        "<details>\n<summary>Explanation</summary>\n\nIt is easy.\n\nVery.\n\n"
        "</details>\n\n## Quiz\n"
    )


def test_the_answers_are_a_list_and_what_is_said_of_them_a_fold():
    text = source(cells(EXPLAINED)[-1])
    shown = "1. `0.5`, or less.\n2. One.\n\n"
    fold = (
        "<details>\n<summary>Answer</summary>\n\n"
        "1. No. That is $2^{-1}$.\n\n"
        "2. Right. Two halves:\n\n   - one,\n   - one more.\n\n</details>\n\n"
    )
    assert text.endswith(shown + fold + "## Recap\n\nWords.")


def test_the_outputs_that_a_page_shows_do_not_depend_on_solutions(tmp_path):
    from tests.running import printed, states

    course = Course(tmp_path)
    text = HEAD + fence("print(2 * 3)") + STUB + TEST + ANSWER
    course.write("chapters/1-part/01-one.md", text + fence("print('end')"))
    assert states(tmp_path) == {"part/one": "ran"}
    assert printed(tmp_path, "part/one") == "6\nend\n"
    other = text.replace("return x / 2", "return 0.5 * x")
    course.write("chapters/1-part/01-one.md", other + fence("print('end')"))
    assert states(tmp_path) == {"part/one": "cached"}
