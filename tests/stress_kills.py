"""Kill the press at random moments: `python tests/stress_kills.py`.

Every round edits a small course, starts a verb, kills (-9) the command or one
of its children after a random time, and checks that nothing is torn, that no
process and no temporary file is left, and that the next run of the verb ends
as it does undisturbed. `--count`, `--seed` and `--verbs` say how.
"""

import argparse
import collections
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
VERBS = ["tangle", "run"]
ENDING = {"serve": "site"}  # a verb that never ends by itself, and its like
ONLY = {  # what a verb brings up to date; the rest waits for another one
    "tangle": ("byhand/", "tests/"),
    "run": ("byhand/", "tests/", "notebooks/", "artifacts/"),
    "weave": ("byhand/", "tests/", "docs/"),
}
PATIENCE = 10.0  # seconds until every process of a killed command is gone
# What differs from one undisturbed run to the next.
VOLATILE = re.compile(  # a view's cells have other ids
    r"\.lock|(timings|manifest)\.json|cache/|preview/"
    r"|site/(\.stamp|sitemap|notebooks|workbooks)"
)
TOKEN = re.compile(rb"[Vv](\d+)[Vv]")  # in an anchor it is small
DIFFERENT = [  # the parts of a file that follow from the token
    (TOKEN, b"V"),
    (re.compile(rb'"id": "\w+"'), b'"id"'),
    (re.compile(rb"^[0-9a-f]{32}$"), b"key"),
    (re.compile(rb"\d+ s to run"), b"time"),
    (re.compile(rb"--columns:\d+"), b"columns"),
]
CHAPTERS = {
    "1-base/01-maker": """---
summary: Saves a word.
makes: [word]
---

# Maker V{n}V

```python
from byhand import new_artifact

WORD = "V{n}V"
```

```python
with new_artifact("word") as folder:
    (folder / "word.txt").write_text(WORD)
print(WORD)
```
""",
    "1-base/02-user": """---
summary: Reads it.
needs: [word]
---

# User

```python
from byhand import artifact

print((artifact("word") / "word.txt").read_text())
```
""",
    "2-more/README.md": "---\nsummary: More.\n---\n\n# More V{n}V\n",
}


class Course:
    """The course in a folder, and the commands on it."""

    def __init__(self, folder: Path):
        self.folder, self.build = folder, folder / "build"
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.mark = f"STRESS={uuid.uuid4()}"

    def edit(self, number: int) -> None:
        """Another text and another word to save; its number is in both."""
        for path, text in CHAPTERS.items():
            path = path if path.endswith(".md") else f"{path}.md"
            target = self.folder / "chapters" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text.replace("{n}", str(number)), "utf-8")

    def start(self, verb: str) -> subprocess.Popen:
        """The command, in a process that can be told from all others."""
        name, value = self.mark.split("=")
        own = {name: value, "TMPDIR": str(self.temporary)}
        return subprocess.Popen(
            [sys.executable, str(ROOT / "tangle.py"), verb],
            cwd=self.folder,
            env=os.environ | own | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self, verb: str) -> float:
        """Run a verb to its end; the seconds that it took."""
        start = time.monotonic()
        command = self.start(ENDING.get(verb, verb))
        _, said = command.communicate(timeout=600)
        assert command.returncode == 0, said
        return time.monotonic() - start

    def processes(self) -> list[psutil.Process]:
        """Every process that descends from a command, and still lives."""
        name, value = self.mark.split("=")
        found = []
        for process in psutil.process_iter():
            try:
                mine = process.environ().get(name) == value
                if mine and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def files(self) -> dict[str, bytes]:
        """What was generated, without what always differs."""
        return {
            path: data
            for path, data in self.everything().items()
            if not VOLATILE.match(path)
        }

    def ending(self, verb: str, number: int) -> dict[str, bytes]:
        """What a verb is answerable for; all of it is of this round."""
        inside = ONLY.get(verb, "")
        found = {p: d for p, d in self.files().items() if p.startswith(inside)}
        old = [path for path, d in found.items() if numbers(d) - {number}]
        assert not old, f"of another round: {old}"
        return {path: plain(data) for path, data in found.items()}

    def everything(self) -> dict[str, bytes]:
        """The files of the build folder but those that are half-made."""
        found = {}
        for path in sorted(self.build.rglob("*")):
            name = path.relative_to(self.build).as_posix()
            if path.is_file() and ".scratch" not in name:
                found[name] = path.read_bytes()
        return found


def plain(data: bytes) -> bytes:
    """A file without what follows from the round's number."""
    for pattern, word in DIFFERENT:
        data = pattern.sub(word, data)
    return data


def numbers(data: bytes) -> set[int]:
    """The rounds that a file's content is from."""
    return {int(number) for number in TOKEN.findall(data)}


def kill(course: Course, command: subprocess.Popen, choose) -> str:
    """Kill the command or one of its children; which, in a word."""
    children = [p for p in course.processes() if p.pid != command.pid]
    victim = choose(children or [None])
    if victim is None or choose([True, False, False]):
        command.kill()
        return "command"
    try:
        kind = "kernel" if "ipykernel" in str(victim.cmdline()) else "child"
        victim.kill()
    except psutil.Error:
        return "nobody"
    return kind


def check(course: Course, known: dict, verb: str) -> None:
    """Nothing is torn; nothing is left."""
    end = time.monotonic() + PATIENCE
    while course.processes():
        assert time.monotonic() < end, f"left: {course.processes()}"
        time.sleep(0.05)
    left = [path.name for path in course.temporary.iterdir()]
    assert not left, f"in the temporary folder: {left}"
    for path, data in course.everything().items():
        if path.endswith((".json", ".ipynb")):
            json.loads(data)
    for path, data in course.files().items():
        if verb in ENDING and path.startswith("docs/"):
            continue  # the preview marks old outputs on its pages
        assert plain(data) in known[path], f"torn: {path}"
        assert len(numbers(data)) <= 1, f"two versions: {path}"


def stress(folder: Path, verbs: list[str], count: int, seed: int) -> str:
    """Kill `count` times; who was killed, in a line. AssertionError if bad."""
    choose = random.Random(seed).choice
    course, known = Course(folder), collections.defaultdict(set)
    ends, seconds = {}, {}
    number = 0
    for verb in dict.fromkeys(["tangle", "run", *verbs]):
        for _ in range(2):  # first all is new, then all is changed
            number += 1
            course.edit(number)
            seconds[verb] = course.finish(verb)
            ends[verb] = course.ending(verb, number)
            for path, data in course.files().items():
                known[path].add(plain(data))
    killed = collections.Counter()
    for turn in range(count):
        number, verb = number + 1, verbs[turn % len(verbs)]
        course.edit(number)
        command = course.start(verb)
        time.sleep(choose(range(100)) / 100 * seconds[verb])
        killed[f"{kill(course, command, choose)} of {verb}"] += 1
        if verb in ENDING:
            command.kill()
        command.communicate(timeout=600)
        check(course, known, verb)
        course.finish(verb)
        check(course, known, "")
        same = course.ending(verb, number) == ends[verb]
        assert same, f"turn {turn}: {verb} ended otherwise"
        print(f"\r{turn + 1} of {count}", end="", file=sys.stderr, flush=True)
    return ", ".join(f"{n} × {who}" for who, n in sorted(killed.items()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbs", nargs="+", default=VERBS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        print(
            stress(Path(temporary), options.verbs, options.count, options.seed)
        )
