"""The chapter's exercises as a notebook that checks the reader's answers."""

import re
import sys
from collections.abc import Iterable

from press.read.chapter import Chapter
from press.read.exercises import Exercise
from press.read.needs import Imported, Names, Needs
from press.write.notebook import cell_node, notebook_of, readable_alerts
from press.write.scripts import import_line, indented

LINK = re.compile(r"\[([^\]]*)\]\([^)\s]*\.md(#[^)\s]*)?\)")
LACKING = """\
except ModuleNotFoundError as error:
    raise SystemExit(
        f"{error.name} is missing in this notebook's Python. Install the "
        f"course with all it needs, in its folder:\\n"
        f"    {sys.executable} -m pip install ."
    ) from None"""


def workbook(chapter: Chapter) -> str | None:
    """The notebook of the exercises, as JSON; None where there are none."""
    source, items = chapter.source, chapter.exercises
    if not items:
        return None
    names = Names(chapter.statements, items, source.module)
    needs = {item.number: names.needs(item) for item in items}
    page = f"../../{source.part}/{source.slug}/"
    imports = {i for found in needs.values() for i in found.imports}
    imports.add(Imported("byhand.practice", "check", ""))
    parts = [
        ("markdown", _introduction(chapter, page), []),
        ("code", _imports(imports), []),
    ]
    for item in items:
        anchor = _anchor(chapter, item)
        link = f"The solution is [on the page]({page}#{anchor})."
        text = task(item, needs[item.number])
        prose = f"### {item.label}\n\n{text}\n\n{link}"
        check = f'check("{source.package}", {quoted(item.label)})'
        code = "\n\n\n".join([*test_code(item, needs[item.number]), check])
        head = f"# Run this cell to check exercise {item.number}.\n\n\n"
        parts += [
            ("markdown", readable_alerts(prose), []),
            ("code", item.stub.source, [item.kind]),
            ("code", head + code, ["test"]),
        ]
    return notebook_of(
        [
            cell_node(kind, text, tags, f"{source.name}\0{number}\0{text}")
            for number, (kind, text, tags) in enumerate(parts)
        ]
    )


def quoted(text: str) -> str:
    """A Python string in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def task(item: Exercise, needs: Needs) -> str:
    """What the reader is to do, in Markdown without links to chapters."""
    text = without_links(item.task)
    if needs.answers:
        numbers = " and ".join(map(str, sorted(needs.answers)))
        text += f"\n\nIts tests use your answer to exercise {numbers}."
    return text.strip()


def without_links(text: str) -> str:
    """Markdown in which links to chapters are only their words."""
    return LINK.sub(r"\1", text)


def test_code(item: Exercise, needs: Needs) -> list[str]:
    """The fixtures that the exercise's tests need, and the tests."""
    copied = [needs.copied[line].text for line in sorted(needs.copied)]
    return copied + [test.text for test in item.tests]


def import_lines(imports: Iterable[Imported]) -> list[str]:
    """Import statements: standard library, others, the course's."""
    modules: dict[tuple, list[str]] = {}
    for module, name, alias in sorted(imports):
        root = module.split(".")[0]
        rank = 2 if root == "byhand" else root not in sys.stdlib_module_names
        words = f"{name or module} as {alias}" if alias else name or module
        key = (rank, bool(name), module)
        modules.setdefault(key, []).append(words)
    lines, before = [], None
    for (rank, named, module), words in sorted(modules.items()):
        lines += [""] if before not in (None, rank) else []
        plain = [f"import {word}" for word in words]
        lines += [import_line(module, words)] if named else plain
        before = rank
    return lines


def _imports(imports: Iterable[Imported]) -> str:
    lines = "\n".join(import_lines(imports))
    return f"import sys\n\ntry:\n{indented(lines)}\n{LACKING}"


def _introduction(chapter: Chapter, page: str) -> str:
    document = chapter.document
    after = [h.line for h in document.headings if h.level > 1]
    after += [fence.line - 1 for fence in document.fences]
    end = min(after, default=len(document.lines) + 1) - 1
    [start] = [h.line for h in document.headings if h.level == 1][:1]
    words = without_links("\n".join(document.lines[start:end]).strip())
    return readable_alerts(
        f"# {document.title}: workbook\n\n{words}\n\n"
        f"This is the practice of [the chapter]({page}). Write your answer in "
        "the cell below each task, run it, and run the cell below it."
    )


def _anchor(chapter: Chapter, item: Exercise) -> str:
    headings = chapter.document.headings
    return next((h.anchor for h in headings if h.line == item.first), "")
