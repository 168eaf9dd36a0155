"""Every exercise of the course works, in a file and in a workbook."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from press.practice.desk import chosen
from press.practice.sections import sections
from press.write.tangle import tangle, target_paths
from press.write.workbook import workbook
from tests import grading
from tests.courses import environment

ROOT = Path(__file__).parents[1]
CHAPTERS = {c.source.name: c for c in grading.chapters(ROOT / "chapters")}
EXERCISES = [
    (chapter, section)
    for chapter in CHAPTERS.values()
    for section in sections(chapter)
]


@pytest.fixture(scope="module")
def build(tmp_path_factory) -> Path:
    """The course, tangled, and importable."""
    folder = tmp_path_factory.mktemp("course") / "build"
    tangle(ROOT / "chapters", folder)
    with grading.course(folder), grading.unshrunk():
        yield folder


@pytest.mark.parametrize(
    ("chapter", "section"),
    EXERCISES,
    ids=lambda v: v.source.name if hasattr(v, "source") else v.item.number,
)
def test_stub_fails_with_words_that_help_and_solution_passes(
    chapter, section, build, tmp_path
):
    wanted = chosen(chapter, section.item.number)
    assert grading.fault(chapter, wanted, tmp_path) == ""


@pytest.mark.parametrize("chapter", CHAPTERS.values(), ids=CHAPTERS)
def test_a_file_of_all_solutions_passes(chapter, build, tmp_path):
    every = sections(chapter)
    text = grading.solved(grading.practice_text(chapter, every), every)
    path = tmp_path / f"{chapter.source.stem}.py"
    with grading.unshrunk(max_examples=10):
        found = grading.grade(path, text)
    assert found == {s.item.label: "" for s in every}


@pytest.mark.parametrize("chapter", CHAPTERS.values(), ids=CHAPTERS)
def test_a_workbook_says_what_is_missing_and_what_has_passed(chapter, build):
    every, text = sections(chapter), workbook(chapter)
    untouched = grading.run_workbook(text, [])
    assert [line.split(": not yet: ")[0] for line in untouched] == [
        s.item.label for s in every
    ]
    assert not any(map(grading.HELPLESS.search, untouched))
    with grading.unshrunk(max_examples=10):
        done = grading.run_workbook(text, every)
    assert done == [f"{s.item.label}: passed" for s in every]


@pytest.mark.parametrize("chapter", CHAPTERS.values(), ids=CHAPTERS)
def test_no_answer_is_in_sight(chapter, build):
    """Neither in the workbook nor, but for folds, in the notebook."""
    path = build / target_paths(chapter.source)["notebook"]
    cells = json.loads(path.read_text("utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells)
    shown = re.sub(r"(?s)<details>.*?</details>", "", text)
    tasks = json.loads(workbook(chapter))["cells"]
    tasks = "\n".join("".join(cell["source"]) for cell in tasks)
    for section in sections(chapter):
        item = section.item
        for hidden in filter(None, [item.solution.source, item.explanation]):
            assert hidden in text and hidden not in shown + tasks
        assert item.stub.source in shown and item.stub.source in tasks
    assert not re.search(r"(?m)^ *- \[[x ]\]", shown)


# In processes of their own --------------------------------------------------

ATTENTION = CHAPTERS["gradients/attention"]


def pytest_says(build: Path, folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        env=environment(build),
        capture_output=True,
        text=True,
    )
    return done.stdout


def test_a_single_file_is_graded_from_any_folder(build, tmp_path):
    every = sections(ATTENTION)
    text = grading.practice_text(ATTENTION, every)
    path = tmp_path / "anywhere" / "attention.py"
    path.parent.mkdir()
    path.write_text(grading.solved(text, every[:1]), "utf-8")
    said = pytest_says(build, tmp_path, str(path)).split("\n")
    assert f"{every[0].item.label}: passed" in said
    found = [line for line in said if line.startswith("Exercise 3")]
    assert "assert [-0.0825" in found[0] and "line " in found[0]
    assert "FAILURES" not in "".join(said)


@pytest.mark.parametrize("answers", [0, 4])
def test_a_workbook_runs_in_a_kernel_of_its_own(build, tmp_path, answers):
    import nbformat
    from nbclient import NotebookClient

    every = sections(ATTENTION)
    node = nbformat.reads(workbook(ATTENTION), as_version=4)
    for cell in node.cells:
        cell.source = grading.solved(cell.source, every[:answers])
    client = NotebookClient(node, resources={"metadata": {"path": tmp_path}})
    client.execute(env=environment(build))
    outputs = [o for c in node.cells for o in c.get("outputs", [])]
    said = "".join(output.text for output in outputs).split("\n")
    assert {output.output_type for output in outputs} == {"stream"}
    verdict = "passed" if answers else "not yet: line"
    for section in every:
        start = f"{section.item.label}: {verdict}"
        assert any(line.startswith(start) for line in said)
