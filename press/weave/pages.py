"""One chapter, or one README, as a page of plain Markdown."""

import json
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from press.problems import Problems
from press.read.cells import Cell
from press.read.chapter import Chapter, is_code
from press.read.fences import STUBS
from press.read.records import origins
from press.read.tree import Source
from press.run.cache import Result
from press.weave.cards import cards, plain, reading_minutes, run_time
from press.weave.formulas import Katex
from press.weave.hints import hints
from press.weave.links import linker, page_link
from press.weave.measured import measured_note
from press.weave.outputs import NoAltText, fenced, fold, weave_outputs
from press.weave.prose import Weaver
from press.write.tangle import Course

BUTTON = re.compile(r"^\*\*(\[[^\]]+\]\([^)]+\))\*\*$", re.M)
TITLE = re.compile(r"^(# .*|.+\n=+ *)$", re.M)
OVERVIEW = 0.3  # how much a search finds of a page that names all others
SHORT = 20  # lines of tests that are shown unfolded


@dataclass(frozen=True)
class Book:
    """What every page needs: all files, and what the chapters printed."""

    course: Course
    known: dict[Path, Source]
    results: dict[Source, Result]
    stale: frozenset[Source]  # whose result is of earlier code
    katex: Katex


class Page:
    """One page: its text, its figures, and what is wrong with it."""

    def __init__(self, book: Book, chapter: Chapter):
        self.book, self.chapter = book, chapter
        self.source = chapter.source
        self.result = book.results.get(self.source)
        self.outputs = outputs_of(chapter, self.result)
        self.origins = origins(chapter.statements, chapter.facts.shown)
        target = linker(self.source, book.known, page_link)
        fresh = self.result and self.source not in book.stale
        proven = hints(chapter, self.result) if fresh else ()
        self.weaver = Weaver(chapter.document, target, proven)
        self.figures: dict[str, bytes] = {}
        self.problems = Problems(self.source.label)
        self._check_formulas()
        self.in_exercise = self.titled = False
        blocks = [self._front()]
        for cell in chapter.cells:
            if cell.kind == "prose":
                blocks.append(self._prose(cell))
            else:
                blocks += [self._code(cell), self._output(cell)]
        if not self.source.slug:
            blocks.append(cards(book.course, self.source, book.results))
        self.text = "\n\n".join(block for block in blocks if block) + "\n"

    def _check_formulas(self) -> None:
        found = self.chapter.document.formulas
        made = self.book.katex.render((f.tex, f.display) for f in found)
        for formula, (_, error) in zip(found, made, strict=True):
            if error:
                place, words = formula[:2], f"KaTeX: {error}"
                self.problems.add(*place, words, "mend the formula")

    def _front(self) -> str:
        facts, source = self.chapter.facts, self.source
        values = {
            "title": plain(facts.title),
            "description": facts.summary,
            "source": source.origin,
        }
        words = self.chapter.document.front.values.get("keywords", "")
        if words:  # the search looks into tags as well
            values["tags"] = words.split(", ")
        if not source.slug:
            values["kind"] = "part" if source.part else "front"
            values["search"] = {"boost": OVERVIEW}
        lines = [f"{key}: {json.dumps(text)}" for key, text in values.items()]
        return "\n".join(["---", *lines, "---"])

    def _prose(self, cell: Cell) -> str:
        first = cell.line - 1
        last = first + cell.source.count("\n") + 1
        text, start = "", first
        for item in self.chapter.exercises:
            if item.solution and item.solution.end <= first < item.end - 1:
                start = min(item.end - 1, last)
                text = self.weaver.text(first, start).strip()
                text = text and fold("solution", "Explanation", text) + "\n\n"
        text += self.weaver.text(start, last)
        text = BUTTON.sub(r"\1{ .md-button .md-button--primary }", text)
        title = None if self.titled else TITLE.search(text)
        if title and self.source.slug:
            meta = self._meta()
            text = f"{text[: title.end()]}\n\n{meta}{text[title.end() :]}"
        self.titled = self.titled or bool(title)
        return text

    def _meta(self) -> str:
        """Reading time, run time and downloads."""
        part, slug = self.source.part, self.source.slug
        time, module = run_time(self.result), f"{self.source.stem}.py"
        words = (
            f"{reading_minutes(self.chapter)} min to read · "
            f"{time and f'{time} to run on one core · '}"
            f"[Notebook](../notebooks/{part}/{slug}.ipynb) · "
            f'[Module]({module}){{ download="{module}" }}'
        )
        if self.chapter.exercises:
            words += f" · [Workbook](../workbooks/{part}/{slug}.ipynb)"
            words += f'{{ download="{slug}-workbook.ipynb" }}'
        return f'<div class="chapter-meta" markdown>\n{words}\n</div>'

    def _code(self, cell: Cell) -> str:
        code = fenced(cell.source, "python")
        if set(STUBS) & set(cell.tags):
            self.in_exercise = True
            return f'<div class="exercise" markdown>\n\n{code}\n\n</div>'
        if "solution" in cell.tags:
            self.in_exercise = False
            return fold("solution", "Solution", code)
        tests = self._tests(cell)
        if tests:
            summary = "Test: " + ", ".join(tests)
            short = cell.source.count("\n") < SHORT
            return fold("test", summary, code, short and not self.in_exercise)
        if "hide-input" in cell.tags:
            return fold("code", "Code", code)
        return code

    def _tests(self, cell: Cell) -> list[str]:
        """The claims of a cell's tests; fixtures claim nothing."""
        found = self.chapter.statements.get(cell.line, [])
        tests = [s for s in found if s.kind == "test"]
        claims = [s for s in tests if not s.fixture] or tests
        names = [s.node.name.removeprefix("test_") for s in claims]
        return [name.replace("_", " ") for name in names]

    def _output(self, cell: Cell) -> str:
        outputs = self.outputs.get(cell.line, [])
        up = "../" if self.source.part else ""
        stale = self.source in self.book.stale
        try:
            text, figures = weave_outputs(outputs, up, stale)
        except NoAltText:
            remedy = "show it with show(figure, 'what it shows')"
            self.problems.add(
                cell.line, 1, "a figure without alt text", remedy
            )
            return ""
        self.figures |= figures
        names = self.origins.get(cell.line, []) if text else []
        notes = [measured_note(self.book.course, name) for name in names]
        text = "\n\n".join([text, *notes])
        if "hide-output" in cell.tags and text:
            return fold("output", "Output", text)
        return text


def outputs_of(
    chapter: Chapter, result: Result | None
) -> dict[int, list[dict]]:
    """What each executed cell printed, by the cell's line.

    An earlier result is matched as far as the cells are the same, and cell
    by cell where code was changed.
    """
    cells = [c for c in chapter.cells if is_code(c) and not chapter.is_test(c)]
    ran = result.cells if result else []
    new, old = [cell.source for cell in cells], [source for source, _ in ran]
    found: dict[int, list[dict]] = {}
    for _, a, b, c, d in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        for (_, outputs), cell in zip(ran[a:b], cells[c:d], strict=False):
            found[cell.line] = outputs
    return found
