"""The preview: a page follows its chapter, whatever happens to that."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.courses import TANGLE, command, environment
from tests.running import chapter, write

LIMIT = 60  # seconds that anything may take on a busy machine
CHAPTERS = {
    "1-first/01-alpha": chapter("Prose.", "print(1 + 1)", title="Alpha"),
    "1-first/02-beta": chapter("Prose.", title="Beta"),
}


class Preview:
    """A running preview of a course in `folder`."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, TANGLE, "serve", "--port", "0"],
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        self.address = self.process.stdout.readline().split()[0]

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.address + path) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def wait(self, path: str, wanted: Callable[[str], bool]) -> str:
        """The page as soon as it is as it is wanted to be."""
        end = time.monotonic() + LIMIT
        while True:
            _, text = self.get(path)
            if wanted(text):
                return text
            assert time.monotonic() < end, text[-3000:]
            time.sleep(0.1)

    def wait_for(self, path: str, words: str) -> str:
        return self.wait(path, lambda text: words in text)


@pytest.fixture(scope="module")
def preview(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preview")
    write(folder, CHAPTERS)
    running = Preview(folder)
    running.wait("/first/alpha/", lambda text: ">2\n<" in text)
    yield running
    running.process.send_signal(signal.SIGINT)
    running.process.wait(LIMIT)


def test_it_answers_this_machine_only(preview):
    assert preview.address.startswith("http://127.0.0.1:")


def test_saved_prose_is_on_the_page_and_the_page_knows(preview):
    state = preview.get("/.state/first/beta/")
    text = CHAPTERS["1-first/02-beta"]
    write(preview.folder, {"1-first/02-beta": text + "\nNew words.\n"})
    page = preview.wait_for("/first/beta/", "New words.")
    assert "location.reload" in page
    assert preview.get("/.state/first/beta/") != state
    assert preview.get("/.state/first/alpha/")[0] == 200


def test_changed_code_is_marked_until_it_has_run(preview):
    text = CHAPTERS["1-first/01-alpha"].replace("1 + 1", "40 + 2")
    write(preview.folder, {"1-first/01-alpha": text})
    page = preview.wait_for("/first/alpha/", "output stale")
    assert "The output of an earlier version" in page
    assert ">2\n<" in page
    page = preview.wait_for("/first/alpha/", ">42\n<")
    assert "output stale" not in page


def test_a_chapter_that_fails_says_so_on_its_page(preview):
    text = CHAPTERS["1-first/01-alpha"].replace("1 + 1", "1 / 0")
    write(preview.folder, {"1-first/01-alpha": text})
    page = preview.wait_for("/first/alpha/", 'class="diagnostics"')
    assert "ZeroDivisionError" in page
    write(preview.folder, {"1-first/01-alpha": CHAPTERS["1-first/01-alpha"]})
    preview.wait("/first/alpha/", lambda text: "diagnostics" not in text)


@pytest.mark.parametrize("cell", ["```python\nx = (\n```", "Prose $\\x$."])
def test_problems_stand_above_the_last_good_page(preview, cell):
    good = CHAPTERS["1-first/02-beta"] + "\nGood words.\n"
    write(preview.folder, {"1-first/02-beta": good})
    preview.wait_for("/first/beta/", "Good words.")
    write(preview.folder, {"1-first/02-beta": f"{good}\n{cell}\n"})
    page = preview.wait_for("/first/beta/", 'class="diagnostics"')
    assert re.search(r"chapters/1-first/02-beta.md:\d+:\d+: ", page)
    assert "Good words." in page
    assert "diagnostics" not in preview.get("/first/alpha/")[1]
    write(preview.folder, {"1-first/02-beta": good})
    preview.wait("/first/beta/", lambda text: "diagnostics" not in text)


def test_chapters_come_and_go(preview):
    new = preview.folder / "chapters" / "1-first" / "03-gamma.md"
    assert preview.get("/first/gamma/")[0] == 404
    new.write_text("Half a chapter", "utf-8")
    page = preview.wait_for("/first/gamma/", 'class="diagnostics"')
    assert "03-gamma.md:1:1: the file has no heading" in page
    new.write_text(chapter("Prose.", title="Gamma"), "utf-8")
    preview.wait_for("/first/alpha/", "Gamma")
    new.rename(new.with_name("04-delta.md"))
    preview.wait_for("/first/delta/", "Gamma")
    new.with_name("04-delta.md").unlink()
    preview.wait("/first/alpha/", lambda text: "Gamma" not in text)
    assert preview.get("/first/delta/")[0] == 404


def test_the_site_of_the_last_build_is_left_alone(preview):
    build = preview.folder / "build"
    assert not (build / "site").exists()
    assert not (build / "docs").exists()


def test_a_taken_port_is_one_clear_line(preview):
    port = preview.address.rpartition(":")[2]
    done = command(preview.folder, "serve", "--port", port)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert f"port {port}: Address already in use" in done.err


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_its_end_leaves_no_process_behind(tmp_path, end):
    code = "import time\n\ntime.sleep(600)"
    write(tmp_path, {"1-first/01-alpha": chapter("Prose.", code)})
    running = Preview(tmp_path)
    process = psutil.Process(running.process.pid)
    deadline = time.monotonic() + LIMIT
    while len(children := process.children(recursive=True)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.kill(process.pid, end)
    running.process.wait(LIMIT)
    assert psutil.wait_procs(children, timeout=LIMIT)[1] == []
