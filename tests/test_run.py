"""Running: what runs, when, in which order; the kernel and its results."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from press.problems import BadInput
from press.run import progress, runner
from press.run.cache import KEPT, latest, present
from press.run.failures import Failure
from press.run.runner import Outcome, Settings
from press.run.timings import timings
from tests.courses import Course, command
from tests.running import (
    chapter,
    notebook,
    outcomes,
    printed,
    states,
    tangled,
    write,
)

ROOT = Path(__file__).parents[1]
DIAMOND = {
    "1-base/01-maker": chapter("print(1)", front="makes: [one]\n"),
    "1-base/02-other": chapter("print(2)"),
    "1-base/03-user": chapter(
        "print(3)", front="makes: [two]\nneeds: [one]\n"
    ),
    "1-base/04-last": chapter("print(4)", front="needs: [two]\n"),
}
# The kernels know a chapter by the number that it prints.
NAMES = {
    "1": "base/maker",
    "2": "base/other",
    "3": "base/user",
    "4": "base/last",
}


class Kernels:
    """Stands for the kernels: records, saves artifacts, fails on demand."""

    def __init__(self):
        self.started: list[str] = []
        self.together = 0  # most kernels at one time
        self.failing: set[str] = set()
        self.seconds: dict[str, float] = {}
        self.makes = {"base/maker": ["one"], "base/user": ["two"]}
        self._running: set[str] = set()
        self._lock = threading.Lock()

    def execute(self, notebook, build, folder, limit, kernels):
        cells = json.loads(notebook)["cells"]
        code = "".join(cells[-1]["source"])
        name = NAMES[re.search(r"\d", code)[0]]
        with self._lock:
            self.started.append(name)
            self._running.add(name)
            self.together = max(self.together, len(self._running))
        time.sleep(self.seconds.get(name, 0))
        with self._lock:
            self._running.remove(name)
        costs = {"seconds": 1.0, "cpu_seconds": 1.0, "peak_mb": 1}
        if name in self.failing:
            return [], costs, Failure(None, "no")
        for made in self.makes.get(name, []):
            saved = folder / "out" / "artifacts" / made
            saved.mkdir(parents=True)
            (saved / "code.txt").write_text(code)
        return [(code, [])], costs, None


@pytest.fixture
def kernels(monkeypatch) -> Kernels:
    kernels = Kernels()
    monkeypatch.setattr("press.run.kernel.execute", kernels.execute)
    return kernels


@pytest.fixture
def diamond(tmp_path, kernels) -> Path:
    write(tmp_path, DIAMOND)
    return tmp_path


def test_a_second_run_runs_nothing(diamond, kernels):
    assert set(states(diamond).values()) == {"ran"}
    assert set(states(diamond).values()) == {"cached"}
    assert len(kernels.started) == 4


def test_again_runs_what_has_not_changed(diamond, kernels):
    states(diamond)
    kernels.started.clear()
    assert set(states(diamond, again=True).values()) == {"ran"}
    assert len(kernels.started) == 4


def test_makers_run_before_users_two_at_a_time(diamond, kernels):
    kernels.seconds = {"base/maker": 0.1, "base/other": 0.05}
    states(diamond, jobs=2)
    order = kernels.started
    assert kernels.together == 2
    assert order.index("base/maker") < order.index("base/user")
    assert order.index("base/user") < order.index("base/last")


def test_one_job_runs_in_reading_order(diamond, kernels):
    states(diamond, jobs=1)
    assert kernels.together == 1
    assert kernels.started == [f"base/{p[10:]}" for p in DIAMOND]


def test_a_deleted_artifact_is_found_again_and_nothing_runs(diamond, kernels):
    states(diamond)
    shutil.rmtree(diamond / "build" / "artifacts" / "one")
    assert set(states(diamond).values()) == {"cached"}
    assert saved(diamond, "one") == "print(1)"


def test_a_result_that_lost_its_artifact_runs_its_maker_and_nobody_else(
    diamond, kernels
):
    states(diamond)
    [folder] = (diamond / "build/cache/results/base/maker").iterdir()
    shutil.rmtree(folder / "artifacts" / "one")
    assert states(diamond)["base/maker"] == "ran"
    assert kernels.started[4:] == ["base/maker"]
    assert saved(diamond, "one") == "print(1)"


def saved(folder: Path, name: str) -> str | None:
    """The code that made an artifact of the diamond; None without one."""
    path = folder / "build" / "artifacts" / name / "code.txt"
    return path.read_text() if path.exists() else None


def changed(folder: Path, path: str, code: str) -> None:
    """Let a chapter of the diamond print something else."""
    write(folder, {path: re.sub(r"print\(.*\)", code, DIAMOND[path])})


def test_an_artifact_goes_when_its_maker_fails_and_comes_back_with_it(
    diamond, kernels
):
    states(diamond)
    changed(diamond, "1-base/01-maker", "print(-1)")
    kernels.failing = {"base/maker"}
    found = states(diamond)
    assert [found[name] for name in NAMES.values()] == [
        "failed",
        "cached",
        "skipped",
        "skipped",
    ]
    assert (saved(diamond, "one"), saved(diamond, "two")) == (None, None)
    kernels.started.clear()
    changed(diamond, "1-base/01-maker", "print(1)")
    assert set(states(diamond).values()) == {"cached"}
    assert kernels.started == []
    assert saved(diamond, "one") == "print(1)"


def test_a_page_of_a_user_never_shows_the_result_of_an_old_maker(
    diamond, kernels
):
    states(diamond)
    changed(diamond, "1-base/01-maker", "print(-1)")
    course = tangled(diamond)
    user = course.chapters["byhand.base.user"][0]
    assert present(course, user) is None
    assert latest(course, user) is not None


def test_tangling_takes_away_what_the_maker_of_before_made(diamond, kernels):
    states(diamond)
    changed(diamond, "1-base/01-maker", "print(-1)")
    assert command(diamond).code == 0
    assert saved(diamond, "one") is saved(diamond, "two") is None


def test_the_last_three_results_of_a_chapter_are_kept(diamond, kernels):
    for number in "12345":
        changed(diamond, "1-base/02-other", f"print(2, {number})")
        states(diamond)
    folder = diamond / "build/cache/results/base/other"
    assert len(list(folder.iterdir())) == KEPT == 3
    for number in "345":
        changed(diamond, "1-base/02-other", f"print(2, {number})")
        assert states(diamond)["base/other"] == "cached"


@pytest.mark.parametrize("name", ["cache", "artifacts/one", "timings.json"])
def test_what_the_press_did_not_make_is_never_adopted(diamond, kernels, name):
    mine = diamond / "build" / name / "mine.txt"
    if name.endswith(".json"):
        mine = diamond / "build" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    done = command(diamond, "run")
    start = f"build/{name}: not made by the press, so it is left alone"
    assert done.err.splitlines()[-1].startswith(start)
    assert (done.code, mine.read_text()) == (1, "mine")


def test_a_named_chapter_runs_with_the_makers_that_it_needs(diamond, kernels):
    states(diamond, "base/last")
    assert sorted(kernels.started) == ["base/last", "base/maker", "base/user"]


def test_an_import_of_one_that_needs_an_artifact_waits_for_it(
    diamond, kernels
):
    text = chapter("from byhand.base.user import four\n\nprint(4, four())")
    defined = chapter("def four():\n    return 4", front="needs: [one]\n")
    write(diamond, {"1-base/03-user": defined, "1-base/04-last": text})
    states(diamond, "base/last")
    assert kernels.started == ["base/maker", "base/last"]


def test_who_needs_a_failed_chapter_is_skipped_and_the_others_go_on(
    diamond, kernels
):
    kernels.failing = {"base/maker"}
    found = outcomes(diamond)
    assert {o.source.slug: o.state for o in found} == {
        "maker": "failed",
        "other": "ran",
        "user": "skipped",
        "last": "skipped",
    }
    texts = {o.source.slug: o.message for o in found}
    assert "03-user.md:1: skipped: it needs base/maker, " in texts["user"]


def test_fail_fast_starts_nothing_after_a_failure(diamond, kernels):
    kernels.failing = {"base/maker"}
    found = states(diamond, jobs=1, fail_fast=True)
    assert found == {"base/maker": "failed"}
    assert kernels.started == ["base/maker"]


def test_a_failure_is_tried_again_and_keeps_the_old_result(diamond, kernels):
    states(diamond)
    changed(diamond, "1-base/02-other", "print(2, 2)")
    kernels.failing = {"base/other"}
    assert states(diamond)["base/other"] == "failed"
    assert states(diamond)["base/other"] == "failed"
    course = tangled(diamond)
    source = course.chapters["byhand.base.other"][0]
    assert latest(course, source).cells == [("print(2)", [])]
    changed(diamond, "1-base/02-other", "print(2)")
    assert states(diamond)["base/other"] == "cached"


def test_an_artifact_that_was_not_saved_is_a_failure(diamond, kernels):
    kernels.makes = {}
    [outcome] = outcomes(diamond, ["base/maker"])
    assert outcome.state == "failed"
    assert outcome.message.endswith(
        "01-maker.md:1: makes: 'one' was not saved"
    )


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": 1}', "\x00", None])
def test_a_broken_cache_or_timing_runs_the_chapter_again(
    diamond, kernels, text
):
    states(diamond)
    build = diamond / "build"
    [path] = build.glob("cache/results/base/other/*/result.json")
    whole = path.read_text()
    path.write_text(whole[:-9] if text is None else text)
    (build / "timings.json").write_text(text or whole)
    found = states(diamond)
    assert [n for n, state in found.items() if state == "ran"] == [
        "base/other"
    ]
    assert timings(build).keys() >= set(found)


def test_timings_of_chapters_that_are_gone_go_too(diamond, kernels):
    states(diamond)
    (diamond / "chapters" / "1-base" / "02-other.md").unlink()
    states(diamond)
    known = timings(diamond / "build")
    assert sorted(known) == ["base/last", "base/maker", "base/user"]


def test_an_unknown_name_is_one_clear_line(tmp_path):
    write(tmp_path, DIAMOND)
    done = command(tmp_path, "run", "base/othr")
    start = "no chapter is called 'base/othr' (choose from: base/other, "
    assert done.err.startswith(start)
    assert (done.code, done.err.count("\n")) == (2, 1)


def test_an_unknown_name_like_no_other_lists_them_all(diamond):
    with pytest.raises(BadInput, match="base/maker, base/other, base/user"):
        runner.chosen(tangled(diamond), ["base/other", "xyz"])


def test_the_command_says_what_failed_and_its_status_is_one(diamond, kernels):
    kernels.failing = {"base/other"}
    done = command(diamond, "run")
    assert done.code == 1
    lines = done.err.splitlines()
    assert "ran base/maker in 1.0 s" in lines
    failed = "chapters/1-base/02-other.md:1: no"
    assert f"failed base/other: {failed}" in lines
    assert lines[-2:] == [failed, "1 of 4 chapters failed"]


def test_a_cached_run_says_nothing_at_all(diamond, kernels):
    command(diamond, "run")
    done = command(diamond, "run")
    assert (done.code, done.out, done.err) == (0, "", "")


# The time that is left ----------------------------------------------------


def test_the_time_left_is_shared_by_the_jobs_but_for_the_longest():
    left = {"a": 30.0, "b": 30.0, "c": 60.0}
    assert progress.time_left(left, 2) == "about 1:00 left"
    assert progress.time_left(left, 1) == "about 2:00 left"
    assert progress.time_left(left, 9) == "about 1:00 left"
    assert progress.time_left({}, 2) == "about 0:00 left"


def test_a_terminal_gets_a_bar_with_the_time_left(diamond, monkeypatch, capfd):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    course = tangled(diamond)
    modules = list(course.chapters)
    states(diamond, "base/other")  # it takes one second
    with progress.progress(course, modules, 1) as report:
        source = course.chapters[modules[0]][0]
        report(source.name, str(Outcome(source, "ran", seconds=2.0)))
        time.sleep(0.15)
    text = capfd.readouterr().err
    assert "1 of 4 chapters" in text
    assert f"about 0:{2 * progress.GUESS + 1:.0f} left" in text
    assert "ran base/maker in 2.0 s" in text


# Real kernels -------------------------------------------------------------

PROBE = """\
import json
import os

import byhand.base.words
from byhand.base.words import hello

names = "OMP_NUM_THREADS HF_HUB_OFFLINE PYTHONHASHSEED MPLBACKEND".split()
print(json.dumps({name: os.environ[name] for name in names}))
print(hello())
print(byhand.base.words.__file__)"""
MAKER = """\
from byhand import artifact, new_artifact

with new_artifact("table") as folder:
    (folder / "a.txt").write_text("whole")
    try:
        print(artifact("table"))
    except FileNotFoundError as error:
        print(error)
print((artifact("table") / "a.txt").read_text())"""
USER = """\
from byhand import artifact

print((artifact("table") / "a.txt").read_text())
hoard = bytearray(150_000_000)
"value\""""
REAL = {
    "1-base/01-words": chapter(
        "def hello() -> str:\n    return 'hello'",
        "Prose.",
        "import pytest\n\n\ndef test_hello():\n    assert hello()",
        "Prose.",
        "@pytest.fixture\ndef word():\n    return hello()",
        "hello()",
    ),
    "1-base/02-probe": chapter(PROBE, "Prose.", 'print("last")'),
    "1-base/03-maker": chapter(MAKER, front="makes: [table]\n"),
    "1-base/04-user": chapter(USER, front="needs: [table]\n"),
}


@pytest.fixture(scope="module")
def real(tmp_path_factory) -> Path:
    """A course that has run in real kernels; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("real")
    spec = folder / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    words = {"argv": ["/no/python"], "display_name": "x", "language": "x"}
    (spec / "kernel.json").write_text(json.dumps(words))
    write(folder, REAL)
    with pytest.MonkeyPatch.context() as patch:
        # A kernel that the reader installed must not run the chapters.
        patch.setenv("JUPYTER_PATH", str(folder / "jupyter"))
        patch.setenv("OMP_NUM_THREADS", "2")
        patch.setenv("PYTHONHASHSEED", "7")
        patch.setenv("HF_HUB_OFFLINE", "0")
        found = states(folder)
    assert set(found.values()) == {"ran"}
    return folder


def test_a_kernel_has_one_thread_no_network_and_a_fixed_hash(real):
    environment, *_ = printed(real, "base/probe").splitlines()
    assert json.loads(environment) == {
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "agg",
    }


def test_a_kernel_imports_the_chapters_of_its_build_folder(real):
    _, hello, path, last = printed(real, "base/probe").splitlines()
    assert (hello, last) == ("hello", "last")
    assert path == str(real / "build" / "byhand" / "base" / "words.py")


def test_a_half_made_artifact_is_never_seen(real):
    assert printed(real, "base/maker") == (
        "no artifact 'table' yet; make it: "
        "python tangle.py run base/maker\nwhole\n"
    )
    assert printed(real, "base/user").startswith("whole\n")
    folder = real / "build" / "artifacts"
    assert [path.name for path in folder.iterdir()] == ["table"]


def test_seconds_and_peak_memory_are_recorded(real):
    costs = timings(real / "build")
    assert costs.keys() == {f"base/{path[10:]}" for path in REAL}
    assert 150 < costs["base/user"]["peak_mb"] < 400
    assert costs["base/words"]["peak_mb"] < 150
    assert costs["base/user"]["cpu_seconds"] > 0
    assert 0 < costs["base/user"]["seconds"] < 30


def test_a_prose_edit_keeps_the_outputs_without_a_run(real, kernels):
    text = REAL["1-base/02-probe"]
    before = notebook(real, "base/probe")
    write(real, {"1-base/02-probe": text.replace("Prose.", "More prose.")})
    assert set(states(real).values()) == {"cached"}
    after = notebook(real, "base/probe")
    write(real, {"1-base/02-probe": text})
    states(real)
    assert [c["outputs"] for c in before] == [c["outputs"] for c in after]
    assert before == notebook(real, "base/probe")
    assert kernels.started == []


def test_the_same_key_gives_the_same_notebook_but_for_outputs(real, tmp_path):
    write(tmp_path, {p: REAL[p] for p in list(REAL)[:2]})
    states(tmp_path)
    mine, yours = (
        notebook(real, "base/probe"),
        notebook(tmp_path, "base/probe"),
    )
    for cell in [*mine, *yours]:
        del cell["outputs"]
    assert mine == yours
    assert [cell["execution_count"] for cell in mine] == [1, 2]
    [cell] = notebook(real, "base/user")
    assert cell["outputs"][-1]["execution_count"] == 1


def test_tests_are_no_part_of_a_result(real):
    course = tangled(real)
    source = course.chapters["byhand.base.words"][0]
    [(definition, none), (call, [output])] = present(course, source).cells
    assert definition.startswith("def hello") and none == []
    assert (call, output["data"]) == ("hello()", {"text/plain": "'hello'"})
    counts = [c["execution_count"] for c in notebook(real, "base/words")]
    assert counts == [1, None, None, 2]


def test_nothing_is_left_of_the_kernels_but_their_results(real):
    course = tangled(real)
    source = course.chapters["byhand.base.user"][0]
    [(_, outputs)] = present(course, source).cells
    assert outputs[1]["data"] == {"text/plain": "'value'"}
    assert "execution_count" not in outputs[1]
    assert not (real / "build" / ".scratch").exists()
    assert not [p for p in psutil.process_iter() if _runs(p, real)]


def _runs(process: psutil.Process, folder: Path) -> bool:
    """Whether a process works in the folder, as its kernels do."""
    try:
        return str(folder) in process.cwd()
    except psutil.Error:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="needs prctl")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_the_kernels_end_with_the_command(tmp_path, number):
    slow = chapter("import time\n\ntime.sleep(60)")
    # Inside this call no other thread of the kernel can run.
    call = (
        "open('../../../started', 'w').close()\nctypes.PyDLL(None).sleep(60)"
    )
    deaf = chapter(f"import ctypes\n\n{call}")
    write(tmp_path, {"1-base/01-slow": slow, "1-base/02-deaf": deaf})
    command = [sys.executable, str(ROOT / "tangle.py"), "run"]
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(temporary)},
        stderr=subprocess.PIPE,
        text=True,
    )
    found: list[psutil.Process] = []
    while len(found) < 2 or not (tmp_path / "started").exists():
        assert process.poll() is None
        found = psutil.Process(process.pid).children(recursive=True)
        time.sleep(0.05)
    os.kill(process.pid, number)
    process.communicate(timeout=20)
    psutil.wait_procs(found, timeout=10)
    left = [p for p in found if p.is_running() and p.status() != "zombie"]
    assert left == []
    assert process.returncode == (130 if number == signal.SIGINT else -9)
    assert list(temporary.iterdir()) == []


def test_run_takes_the_flags_that_it_documents(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        runner,
        "run",
        lambda c, names, s: seen.append((names, s)) or [],
    )
    write(tmp_path, DIAMOND)
    flags = ["--again", "--fail-fast", "--limit", "5", "-j", "3"]
    assert command(tmp_path, "run", "base/other", *flags).code == 0
    assert seen == [(["base/other"], Settings(3, True, True, 5.0))]


def test_a_course_without_chapters_runs_nothing(tmp_path):
    course = Course(tmp_path)
    course.write("chapters/README.md", "---\nsummary: x\n---\n\n# T\n")
    done = course.tangle("run")
    assert (done.code, done.err) == (0, "")
    assert re.search("no chapter is called", course.tangle("run", "a/b").err)
