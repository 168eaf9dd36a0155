"""One chapter, or one README, as a page of plain Markdown."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from press.problems import Problem
from press.read.cells import Cell
from press.read.chapter import Chapter, is_code
from press.read.tree import Source
from press.weave.cards import cards, plain, reading_minutes, run_time
from press.weave.links import linker, page_link, page_path
from press.weave.outputs import NoAltText, fenced, fold, weave_outputs
from press.weave.prose import Weaver
from press.write.tangle import Course

BUTTON = re.compile(r"^\*\*(\[[^\]]+\]\([^)]+\))\*\*$", re.M)
SHORT = 20  # lines of tests that are shown unfolded
STUBS = {"exercise", "bug"}


class PageWriter:
    """Writes the page of one chapter; `files` and `problems` are the result.

    `outputs` are those of the chapter's executed cells, in order.
    """

    def __init__(
        self,
        course: Course,
        chapter: Chapter,
        known: dict[Path, Source],
        outputs: Iterator[list[dict]],
    ):
        self.course, self.chapter, self.known = course, chapter, known
        self.source = chapter.source
        self.outputs = outputs
        self.files: dict[str, bytes] = {}
        self.problems: list[Problem] = []
        self.in_exercise = False
        target = linker(self.source, known, page_link)
        self.weaver = Weaver(chapter.document, target)

    def write(self) -> None:
        """Fill `files` and `problems`."""
        blocks = [self._front()]
        titled = False
        for cell in self.chapter.cells:
            if cell.kind != "prose":
                blocks += [self._code(cell), self._output(cell)]
                continue
            text = self._prose(cell)
            if not titled:
                text, titled = self._with_meta(text)
            blocks.append(text)
        if not self.source.slug:
            blocks.append(cards(self.course, self.source))
        page = "\n\n".join(block for block in blocks if block)
        self.files[page_path(self.source)] = (page.rstrip() + "\n").encode()

    def _front(self) -> str:
        facts = self.chapter.facts
        values = {
            "title": plain(facts.title),
            "description": facts.summary,
            "source": self.source.origin,
        }
        if not self.source.slug:
            values["kind"] = "part" if self.source.part else "front"
        lines = [f"{key}: {json.dumps(text)}" for key, text in values.items()]
        return "\n".join(["---", *lines, "---"])

    def _prose(self, cell: Cell) -> str:
        first = cell.line - 1
        text = self.weaver.text(first, first + cell.source.count("\n") + 1)
        return BUTTON.sub(r"\1{ .md-button .md-button--primary }", text)

    def _with_meta(self, text: str) -> tuple[str, bool]:
        """Reading time, run time and downloads below the first heading."""
        source = self.source
        if not source.slug:
            return text, True
        items = [f"{reading_minutes(self.chapter)} min to read"]
        time = run_time(self.course, source)
        if time:
            items.append(f"{time} to run on one core")
        notebook = f"../notebooks/{source.part}/{source.slug}.ipynb"
        module = f"{source.stem}.py"
        items.append(f"[Notebook]({notebook})")
        items.append(f'[Module]({module}){{ download="{module}" }}')
        words = " · ".join(items)
        meta = f'<div class="chapter-meta" markdown>\n{words}\n</div>'
        title = re.compile(r"^(# .*|.+\n=+ *)$", re.M)
        text, count = title.subn(lambda m: f"{m[1]}\n\n{meta}", text, count=1)
        return text, bool(count)

    def _code(self, cell: Cell) -> str:
        code = fenced(cell.source, "python")
        tags = set(cell.tags)
        if tags & STUBS:
            self.in_exercise = True
            return f'<div class="exercise" markdown>\n\n{code}\n\n</div>'
        if "solution" in tags:
            self.in_exercise = False
            return fold("solution", "Solution", code)
        tests = self._tests(cell)
        if tests:
            summary = "Test: " + ", ".join(tests)
            short = cell.source.count("\n") < SHORT
            return fold("test", summary, code, short and not self.in_exercise)
        if "hide-input" in tags:
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
        if not is_code(cell):
            return ""
        up = "../" if self.source.part else ""
        try:
            text, figures = weave_outputs(next(self.outputs, []), up)
        except NoAltText:
            message = "a figure without alt text"
            remedy = "show it with show(figure, 'what it shows')"
            place = (self.source.label, cell.line, 1)
            self.problems.append(Problem(*place, message, remedy))
            return ""
        self.files |= figures
        if "hide-output" in cell.tags and text:
            return fold("output", "Output", text)
        return text
