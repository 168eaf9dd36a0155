"""Which small mistakes in a chapter's code its tests do not notice."""

from pathlib import Path
from typing import NamedTuple

from press.problems import Problem, Refused
from press.read.chapter import Chapter
from press.read.facts import digest
from press.read.tree import Source
from press.write.manifest import seal, unseal
from press.write.tangle import Course, target_paths
from press.write.transaction import content, own, put


class Verdict(NamedTuple):
    """What became of a chapter's mutants; `all` were possible."""

    all: int
    tried: int
    spared: int  # lines, by a comment of the chapter
    survivors: list[tuple[int, int, str]]  # line, column, what was changed

    @property
    def killed(self) -> int:
        """Those that a test noticed."""
        return self.tried - len(self.survivors)


def mutate(course: Course, chapter: Chapter, seconds: float) -> Verdict:
    """Try the mutants of a chapter, as many as the time allows.

    Raises Refused where there are no tests, or where they fail already.
    """
    from press.proof.forks import apart
    from press.proof.judge import judge

    source, lines = chapter.source, chapter.document.lines
    wanted = {
        name
        for _, facts in course.chapters.values()
        for item in facts.imports
        if item.module == source.module
        for name in item.names or ()
    }
    job = chapter, wanted, course.build.resolve(), seconds
    found = apart(judge, 0, *job) or {}
    failures = found.pop("failures", ["the tests broke off"])
    if not found:
        what = "the tests fail, so no mutant can be told from the code"
        remedy = "\n".join(failures) or "there are none; write one"
        raise Refused(str(Problem(source.label, 1, 1, what, remedy)))
    found["survivors"] = [
        (line, len(lines[line - 1].encode()[:offset].decode()) + 1, words)
        for line, offset, words in found["survivors"]
    ]
    own(course.build, "cache")
    path = _path(course, source)
    path.parent.mkdir(parents=True, exist_ok=True)
    put(course.build, path, seal({"key": _key(course, source), **found}))
    return Verdict(**found)


def last_verdict(course: Course, source: Source) -> Verdict | None:
    """The last one, if neither code nor tests have changed since."""
    found = unseal(content(_path(course, source)) or b"")
    if not found or found.pop("key") != _key(course, source):
        return None
    return Verdict(**found)


def _path(course: Course, source: Source) -> Path:
    return course.build / "cache" / "mutants" / f"{source.name}.json"


def _key(course: Course, source: Source) -> str:
    tests = content(course.build / target_paths(source)["tests"]) or b""
    return course.chapters[source.module][1].module_hash + digest(tests)
