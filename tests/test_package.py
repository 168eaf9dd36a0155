"""The wheel, in an environment of its own: imports, runs, practises.

And single files of the course: they work there, and where the course is
missing they say how to install it.
"""

import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

import nbformat
import pytest
from nbclient import NotebookClient

from press.practice.desk import chapters
from press.practice.sections import sections
from press.read.chapter import Chapter
from press.weave.alone import add_check, check
from press.write.notebook import notebook
from press.write.scripts import module_script
from press.write.workbook import workbook
from tests import grading
from tests.courses import read, tagged
from tests.running import chapter

ROOT = Path(__file__).parents[1]
NAME = "gradients/tokens"
HOW = r"{} is missing.* -m pip install \.\n?$"


class Place:
    """A Python environment, and a folder outside the repository."""

    def __init__(self, folder: Path):
        self.folder, self.venv = folder, folder / "venv"
        command = [sys.executable, "-m", "venv", "--without-pip", self.venv]
        subprocess.run(command, check=True)
        self.bin = self.venv / ("Scripts" if os.name == "nt" else "bin")
        names = {"base": self.venv, "platbase": self.venv}
        self.site = Path(sysconfig.get_path("purelib", "venv", names))
        # What the course needs is there already; the course is not, as the
        # .pth files of that folder are not read.
        packages = sysconfig.get_path("purelib")
        others = [p for p in sys.path if p.endswith("site-packages")]
        (self.site / "others.pth").write_text("\n".join([packages, *others]))

    def run(self, *command: str | Path) -> subprocess.CompletedProcess:
        return subprocess.run(
            [self.bin / command[0], *command[1:]],
            cwd=self.folder,
            env=clean(),
            capture_output=True,
            text=True,
        )

    def python(self, *arguments: str) -> subprocess.CompletedProcess:
        return self.run("python", *arguments)

    def execute(self, text: str) -> list[dict]:
        """The outputs of a notebook, run by this environment's kernel."""
        spec = self.folder / "share" / "kernels" / "here" / "kernel.json"
        spec.parent.mkdir(parents=True, exist_ok=True)
        command = [str(self.bin / "python"), "-m", "ipykernel_launcher", "-f"]
        spec.write_text(
            json.dumps(
                {
                    "argv": [*command, "{connection_file}"],
                    "display_name": "here",
                    "language": "python",
                }
            )
        )
        node = nbformat.reads(text, as_version=4)
        client = NotebookClient(
            node,
            kernel_name="here",
            allow_errors=True,
            resources={"metadata": {"path": str(self.folder)}},
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("JUPYTER_PATH", str(self.folder / "share"))
            client.execute(env=clean())
        return [o for cell in node.cells for o in cell.get("outputs", [])]


def clean() -> dict[str, str]:
    """The environment without a path to the repository."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--quiet"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "-w", folder]
    done = subprocess.run(
        [*command, ROOT], capture_output=True, text=True, env=clean()
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [found] = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def there(wheel, tmp_path_factory) -> Place:
    """Where the wheel is installed."""
    place = Place(tmp_path_factory.mktemp("there"))
    pip = [sys.executable, "-m", "pip", "--python", place.bin / "python"]
    options = ["--no-deps", "--no-index", "--quiet", "--no-compile"]
    done = subprocess.run([*pip, "install", *options, wheel], env=clean())
    assert done.returncode == 0
    return place


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> Place:
    """Where it is not."""
    return Place(tmp_path_factory.mktemp("bare"))


@pytest.fixture(scope="module")
def tokens() -> Chapter:
    return chapters(ROOT / "chapters", NAME)[0]


def downloaded(chapter: Chapter) -> str:
    """The notebook of a chapter as its page offers it."""
    node = json.loads(notebook(chapter))
    add_check(node, chapter)
    return json.dumps(node)


def said(outputs: list[dict]) -> str:
    return "".join(o.get("text", "") or o.get("evalue", "") for o in outputs)


# The wheel ------------------------------------------------------------------


def test_the_wheel_holds_the_course_and_nothing_of_this_machine(wheel):
    with ZipFile(wheel) as file:
        names = file.namelist()
        metadata = next(n for n in names if n.endswith("/METADATA"))
        needs = file.read(metadata).decode()
    assert "byhand/gradients/tokens.py" in names
    assert "byhand/_source/chapters/2-gradients/01-tokens.md" in names
    assert all(n.startswith(("byhand/", "byhand-")) for n in names)
    assert not any("__pycache__" in n or "/site/" in n for n in names)
    assert "Requires-Dist: torch==2.13.0\n" in needs
    assert "Requires-Dist: mkdocs; extra == 'press'\n" in needs


def test_it_imports_and_runs_without_the_repository(there):
    done = there.python(
        "-c",
        "import byhand, byhand.gradients.tokens as a; print(a.__file__)",
    )
    assert done.stdout.startswith(str(there.site)), done.stderr
    done = there.python("-m", "byhand.gradients.tokens")
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_what_a_chapter_saves_is_found_where_it_was_run(there):
    find = "import byhand; byhand.MAKERS['table'] = 'a-part/its-maker'\n"
    find += "print(byhand.artifact('table'))"
    words = "make it: python -m byhand.a_part.its_maker\n"
    assert there.python("-c", find).stderr.endswith(words)
    name = there.site / "byhand" / "a_part" / "its_maker.py"
    save = "import byhand, __main__\n"
    save += f"__main__.__file__ = {str(name)!r}\n"
    save += "with byhand.new_artifact('table') as folder:\n"
    save += "    (folder / 'a').touch()\n"
    assert there.python("-c", save).returncode == 0
    folder = Path("byhand-runs/a_part/its_maker/artifacts/table")
    assert (there.folder / folder / "a").exists()
    assert there.python("-c", find).stdout == f"{folder}\n"
    assert {p.name for p in there.site.iterdir()} == {
        "byhand",
        "byhand-0.1.0.dist-info",
        "others.pth",
    }


def test_the_command_practises(there, tokens):
    done = there.run("byhand", "practice", NAME, "1")
    assert done.returncode == 0, done.stderr
    path = there.folder / "practice" / f"{NAME}.py"
    assert f"check it: python -m pytest {path.relative_to(there.folder)}" in (
        done.stdout
    )
    first = sections(tokens)[0]
    graded = there.python("-m", "pytest", str(path)).stdout
    assert f"{first.item.label}: not yet: line " in graded
    text = path.read_text("utf-8")
    path.write_text(grading.solved(text, [first]), "utf-8")
    graded = there.python("-m", "pytest", str(path)).stdout
    assert f"{first.item.label}: passed" in graded
    listed = there.run("byhand", "practice").stdout
    assert re.search(r"(?m)^  1 .* passed$", listed)
    shown = there.run("byhand", "practice", NAME, "--solution", "1").stdout
    assert first.item.solution.source in shown


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--version"], 0, "0.1.0"),
        (["--help"], 0, "python -m byhand.PART.CHAPTER"),
        ([], 2, "required: practice"),
        (["practice", "no/such"], 2, "no chapter is called 'no/such'"),
        (["practice", NAME, "99"], 2, "has no exercise 99"),
        (["practice", "--solution", "1"], 2, "say of which chapter"),
    ],
)
def test_the_command_says_what_is_wrong(there, arguments, code, words):
    done = there.run("byhand", *arguments)
    assert done.returncode == code
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


# Files by themselves --------------------------------------------------------


def test_a_downloaded_module_runs_or_says_what_to_install(there, bare, tokens):
    text = module_script(tokens, check(tokens, False))
    for place in (there, bare):
        (place.folder / "tokens.py").write_text(text, "utf-8")
    assert there.python("tokens.py").returncode == 0
    done = bare.python("tokens.py")
    assert done.returncode == 1
    assert re.match(HOW.format("byhand"), done.stderr), done.stderr
    assert done.stderr.count("\n") == 1


def test_a_downloaded_notebook_runs_or_says_what_to_install(
    there, bare, tokens
):
    text = downloaded(tokens)
    outputs = there.execute(text)
    assert not [o for o in outputs if o.output_type == "error"]
    assert said(outputs)
    first = bare.execute(text)[0]
    assert re.search(HOW.format("byhand"), said([first])), first


def test_a_workbook_runs_or_says_what_to_install(there, bare, tokens):
    text = workbook(tokens)
    for answers, verdict in ((0, "not yet: line"), (None, "passed")):
        every = sections(tokens)
        node = nbformat.reads(text, as_version=4)
        for cell in node.cells:
            cell.source = grading.solved(cell.source, every[:answers])
        lines = said(there.execute(nbformat.writes(node)))
        for section in every:
            assert f"{section.item.label}: {verdict}" in lines
    first = bare.execute(text)[0]
    assert re.search(HOW.format("byhand"), said([first]), re.S), first


def test_only_what_a_file_needs_is_looked_for():
    plain, _ = read(chapter("print(1)"))
    assert check(plain, True) == ""
    flags, _ = read(
        chapter(tagged("parameters", "steps = 1  # how many").strip())
    )
    assert '["byhand"]' in check(flags, False)
    assert check(flags, True) == ""
    tests, _ = read(
        chapter("import torch\n\n\ndef test_a():\n    assert torch.ones(1)")
    )
    assert check(tests, False) == ""
    assert '["torch"]' in check(tests, True)
