"""Edit generated files at random and sync: `python tests/stress_sync.py`.

Every round makes a chapter (of `make_corpus.py`, with or without byte order
mark, with either line ending) and a second version of it, tangles the first,
and puts the second one's modules, tests or notebook in place, as a reader who
edited them would leave them. `sync` has to make the second version of the
first, byte by byte, keep what else changed in the chapter meanwhile, and leave
nothing to do for the next `sync` and `tangle`.
"""

import argparse
import collections
import random
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from press.read.chapter import Chapter, read_chapter  # noqa: E402
from press.write.tangle import targets  # noqa: E402
from tests.courses import ONE, Course, source  # noqa: E402
from tests.make_corpus import chapter as corpus  # noqa: E402

ENDS = [(b"", b"\n"), (b"", b"\r\n"), (b"\xef\xbb\xbf", b"\r\n")]
LATER = "\nWritten in the chapter, meanwhile.\n"
# Of lines like these a notebook shows something else.
HIDDEN = ("```", "$$", "> [!", "> **")
MARKER = re.compile(r"(?m)^# %% .*$")


def number(lines: list[str], row: int, choose) -> None:
    lines[row] = re.sub(r"\d", choose("23456"), lines[row], count=1)


def comment(lines: list[str], row: int, choose) -> None:
    before = re.match(r"\s*", lines[row])[0]
    lines[row:row] = [f"{before}# {choose(['new', 'why', 'é √2'])}"]


def delete(lines: list[str], row: int, choose) -> None:
    around = lines[row - 1], lines[row + 1]
    if all(map(str.strip, around)) and not all(map(is_fence, around)):
        del lines[row]  # with no empty line or fence left behind


def is_fence(line: str) -> bool:
    return line.startswith("```")


def words(lines: list[str], row: int, choose) -> None:
    lines[row] += choose([" indeed", " (twice)", " √2"])


def line(lines: list[str], row: int, choose) -> None:
    lines[row + 1 : row + 1] = ["And more words of a reader."]


KINDS = {"code": [number, comment, delete], "prose": [words, line]}


def second(first: Chapter, choose) -> Chapter | None:
    """The chapter with a few edits; None where it is none any more."""
    lines = list(first.document.lines)
    rows = {
        row: cell.kind
        for cell in first.cells
        for row in range(cell.line - 1, cell.line + cell.source.count("\n"))
        if lines[row].strip() and not lines[row].startswith(HIDDEN)
    }
    chosen = {choose([*rows]) for _ in range(choose([1, 1, 2, 5]))}
    for row in sorted(chosen, reverse=True):
        choose(KINDS[rows[row]])(lines, row, choose)
    made, wrong = read_chapter(first.source, "\n".join(lines))
    lacks = made.facts.borrowed != first.facts.borrowed
    return None if wrong or lacks else made


def edited(old: bytes, new: bytes) -> bytes | None:
    """The new script with the old lines in its markers; None if others."""
    marks, text = MARKER.findall(old.decode()), new.decode()
    if len(marks) != len(MARKER.findall(text)):
        return None
    rest = iter(marks)
    return MARKER.sub(lambda _: next(rest), text).encode()


def put_in_place(course: Course, first: Chapter, last: Chapter, choose) -> str:
    """Edit the scripts or the notebook; which, or nothing."""
    old, new = targets(first), targets(last)
    which = choose(["notebooks/", ("byhand/", "tests/")])
    files = {path: new[path] for path in old if path.startswith(which)}
    for path, data in files.items():
        found = edited(old[path], data) if path.endswith(".py") else data
        if found is None:
            return ""
        course.write(f"build/{path}", found)
    return "notebook" if "notebooks/" in which else "scripts"


def saved(text: str, mark: bytes, end: bytes) -> bytes:
    return mark + text.encode().replace(b"\n", end)


def try_round(course: Course, count: int, choose) -> str:
    """One chapter, one edit; what was done. AssertionError if it is lost."""
    text, form = corpus(count, None), choose(ENDS)
    first, _ = read_chapter(source(), text)
    last = second(first, choose)
    course.write(ONE, saved(text, *form))
    done = course.tangle("--force")
    assert done.code == 0, done.err
    same = course.tangle("sync")
    assert same.out == "no edits\n1 chapters, 0 files changed\n", same
    what = last and put_in_place(course, first, last, choose)
    if not what:
        return "none"
    later = choose(["", LATER])
    if first.cells[-1].source != last.cells[-1].source:
        later = ""
    course.write(ONE, saved(text + later, *form))
    done = course.tangle("sync")
    assert done.code == 0, f"chapter {count}: {done.err}"
    expected = saved(last.document.text + later, *form)
    found = (course.folder / ONE).read_bytes()
    assert found == expected, f"chapter {count}: {what}"
    again = course.tangle("sync")
    assert again.out == "no edits\n1 chapters, 0 files changed\n", again
    now, _ = read_chapter(source(), last.document.text + later)
    for path, data in targets(now).items():
        assert course.generated()[path] == data
    return what


def stress(folder: Path, count: int, seed: int) -> str:
    """So many rounds; what was edited, in a line."""
    course, said = Course(folder), collections.Counter()
    number = seed
    while said["scripts"] + said["notebook"] < count:
        number += 1
        choose = random.Random(number).choice
        said[try_round(course, number, choose)] += 1
    return ", ".join(f"{n} × {what}" for what, n in sorted(said.items()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)  # the first chapter
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        print(stress(Path(temporary), options.count, options.seed))
