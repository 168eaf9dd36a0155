"""What the verbs say: unproven numbers, survivors, the table of chapters."""

from functools import cache
from pathlib import PurePath

from press.problems import Problem
from press.proof.mutation import Verdict, last_verdict, mutate
from press.proof.numbers import Proof, Run, proofs
from press.read.chapter import is_code, read_chapter
from press.read.course import imported_modules
from press.read.document import Document
from press.read.exercises import read_exercises
from press.read.tree import decode, read_source
from press.run.cache import Result, latest, present
from press.run.runner import named
from press.write.tangle import Course

REMEDY = "print it beside, pin it in a test, or name its source in a "
REMEDY += "footnote or link"
ROW = "{:30} {:>6} {:>5} {:>5} {:>5} {:>4} {:>4} {:>8} {:>8} {:>5}  {}"
HEAD = "chapter words cells tests tasks quiz figs numbers mutants secs run"


@cache
def read(course: Course, module: str) -> Run:
    """A chapter with the result of what it is now, if there is one."""
    source = course.chapters[module][0]
    text = decode(source, read_source(source, course.root))
    return read_chapter(source, text)[0], present(course, source)


def course_proofs(course: Course, module: str) -> list[Proof]:
    """What proves the numbers of a chapter, in it and in those before."""
    others = set(imported_modules(course.chapters, module))
    links = course.chapters[module][1].links
    linked = {PurePath(link.path).name for link in links} - {""}
    for other, (source, _) in course.chapters.items():
        if source.path.name in linked and other != module:
            others.add(other)
    around = [read(course, other) for other in sorted(others)]
    return proofs(*read(course, module), around)


def number_lines(
    course: Course, names: list[str], where: bool
) -> tuple[list[str], int]:
    """What to print of the chapters' numbers, and how many are wrong."""
    lines, wrong = [], 0
    for module in named(course, names):
        source = course.chapters[module][0]
        if not present(course, source):
            what = "has no outputs: it did not run since it was changed"
            remedy = f"python tangle.py run {source.name}"
            lines.append(str(Problem(source.label, 1, 1, what, remedy)))
            wrong += 1
            continue
        for line, column, text, proof in course_proofs(course, module):
            text, place = " ".join(text.split()), (source.label, line, column)
            wrong += not proof
            if not proof:
                what = f"nothing proves {text}"
                lines.append(str(Problem(*place, what, REMEDY)))
            elif where:
                lines.append(
                    f"{source.label}:{line}:{column}: {text}: {proof}"
                )
    return lines, wrong


def mutant_lines(
    course: Course, name: str, seconds: float
) -> tuple[list[str], Verdict]:
    """What to print of a chapter's mutants, and what became of them."""
    chapter, _ = read(course, named(course, [name])[0])
    verdict = mutate(course, chapter, seconds)
    lines = [
        f"{chapter.source.label}:{line}:{column}: survived: {words}"
        for line, column, words in verdict.survivors
    ]
    lines.append(
        f"{name}: {verdict.killed} of {verdict.tried} mutants killed, "
        f"{verdict.tried} of {verdict.all} tried, "
        f"lines spared by a comment: {verdict.spared}"
    )
    return lines, verdict


def table(course: Course, names: list[str]) -> str:
    """A line for each chapter: what it holds, how much of it is proven."""
    rows = [_row(course, module) for module in named(course, names)]
    return "\n".join(ROW.format(*row) for row in [HEAD.split(), *rows])


def _row(course: Course, module: str) -> tuple[object, ...]:
    chapter, result = read(course, module)
    source, document = chapter.source, chapter.document
    statements = [s for group in chapter.statements.values() for s in group]
    found = course_proofs(course, module)
    verdict = last_verdict(course, source)
    last = result or latest(course, source)
    state = "present" if result else "outdated" if last else "never ran"
    return (
        source.name,
        _words(document),
        sum(map(is_code, chapter.cells)),
        sum(s.kind == "test" and not s.fixture for s in statements),
        len(read_exercises(document, chapter.statements)),
        len(document.questions),
        _figures(last) if last else "-",
        f"{sum(bool(proof.where) for proof in found)}/{len(found)}",
        f"{verdict.killed}/{verdict.tried}" if verdict else "-",
        f"{last.seconds:.1f}" if last else "-",
        state,
    )


def _words(document: Document) -> int:
    """The words of the prose before the exercises."""
    headings = document.headings
    last = [h.line for h in headings if h.text == "Exercises"]
    end = last[0] if last else len(document.lines) + 1
    texts = (t.token for t in document.texts if t.token.map[0] + 1 < end)
    return sum(len(token.content.split()) for token in texts)


def _figures(result: Result) -> int:
    """The outputs that are pictures."""
    outputs = [output for _, found in result.cells for output in found]
    kinds = [" ".join(output.get("data", ())) for output in outputs]
    return sum("image/" in kind for kind in kinds)
