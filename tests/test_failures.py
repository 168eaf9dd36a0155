"""A failure names the chapter's line: while running, and in its tests."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from press.run.cache import latest
from press.run.runner import Outcome
from tests.running import chapter, outcomes, tangled, write

ROOT = Path(__file__).parents[1]
CHAPTERS = {
    "1-base/01-divide": chapter(
        "def invert(x: float) -> float:\n    return 1 / x", "print(invert(2))"
    ),
    "2-bad/01-raises": chapter(
        "x = 1", "Prose.", "z = 3\nraise OSError('\\x1b[31mred\\x1b[0m')"
    ),
    "2-bad/02-defined": chapter(
        "def invert(x):\n    return 1 / x", "Prose.", "print(invert(0))"
    ),
    "2-bad/03-imported": chapter(
        "from byhand.base.divide import invert", "Prose.", "invert(0)"
    ),
    "2-bad/04-dies": chapter("import os", "Prose.", "os._exit(3)"),
    "2-bad/05-asks": chapter(
        "x = 1", "Prose.", 'x = 2\nprint(input("Name?"))'
    ),
    "2-bad/06-leaves": chapter("import sys", "Prose.", "sys.exit(4)"),
    "2-bad/07-talks": chapter(
        "print('x' * 900_000)", "Prose.", "while True:\n    print('x' * 9999)"
    ),
    "2-bad/08-draws": chapter(
        "from byhand import show\n\n\nclass Big:\n"
        "    def _repr_svg_(self):\n        return '<svg/>' * 300_000",
        "Prose.",
        "show(Big(), 'Too big.')",
    ),
    "2-bad/09-gone": chapter(
        "from pathlib import Path",
        "Prose.",
        "Path('../../../chapters/2-bad/09-gone.md').unlink()\n1 / 0",
    ),
    "2-bad/10-renamed": chapter(
        "from pathlib import Path",
        "path = Path('../../../chapters/2-bad/10-renamed.md')\n"
        "path.rename(path.with_name('12-other.md'))\nprint('done')",
    ),
    "3-good/01-last": chapter("print(1)"),
}
ENDLESS = {
    "4-endless/01-hangs": chapter(
        "import time", "Prose.", "x = 1\nwhile True:\n    time.sleep(0.01)"
    ),
    "4-endless/02-deaf": chapter(
        "import signal\nimport time",
        "Prose.",
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(60)",
    ),
}
LIMIT = 4.0


def line_of(text: str, code: str) -> int:
    """The line of the last place where a chapter says `code`."""
    return text[: text.rindex(code)].count("\n") + 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("failures")
    write(folder, CHAPTERS | ENDLESS)
    return folder


@pytest.fixture(scope="module")
def failures(folder) -> dict[str, Outcome]:
    """What became of each chapter, in real kernels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        names = [path.partition("-")[2] for path in CHAPTERS]
        names = [re.sub(r"/\d+-", "/", name) for name in names]
        found = outcomes(Path(), names, {"jobs": 3})
        names = ["endless/hangs", "endless/deaf"]
        found += outcomes(Path(), names, {"jobs": 2, "limit": LIMIT})
    return {outcome.source.slug: outcome for outcome in found}


def test_the_others_go_on(failures):
    states = {slug: outcome.state for slug, outcome in failures.items()}
    good = {"divide": "ran", "last": "ran", "renamed": "ran"}
    assert states == dict.fromkeys(failures, "failed") | good


DIED = "the kernel died (out of memory, or the code ended it)"
MUCH = "more than 1,000,000 characters of output (print less, or save a fi"
MESSAGES = {  # by path: the code of the line that is named, and what is said
    "2-bad/01-raises": ("raise", "OSError: red"),
    "2-bad/02-defined": ("1 / x", "ZeroDivisionError: division by zero"),
    "2-bad/03-imported": ("invert(0)", "ZeroDivisionError: division by zero"),
    "2-bad/04-dies": ("os._exit", DIED),
    "2-bad/05-asks": ("print(in", "StdinNotImplementedError: raw_input was"),
    "2-bad/06-leaves": ("sys.exit", "SystemExit: 4"),
    "2-bad/07-talks": ("while", MUCH),
    "2-bad/08-draws": ("show(Big", MUCH),
    "4-endless/01-hangs": ("x = 1\nwhile", "stopped after 4 seconds"),
    "4-endless/02-deaf": ("signal.signal(", "stopped after 4 seconds"),
}


@pytest.mark.parametrize("path", MESSAGES)
def test_a_failure_names_the_line_of_its_chapter(failures, path):
    code, message = MESSAGES[path]
    line = line_of((CHAPTERS | ENDLESS)[path], code)
    found = failures[path.rpartition("-")[2]].message
    assert found.startswith(f"chapters/{path}.md:{line}: {message}")
    assert "\x1b" not in found


def test_a_chapter_that_is_deleted_while_it_runs_loses_only_itself(failures):
    start = "chapters/2-bad/09-gone.md:2: ZeroDivisionError: division by zero"
    assert failures["gone"].message.startswith(start)


def test_a_traceback_names_every_line_in_the_chapters(failures):
    assert places(failures["raises"]) == [place("2-bad/01-raises", "raise")]
    assert places(failures["defined"]) == [
        place("2-bad/02-defined", "invert(0)"),
        place("2-bad/02-defined", "1 / x"),
    ]
    assert places(failures["imported"]) == [
        place("2-bad/03-imported", "invert(0)"),
        place("1-base/01-divide", "1 / x"),
    ]


def places(outcome: Outcome) -> list[str]:
    return re.findall(r" \[(\S+)\]", outcome.message)


def place(path: str, code: str) -> str:
    return f"chapters/{path}.md:{line_of(CHAPTERS[path], code)}"


def test_a_failure_leaves_no_result_behind(failures, folder):
    course = tangled(folder)
    kept = {
        source.slug
        for source, _ in course.chapters.values()
        if latest(course, source)
    }
    assert kept == {"divide", "last"}  # the renamed one is another chapter


def test_a_chapter_that_is_edited_while_it_runs_is_named_as_it_is_now(
    tmp_path,
):
    """The chapter moves its own cell before that fails."""
    code = (
        "from pathlib import Path\n\n"
        "path = Path('../../../chapters/1-part/01-moves.md')\n"
        "path.write_text(path.read_text().replace('# Title', '#\\n\\n# T'))"
    )
    write(tmp_path, {"1-part/01-moves": chapter(code, "x = 1\n1 / 0")})
    [outcome] = outcomes(tmp_path)
    path = tmp_path / "chapters" / "1-part" / "01-moves.md"
    line = line_of(path.read_text(), "1 / 0")
    assert outcome.message.startswith(f"{path}:{line}: ZeroDivisionError")


def test_a_broken_kernel_is_a_failure_with_its_words(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    (tmp_path / "python").write_text("#!/bin/sh\necho no kernel >&2\nexit 1\n")
    (tmp_path / "python").chmod(0o755)
    write(tmp_path, {"1-part/01-one": chapter("x = 1")})
    [outcome] = outcomes(tmp_path)
    assert outcome.message.endswith(
        "chapters/1-part/01-one.md:1: the run broke off: no kernel"
    )


# The chapters' tests ------------------------------------------------------

TESTED = {
    "1-part/01-sums": chapter(
        "def half(x: int) -> float:\n    return 1 / x",
        "Prose.",
        "import pytest\n\n\n"
        "@pytest.fixture\ndef broken():\n    raise OSError('no disk')",
        "def test_plain():\n    x = half(2)\n    assert x == 3, 'or so'",
        "def test_inside():\n    half(0)",
        "def test_setup(broken):\n    half(1)",
        "from hypothesis import given, strategies\n\n\n"
        "@given(strategies.integers(1, 9))\n"
        "def test_property(x):\n    assert half(x) > 0.3",
        "@pytest.mark.parametrize('x', [1, 0])\n"
        "def test_cases(x):\n    assert half(x)",
        "def test_good():\n    assert half(2) == 0.5",
    ),
    "1-part/02-absent": chapter(
        "def one() -> int:\n    return 1",
        "Prose.",
        "import not_there\n\n\n"
        "def test_one():\n    assert not_there.one == one()",
    ),
    "1-part/03-wrong": chapter(
        "NUMBERS = [1, 2]\nLAST = NUMBERS[2]",
        "def test_last():\n    assert LAST == 2",
    ),
}
EXPECTED = {  # by test: the chapter, the code of its line, what is said
    "test_plain": ("01-sums", "assert x == 3", "AssertionError: or so"),
    "test_inside": ("01-sums", "1 / x", "ZeroDivisionError: division by zero"),
    "test_setup": ("01-sums", "raise OSError", "OSError: no disk"),
    "test_property": ("01-sums", "assert half(x) > 0.3", "assert 0."),
    "test_cases[0]": ("01-sums", "1 / x", "ZeroDivisionError: division by"),
    "test_absent.py": ("02-absent", "import not", "ModuleNotFoundError: No "),
    "test_wrong.py": ("03-wrong", "LAST = ", "IndexError: list index out"),
}


@pytest.fixture(scope="module", params=[(), ("-n", "2")], ids=["one", "xdist"])
def report(request, tmp_path_factory) -> str:
    """What pytest says of these chapters, in a narrow terminal."""
    folder = tmp_path_factory.mktemp("tested")
    write(folder, TESTED)
    tangled(folder)
    command = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml"]
    command += ["--rootdir", folder, "--continue-on-collection-errors"]
    done = subprocess.run(
        [*command, *request.param, "build/tests"],
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": f"{folder / 'build'}:{ROOT}", "COLUMNS": "60"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", EXPECTED)
def test_the_summary_of_a_failing_test_names_the_chapter(report, name):
    chapter, code, message = EXPECTED[name]
    [line] = {
        line
        for line in report.splitlines()
        if re.match(rf"(FAILED|ERROR) \S*{re.escape(name)} - ", line)
    }
    number = line_of(TESTED[f"1-part/{chapter}"], code)
    text = line.partition(" - ")[2]
    place = text.partition("chapters/1-part/")[2]
    assert place.startswith(f"{chapter}.md:{number}: {message}")


def test_the_failure_itself_names_every_line(report):
    section = report.partition("_ test_inside _")[2].partition("\n____")[0]
    names = section.partition("In the chapter")[2]
    text = TESTED["1-part/01-sums"]
    assert re.findall(r"01-sums.md:(\d+) in (\w+)", names) == [
        (str(line_of(text, "half(0)")), "test_inside"),
        (str(line_of(text, "1 / x")), "half"),
    ]


def test_the_summary_has_one_line_for_each_failure(report):
    summary = report.partition("short test summary info")[2].splitlines()
    lines = summary[1:-1]  # between the heading and the count
    assert all(re.match("FAILED |ERROR ", line) for line in lines)
    assert len(set(lines)) == len(EXPECTED)  # xdist says errors twice
