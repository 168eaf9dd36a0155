"""Small courses that are run and woven, for the tests of both."""

import json
from pathlib import Path

from press.run.keys import execution_keys
from press.run.runner import Outcome, Settings, run
from press.write.tangle import Course, tangle
from press.write.transaction import locked


def chapter(*cells: str, front: str = "", title: str = "Title") -> str:
    """A chapter; code without a fence of its own gets a python one."""
    parts = [f"---\nsummary: One line.\n{front}---\n\n# {title}"]
    for cell in cells:
        prose = cell.startswith(("```", "#", ">", "-", "|", "Prose"))
        parts.append(cell if prose else f"```python\n{cell}\n```")
    return "\n\n".join(parts) + "\n"


def write(folder: Path, chapters: dict[str, str]) -> None:
    """Write `chapters/{path}.md` for every chapter."""
    for path, text in chapters.items():
        target = folder / "chapters" / f"{path}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")


def tangled(folder: Path) -> Course:
    """The course of `folder`, tangled into its build folder."""
    with locked(folder / "build"):
        return tangle(folder / "chapters", folder / "build").course


def states(folder: Path, *names: str, **settings) -> dict[str, str]:
    """Run the course; what became of each chapter, in the order of ends."""
    return {o.source.name: o.state for o in outcomes(folder, names, settings)}


def outcomes(folder: Path, names=(), settings=None) -> list[Outcome]:
    course = tangled(folder)
    with locked(course.build):
        return run(course, list(names), Settings(**settings or {}))


def keys(folder: Path) -> dict[str, str]:
    """The execution key of every chapter, by its name."""
    course = tangled(folder)
    found = execution_keys(course)
    return {course.chapters[m][0].name: key for m, key in found.items()}


def notebook(folder: Path, name: str) -> list[dict]:
    """The code cells of a chapter's notebook."""
    path = folder / "build" / "notebooks" / f"{name}.ipynb"
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def printed(folder: Path, name: str) -> str:
    """Everything that a chapter's notebook printed."""
    outputs = [
        out for cell in notebook(folder, name) for out in cell["outputs"]
    ]
    return "".join("".join(out.get("text", "")) for out in outputs)
