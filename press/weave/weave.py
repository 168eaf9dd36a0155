"""Chapters and what they printed to plain Markdown pages below build/docs.

A page whose inputs are as they were is not looked at again: build/cache has
a key for every page, and the files that it is made of.
"""

import json
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol

from press.layout import PRESS
from press.problems import BadInput, Problem, Refused
from press.read.chapter import Chapter, Facts, digest, read_chapter
from press.read.tree import Source, decode, read_source
from press.run.cache import latest, present
from press.weave.cards import cards, part_pages, run_time
from press.weave.formulas import Katex
from press.weave.links import linker, notebook_link, page_path, view_link
from press.weave.pages import Book, Page
from press.weave.prose import edited
from press.write.manifest import Manifest
from press.write.notebook import notebook, to_json
from press.write.scripts import module_script
from press.write.tangle import Course
from press.write.transaction import content, own, put, write

STAND_IN = '---\nsummary: ""\n---\n\n# {}\n'  # for a README


class Reader(Protocol):
    """Gives the text of a chapter, parsed only when it is asked for."""

    def key(self, source: Source) -> str:
        """Changes with the text."""

    def read(self, source: Source) -> Chapter:
        """The chapter of that text."""


class Tangled:
    """The chapters as they were tangled."""

    def __init__(self, course: Course):
        self.course = course
        self.entries = Manifest.load(course.build).chapters

    def key(self, source: Source) -> str:
        """The hash of the text."""
        return self.entries[source.origin].source

    def read(self, source: Source) -> Chapter:
        """Raises Refused for a chapter that was edited since."""
        data = read_source(source, self.course.root)
        if digest(data) != self.key(source):
            raise Refused(
                f"{source.label}: edited while the course was built "
                "(run the command again)"
            )
        return read_chapter(source, decode(source, data))[0]


class Record(NamedTuple):
    """A page of the last weave: from what, and the files that it became."""

    key: str
    files: list[str]


def weave(
    course: Course,
    reader: Reader | None = None,
    out: Path | None = None,
    earlier: bool = False,
    force: bool = False,
) -> tuple[list[str], list[Problem]]:
    """Write the pages that changed below `out`/docs; (changes, problems).

    Raises BadInput for wrong formulas and figures without alt text, with the
    chapter's line. A preview passes `earlier`: it shows what an earlier run
    printed, marked, and gets the problems; their pages stay as they were.
    """
    out, reader = out or course.build, reader or Tangled(course)
    book, manifest = _book(course, earlier), Manifest.load(out)
    known, records, todo = _load(out), {}, []
    for source, facts in _pages(course):
        path, key = page_path(source), _key(book, source, facts, reader)
        record = known.get(path)
        if record and record.key == key and _intact(out, manifest, record):
            records[path] = record
        else:
            todo.append((key, _chapter(source, facts, reader)))
    contents: dict[str, bytes] = {}
    problems = _wrong_formulas(out, [chapter for _, chapter in todo])
    bad = {problem.path for problem in problems}
    for key, chapter in todo:
        page, path = Page(book, chapter), page_path(chapter.source)
        problems += page.problems
        if page.problems or chapter.source.label in bad:
            records[path] = known.get(path, Record("", []))
            continue
        files = _files(book, page)
        contents |= files
        records[path] = Record(key, list(files))
    if problems and not earlier:
        raise BadInput(problems)
    manifest = Manifest.load(out)  # it lists now what formulas are kept in
    kept = {path for record in records.values() for path in record.files}
    orphans = sorted(manifest.below("docs") - kept)
    changed = write(out, manifest, contents, orphans, force)
    changed += orphans
    _save(out, records)
    return changed, problems


def _book(course: Course, earlier: bool) -> Book:
    sources = [source for source, _ in course.chapters.values()]
    results = {source: present(course, source) for source in sources}
    stale = [source for source, found in results.items() if not found]
    if earlier:
        results |= {source: latest(course, source) for source in stale}
    known = {source.path: source for source, _ in _pages(course)}
    return Book(course, known, results, frozenset(stale))


def _pages(course: Course) -> list[tuple[Source, Facts]]:
    return [*part_pages(course).values(), *course.chapters.values()]


def _key(book: Book, source: Source, facts: Facts, reader: Reader) -> str:
    """The hash of all that a page is made of."""
    parts = [press_hash(), facts.title]
    parts += [reader.key(source)] if source.origin else []
    if source.slug:
        result = book.results[source]
        parts += [result.key if result else "", run_time(result)]
        parts.append(str(source in book.stale))
    else:
        parts.append(cards(book.course, source, book.results))
    return digest("\0".join(parts))


@cache
def press_hash() -> str:
    """Changes when the press or Python does: then all is made again."""
    parts = [path.read_text("utf-8") for path in sorted(PRESS.rglob("*.py"))]
    return digest("\0".join([sys.version, *parts]))


def _chapter(source: Source, facts: Facts, reader: Reader) -> Chapter:
    if source.origin:
        return reader.read(source)
    return read_chapter(source, STAND_IN.format(facts.title))[0]


def _wrong_formulas(out: Path, chapters: list[Chapter]) -> list[Problem]:
    """The formulas that KaTeX does not understand."""
    found = [
        (chapter.source.label, item)
        for chapter in chapters
        for item in chapter.document.formulas
    ]
    items = [(item.tex, item.display) for _, item in found]
    results = zip(found, Katex(out).render(items), strict=True)
    remedy = "mend the formula"
    return [
        Problem(label, item.line, item.column, f"KaTeX: {made.error}", remedy)
        for (label, item), made in results
        if made.error
    ]


def _files(book: Book, page: Page) -> dict[str, bytes]:
    """A page with its figures, its module and its notebooks, below `out`."""
    source, chapter = page.source, page.chapter
    files = {page_path(source): page.text.encode(), **page.figures}
    if source.slug:
        folder, view = source.part, f"notebooks/{source.part}"
        module = module_script(chapter).encode()
        files[f"{folder}/{source.stem}.py"] = module
        for at, link in ((folder, notebook_link), (view, view_link)):
            target = linker(source, book.known, link)
            text = _executed(page, edited(chapter.document, target))
            files[f"{at}/{source.slug}.ipynb"] = text.encode()
    return {f"docs/{path}": data for path, data in files.items()}


def _executed(page: Page, lines: list[str]) -> str:
    """The notebook with its outputs; `lines` are the chapter's, linked."""
    cells = []
    for cell in page.chapter.cells:
        if cell.kind == "prose":
            end = cell.line + cell.source.count("\n")
            cell = replace(cell, source="\n".join(lines[cell.line - 1 : end]))
        cells.append(cell)
    node = json.loads(notebook(replace(page.chapter, cells=cells)))
    for count, cell in enumerate(cells):
        made = node["cells"][count]
        for output in page.outputs.get(cell.line, []):
            result = output["output_type"] == "execute_result"
            number = {"execution_count": count} if result else {}
            made["outputs"].append(output | number)
    return to_json(node)


def _intact(out: Path, manifest: Manifest, record: Record) -> bool:
    return all(
        path in manifest.files
        and digest(content(out / path) or b"") == manifest.files[path][0]
        for path in record.files
    )


def _load(out: Path) -> dict[str, Record]:
    try:
        text = (out / "cache" / "woven.json").read_text("utf-8")
        return {path: Record(*row) for path, row in json.loads(text).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _save(out: Path, records: dict[str, Record]) -> None:
    path = own(out, "cache") / "woven.json"
    path.parent.mkdir(exist_ok=True)
    put(out, path, json.dumps(records).encode())
