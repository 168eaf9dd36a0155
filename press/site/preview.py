"""The preview: save a chapter, and its page follows.

It works in build/preview, so that build/docs and build/site are always those
of the last `tangle.py site`. Chapters are read here and run by a process of
its own, `tangle.py run`; until that has ended, pages show what an earlier
run printed, marked as such.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from press.layout import ROOT, WEB
from press.problems import BadInput, Problem, Refused
from press.read.chapter import Chapter, digest, read_chapter
from press.read.course import check_course
from press.read.tree import Source, decode, find_sources, read_source
from press.run.cache import present
from press.run.kernel import tethered
from press.run.keys import execution_keys
from press.site.build import build_site
from press.weave.links import page_path
from press.weave.weave import weave
from press.write.tangle import Course, read_data
from press.write.transaction import SCRATCH, locked, own

PAUSE = 0.2  # seconds between two looks at the files
SEED = ("manifest.json", "docs", "site", "cache/woven.json")
SEED += ("cache/katex.json", "cache/views")


@dataclass
class Draft:
    """A chapter as it is now, and what is wrong with it."""

    data: bytes
    chapter: Chapter | None
    problems: list[Problem]


class Preview:
    """The state of a course that is being written; `update` renews it."""

    def __init__(self, root: Path, build: Path):
        self.root, self.build = root, build
        self.out = build / "preview"
        self.drafts: dict[Source, Draft] = {}
        self.good: dict[Source, Draft] = {}  # as they were without problems
        self.labels: dict[str, str] = {}  # of every page's file
        self.words: dict[str, str] = {}  # what is wrong, by label
        self.failures: dict[str, str] = {}  # what the last run said
        self.runner: subprocess.Popen | None = None
        self.keys: dict[str, str] = {}  # that it was started for

    def start(self) -> None:
        """Begin with what the last `tangle.py site` made."""
        with locked(self.build):
            if not own(self.build, "preview").exists():
                self.out.mkdir()
                for name in SEED:
                    source, target = self.build / name, self.out / name
                    target.parent.mkdir(exist_ok=True)
                    if source.is_dir():
                        shutil.copytree(source, target)
                    elif source.exists():
                        shutil.copyfile(source, target)

    def key(self, source: Source) -> str:
        """The hash of a chapter's last good text; see `weave.Reader`."""
        return digest(self.good[source].data)

    def read(self, source: Source) -> Chapter:
        """The chapter of that text."""
        return self.good[source].chapter

    def update(self) -> None:
        """Read, weave and render what changed; run what has to run.

        Whatever is wrong with the chapters is in `words` afterwards.
        """
        problems = self._read()
        course = self._course()
        problems += read_data(course)
        problems += check_course(course.chapters, course.pages)
        _, wrong = weave(course, self, self.out, earlier=True)
        words: dict[str, list[str]] = defaultdict(list)
        for problem in sorted({*problems, *wrong}):
            words[problem.path].append(str(problem))
        self.words = {
            label: "\n".join(found) for label, found in words.items()
        }
        build_site(course, self.out, strict=False)
        shutil.rmtree(self.out / SCRATCH, ignore_errors=True)
        if not problems:
            self._run(course)

    def _read(self) -> list[Problem]:
        """Read every file that changed."""
        sources, problems = find_sources(self.root)
        self.labels = {page_path(s): s.label for s in sources}
        drafts = {}
        for source in sources:
            draft = self.drafts.get(source)
            try:
                data = read_source(source, self.root)
                if draft is None or draft.data != data:
                    text = decode(source, data)
                    draft = Draft(data, *read_chapter(source, text))
            except BadInput as error:
                draft = Draft(b"", None, error.problems)
            drafts[source] = draft
            problems += draft.problems
        fine = {s: d for s, d in drafts.items() if not d.problems}
        self.good = {s: d for s, d in self.good.items() if s in drafts} | fine
        self.drafts = drafts
        return problems

    def _course(self) -> Course:
        """The chapters as they last were without problems."""
        course = Course(self.root, self.build, {}, [])
        for source in self.drafts:
            if source in self.good:
                pair = source, self.good[source].chapter.facts
                if source.slug:
                    course.chapters[source.module] = pair
                else:
                    course.pages.append(pair)
        return course

    def _run(self, course: Course) -> None:
        """Start the runner for code that it was not yet started for."""
        keys = execution_keys(course)
        sources = [source for source, _ in course.chapters.values()]
        if keys != self.keys and not all(present(course, s) for s in sources):
            self.stop()
            self.keys, self.failures = keys, {}
            command = [sys.executable, str(ROOT / "tangle.py"), "run"]
            command += ["--chapters", str(self.root)]
            with open(self.out / "run.log", "wb") as log:
                self.runner = subprocess.Popen(
                    [*command, "--build", str(self.build)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    **tethered(),
                )

    def ended(self) -> bool:
        """Whether a run has just ended; what it complained of is kept."""
        if self.runner is None or self.runner.poll() is None:
            return False
        if self.runner.returncode:
            said = (self.out / "run.log").read_text("utf-8", "replace")
            for label in self.labels.values():
                at = said.find(f"\n{label}:")
                if at >= 0:
                    self.failures[label] = said[at:].strip()
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
        pages = {f"{place}.md", f"{place}/index.md".lstrip("/")}
        own = {self.labels.get(page) for page in pages}
        others = set(self.labels.values()) - own
        words = [w for label, w in self.words.items() if label not in others]
        words += [w for label, w in self.failures.items() if label in own]
        return "\n".join(words)

    def watch(self) -> None:
        """Update after every change, until the process is interrupted."""
        seen: dict[str, tuple] | None = None
        try:
            while True:
                now = snapshot([self.root, WEB, self.build / "cache"])
                if self.ended() or now != seen:
                    seen = now
                    self._update_safely()
                time.sleep(PAUSE)
        finally:
            self.stop()

    def _update_safely(self) -> None:
        """A half-written file or a fault of MkDocs ends no preview."""
        start = time.monotonic()
        try:
            self.update()
            words = f"updated in {time.monotonic() - start:.1f} s"
        except (BadInput, Refused, OSError) as error:
            words = str(error)
            self.words = {"": words}
        print("\n".join([words, *self.words.values()]), flush=True)


def snapshot(folders: list[Path]) -> dict[str, tuple]:
    """When every file was changed, and its size; mkdocs.yml is one."""
    found = {}
    waiting = [str(ROOT / "mkdocs.yml"), *map(str, folders)]
    while waiting:
        path = waiting.pop()
        with contextlib.suppress(OSError):
            if not os.path.isdir(path):
                state = os.stat(path)
                found[path] = state.st_mtime_ns, state.st_size
            elif os.path.basename(path) != "node_modules":
                waiting += [entry.path for entry in os.scandir(path)]
    return found
