"""The preview: save a chapter, and its page follows.

It works in build/preview, so that build/docs and build/site are always those
of the last `tangle.py site`. Chapters are read here and run by a process of
its own, `tangle.py run`; until that has ended, pages show what an earlier
run printed, marked as such.
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path

from press.layout import ROOT, WEB
from press.problems import BadInput, Problem, Refused
from press.read.chapter import Chapter, read_chapter
from press.read.course import check_course
from press.read.tree import Source, decode, find_sources, read_source
from press.run.cache import present
from press.run.keys import execution_keys
from press.run.tether import tethered
from press.site.build import build_site
from press.weave.links import page_path
from press.weave.weave import weave
from press.write.tangle import Course, read_data
from press.write.transaction import SCRATCH, locked, own

PAUSE = 0.2  # seconds between two looks at the files
WATCHED = (ROOT / "mkdocs.yml", WEB / "static", WEB / "overrides")
UNSEEDED = shutil.ignore_patterns(".lock*", SCRATCH, "preview", "artifacts")


class Preview:
    """The state of a course that is being written; `update` renews it."""

    def __init__(self, root: Path, build: Path):
        self.root, self.build, self.out = root, build, build / "preview"
        self.read: dict[Source, tuple[bytes, list[Problem]]] = {}
        self.good: dict[Source, tuple[bytes, Chapter]] = {}
        self.words: dict[str, str] = {}  # what is wrong, by label
        self.failures = ""  # what the last run said
        self.runner: subprocess.Popen | None = None
        self.keys: dict[str, str] = {}  # that it was started for

    def start(self) -> None:
        """Begin with what the last `tangle.py site` made."""
        with locked(self.build):
            if not own(self.build, "preview").exists():
                shutil.copytree(self.build, self.out, ignore=UNSEEDED)

    def update(self) -> None:
        """Read, weave and render what changed; run what has to run.

        A chapter with problems keeps the page that it had; they are in
        `words` afterwards.
        """
        problems = self._read()
        course = Course(self.root, self.build, {}, [])
        for source in filter(self.good.get, self.read):
            pair = source, self.good[source][1].facts
            if source.slug:
                course.chapters[source.module] = pair
            else:
                course.pages.append(pair)
        problems += check_course(course.chapters, course.pages)
        problems += read_data(course)
        _, wrong = weave(course, self._text, self.out, earlier=True)
        self.words = {}
        for problem in sorted({*problems, *wrong}):
            said = self.words.get(problem.path, "")
            self.words[problem.path] = f"{said}{problem}\n"
        build_site(course, self.out, strict=False)
        shutil.rmtree(self.out / SCRATCH, ignore_errors=True)
        if not problems:
            self._run(course)

    def _text(self, source: Source) -> bytes:
        return self.good[source][0]

    def _read(self) -> list[Problem]:
        """Read every file that changed; remember what is good."""
        sources, problems = find_sources(self.root)
        before, self.read = self.read, {}
        for source in sources:
            data, wrong = b"", []
            try:
                data = read_source(source, self.root)
                if before.get(source, (b"",))[0] == data:
                    wrong = before[source][1]
                else:
                    text = decode(source, data)
                    chapter, wrong = read_chapter(source, text)
                    if not wrong:
                        self.good[source] = data, chapter
            except BadInput as error:
                wrong = error.problems
            self.read[source] = data, wrong
            problems += wrong
        return problems

    def _run(self, course: Course) -> None:
        """Start the runner for code that it was not yet started for."""
        keys = execution_keys(course)
        if keys == self.keys:
            return
        self.stop()
        self.keys, self.failures = keys, ""
        sources = [source for source, _ in course.chapters.values()]
        if not all(present(course, source) for source in sources):
            command = [sys.executable, str(ROOT / "tangle.py"), "run"]
            command += ["--chapters", str(self.root)]
            command += ["--build", str(self.build)]
            with open(self.out / "run.log", "wb") as log:
                self.runner = subprocess.Popen(
                    command, stdout=log, stderr=log, **tethered()
                )

    def ended(self) -> bool:
        """Whether a run has just ended; what it complained of is kept."""
        if self.runner is None or self.runner.poll() is None:
            return False
        if self.runner.returncode:
            log = self.out / "run.log"
            self.failures = log.read_text("utf-8", "replace")
        self.runner = None
        return True

    def stop(self) -> None:
        """End the run, if there is one."""
        if self.runner:
            self.runner.kill()
            self.runner.wait()
            self.runner = None

    def said(self, place: str) -> str:
        """What is wrong with the page at an address of the site."""
        found = {page_path(s).removesuffix(".md"): s.label for s in self.read}
        label = found.get(place) or found.get(f"{place}/index".strip("/"))
        others = {*found.values()} - {label}
        words = [w for name, w in self.words.items() if name not in others]
        if label and label in self.failures:
            words.append(self.failures)
        return "\n".join(words)

    def watch(self) -> None:
        """Update after every change, until the process is interrupted."""
        seen, watched = None, [*WATCHED, self.root, self.build / "cache"]
        try:
            while True:
                now = snapshot(watched)
                if self.ended() or now != seen:
                    seen, start = now, time.monotonic()
                    try:  # a half-written file or theme ends no preview
                        self.update()
                    except (BadInput, Refused, OSError) as error:
                        self.words = {"": str(error)}
                    seconds = time.monotonic() - start
                    print(*self.words.values(), sep="\n")
                    print(f"updated in {seconds:.1f} s", flush=True)
                time.sleep(PAUSE)
        finally:
            self.stop()


def snapshot(paths: list[Path]) -> list | None:
    """When every file was changed; None where one has just gone."""
    try:
        files = [f for path in paths for f in [path, *path.rglob("*")]]
        return [(str(f), f.stat().st_mtime_ns) for f in files if f.exists()]
    except OSError:
        return None
