"""Records: made once, committed, and known to be of the present code.

`records/PART/CHAPTER/NAME.json` holds what the cell's function returned, the
same of a small share on a CPU, what it was made with, the key of its code,
and a seal for each of these: it tells an edit by hand, and whose line it is.
"""

import datetime
import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from press.problems import BadInput, Problem, Refused
from press.read.facts import Record, digest
from press.read.tree import Source
from press.run.kernel import ENVIRONMENT
from press.run.keys import record_keys
from press.run.runner import named
from press.write.tangle import Course, record_path
from press.write.transaction import scratch

CLOSE = 0.01  # two machines' shares may differ by that, relatively
RECORDER = Path(__file__).with_name("recorder.py")


class Place(NamedTuple):
    """A record, where its cell is and where its result."""

    source: Source
    record: Record
    path: Path

    @property
    def command(self) -> str:
        """What makes it."""
        name = self.source.name
        return f"python tangle.py record {name} {self.record.name}"

    def problem(self, message: str, remedy: str = "") -> Problem:
        """At the line of the cell's function."""
        message = f"the record {self.record.name!r} {message}"
        place = self.source.label, self.record.line, 1
        return Problem(*place, message, remedy or self.command)


def places(course: Course, names: list[str], wanted: str = "") -> list[Place]:
    """The records of these chapters, or the one of that name.

    Raises BadInput for names that nothing has.
    """
    found = []
    for module in named(course, names):
        source, facts = course.chapters[module]
        for record in facts.records:
            path = record_path(course.root, source, record.name)
            found.append(Place(source, record, path))
    known = ", ".join(place.record.name for place in found) or "none"
    if wanted:
        found = [place for place in found if place.record.name == wanted]
    if names and not found:
        what = f"no record {wanted!r}" if wanted else "no records"
        raise BadInput(f"{names[0]} has {what} (there are: {known})")
    return found


# Made and repeated ----------------------------------------------------------


def make(course: Course, place: Place, device: str) -> None:
    """Run the small share on the CPU, then the function; write the file.

    What is wrong with the function is seen at once, not after an hour.
    """
    share = _call(course, place, "cpu", place.record.share)
    report = _call(course, place, device, "{}")
    flag = "" if device == "cpu" else f" --device {device}"
    body = {
        "key": record_keys(course)[place.record.name],
        "command": place.command + flag,
        "date": datetime.date.today().isoformat(),
        "settings": place.record.settings | {"device": device},
        **report,
        "share": share["values"],
    }
    body["seals"] = {name: _seal(value) for name, value in body.items()}
    text = json.dumps(body, indent=1, ensure_ascii=False) + "\n"
    place.path.parent.mkdir(parents=True, exist_ok=True)
    partial = place.path.with_name(f".{place.path.name}.{os.getpid()}")
    try:
        partial.write_text(text, "utf-8")
        os.replace(partial, place.path)
    finally:
        partial.unlink(missing_ok=True)


def repeat(course: Course, place: Place) -> float:
    """Run the small share again; the seconds that it took.

    Raises Refused where it gives something else than is recorded.
    """
    report = _call(course, place, "cpu", place.record.share)
    recorded = json.loads(course.records[place.record.name])["share"]
    for what, old, new in _differences(recorded, report["values"]):
        said = f"is not repeated: {place.record.share} gives {new} for "
        said += f"{what or 'the whole'}, recorded is {old}"
        raise Refused(str(place.problem(said)))
    return report["seconds"]


def _call(course: Course, place: Place, device: str, arguments: str) -> dict:
    source, name = place.source, place.record.name
    to = scratch(course.build) / "report.json"
    command = [sys.executable, "-P", RECORDER, source.module, name, device]
    environment = os.environ | ENVIRONMENT
    environment["PYTHONPATH"] = str(course.build.resolve())
    environment["BYHAND_OUT"] = str(to.parent.resolve())
    done = subprocess.run([*command, arguments, to.resolve()], env=environment)
    if done.returncode or not to.exists():
        problem = place.problem("failed", "its own words are above")
        raise Refused(str(problem))
    return json.loads(to.read_text("utf-8"))


def _differences(old: object, new: object) -> Iterator[tuple]:
    """(where, old, new) of what is not nearly the same."""
    before, after = dict(_leaves("", old)), dict(_leaves("", new))
    for where in before | after:
        pair = before.get(where, "nothing"), after.get(where, "nothing")
        numbers = all(isinstance(value, float | int) for value in pair)
        near = numbers and math.isclose(*pair, rel_tol=CLOSE, abs_tol=1e-6)
        if not near and pair[0] != pair[1]:
            yield where, *pair


def _leaves(where: str, value: object) -> Iterator[tuple[str, object]]:
    """Every single value and its place, without what a clock has said."""
    if not isinstance(value, dict | list):
        yield where, value
        return
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in pairs:
        if "second" not in str(key):
            yield from _leaves(f"{where}[{key!r}]", item)


# Looked at ------------------------------------------------------------------


def record_problems(course: Course) -> list[Problem]:
    """What is missing, outdated, edited by hand, or nobody's any more."""
    known, found = places(course, []), []
    for place in known:
        data = course.records.get(place.record.name)
        if data is None:
            found.append(place.problem("is not made yet"))
            continue
        edited = _edited(data)
        if edited:
            shown, remedy = os.path.relpath(place.path), "make it again: "
            remedy += place.command
            found.append(Problem(shown, *edited, remedy))
        elif is_outdated(course, place.record.name):
            found.append(place.problem("is of other code than this"))
    folder = course.root.resolve().parent / "records"
    files = {place.path for place in known}
    for path in sorted({*folder.rglob("*.json")} - files):
        message = "no cell makes this record"
        remedy = "delete it, or give the cell its name back"
        found.append(Problem(os.path.relpath(path), 1, 1, message, remedy))
    return found


def is_outdated(course: Course, name: str) -> bool:
    """Whether a record was made by other code than its cell's present one."""
    return measured(course, name).get("key") != record_keys(course)[name]


def measured(course: Course, name: str) -> dict:
    """A record as it was made; empty where it is missing or was edited."""
    data = course.records.get(name, b"")
    return {} if _edited(data) else json.loads(data)


def _edited(data: bytes) -> tuple[int, int, str] | None:
    """Line, column and message for a record that no command wrote so."""
    try:
        body = json.loads(data)
        seals = body.pop("seals")
        names = [
            n for n in {**body, **seals} if n not in body or n not in seals
        ]
        names += [n for n in body if seals.get(n) != _seal(body[n])]
    except ValueError as error:
        return getattr(error, "lineno", 1), 1, f"no JSON: {error}"
    except (AttributeError, KeyError, TypeError):
        return 1, 1, "not written by tangle.py record"
    if not names:
        return None
    before, _, _ = data.decode().partition(f'\n "{names[0]}":')
    line = before.count("\n") + 2 if before != data.decode() else 1
    return line, 1, f"{names[0]!r} was edited by hand"


def _seal(value: object) -> str:
    return digest(json.dumps(value, sort_keys=True))[:16]
