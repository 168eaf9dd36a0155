"""The exercises of a chapter: heading, task, stub, tests, solution."""

from dataclasses import dataclass

from press.read.document import Document
from press.read.fences import STUBS, Fence
from press.read.places import Groups
from press.read.statements import Statement


@dataclass(frozen=True)
class Exercise:
    """A section with a stub, up to the next heading.

    `names` is what the stub defines; `first` and `end` are the lines of its
    heading and of the next one.
    """

    number: int
    title: str  # with its difficulty: ●● The nearest row
    first: int
    end: int
    stub: Fence
    kind: str  # exercise or bug
    names: frozenset[str]
    tests: list[Statement]
    solution: Fence | None
    task: str  # Markdown
    explanation: str  # Markdown: what follows the solution

    @property
    def label(self) -> str:
        """What reports call it."""
        return f"Exercise {self.number} {self.title}"


def read_exercises(document: Document, groups: Groups) -> list[Exercise]:
    """The exercises in order."""
    stubs = [f for f in document.fences if set(STUBS) & set(f.tags)]
    return [
        _exercise(number, document, groups, stub)
        for number, stub in enumerate(stubs, 1)
    ]


def _exercise(
    number: int, document: Document, groups: Groups, stub: Fence
) -> Exercise:
    before = [h for h in document.headings if h.line < stub.line]
    after = [h.line for h in document.headings if h.line > stub.line]
    first = before[-1].line if before else document.body_line - 1
    end = min(after, default=len(document.lines) + 1)
    names = defined(groups, stub)
    later = [f for f in document.fences if stub.line < f.line < end]
    solutions = [f for f in later if "solution" in f.tags]
    solution = next(
        (f for f in solutions if names <= defined(groups, f)), None
    )
    return Exercise(
        number=number,
        title=before[-1].text if before else ", ".join(sorted(names)),
        first=first,
        end=end,
        stub=stub,
        kind=next(kind for kind in STUBS if kind in stub.tags),
        names=names,
        tests=[s for f in later for s in groups.get(f.line, ()) if s.is_test],
        solution=solution,
        task="\n".join(document.lines[first : stub.line - 2]).strip(),
        explanation=_prose(document, solution, end) if solution else "",
    )


def defined(groups: Groups, fence: Fence) -> frozenset[str]:
    """The names that a fence defines."""
    group = groups.get(fence.line, ())
    definitions = [s for s in group if s.kind == "definition"]
    return frozenset(name for s in definitions for name in s.binds)


def _prose(document: Document, after: Fence, end: int) -> str:
    """What stands behind a fence, without code."""
    lines = document.lines[: end - 1]
    for fence in document.fences:
        if fence.line > after.line:
            count = fence.end - fence.line + 2
            lines[fence.line - 2 : fence.end] = [""] * count
    return "\n".join(lines[after.end : end - 1]).strip()
