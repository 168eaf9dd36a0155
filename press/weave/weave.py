"""Chapters and what they printed to plain Markdown pages below build/docs.

A page whose inputs are as they were is not looked at again: build/cache has
a key for every page, and the files that it became.
"""

import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from press.layout import PRESS
from press.problems import BadInput, Problem, Refused
from press.read.chapter import read_chapter
from press.read.facts import Facts, digest
from press.read.tree import Source, decode, read_source
from press.run.cache import latest, present
from press.weave.alone import check
from press.weave.cards import cards, part_pages, run_time
from press.weave.formulas import Katex
from press.weave.links import page_path
from press.weave.measured import measured_note
from press.weave.notebooks import notebooks
from press.weave.pages import Book, Page
from press.write.manifest import Manifest
from press.write.scripts import module_script
from press.write.tangle import Course, target_paths
from press.write.transaction import content, own, put, write
from press.write.workbook import workbook

STAND_IN = "---\nsummary: {}\n---\n\n# {}\n"  # for a README


def weave(
    course: Course,
    text: Callable[[Source], bytes] | None = None,
    out: Path | None = None,
    earlier: bool = False,
    force: bool = False,
) -> tuple[list[str], list[Problem]]:
    """Write the pages that changed below `out`/docs; (changes, problems).

    Raises BadInput for wrong formulas and figures without alt text, with the
    chapter's line. A preview passes `earlier`: it shows what an earlier run
    printed, marked, and gets the problems; their pages stay as they were.
    """
    out, text = out or course.build, text or _tangled(course)
    book, manifest = _book(course, out, earlier), Manifest.load(out)
    known, records, todo = stored(out / "cache" / "woven.json"), {}, []
    for source, facts in _pages(course):
        data = text(source) if source.origin else _stand_in(facts)
        key, path = _key(book, source, data), page_path(source)
        last, files = records[path] = known.get(path, ["", []])
        if last != key or not _intact(out, manifest, files):
            chapter, _ = read_chapter(source, decode(source, data))
            todo.append((key, chapter))
    found = [f for _, chapter in todo for f in chapter.document.formulas]
    book.katex.render((f.tex, f.display) for f in found)  # all by one process
    contents, problems = {}, []
    for key, chapter in todo:
        page = Page(book, chapter)
        problems += page.problems
        if not page.problems:
            files = _files(page)
            contents |= files
            records[page_path(chapter.source)] = [key, list(files)]
    if problems and not earlier:
        raise BadInput(problems)
    manifest = Manifest.load(out)  # it lists now what formulas are kept in
    kept = {path for _, files in records.values() for path in files}
    orphans = sorted(manifest.listed("docs") - kept)
    changed = write(out, manifest, contents, orphans, force) + orphans
    folder = own(out, "cache")
    folder.mkdir(exist_ok=True)
    put(out, folder / "woven.json", json.dumps(records).encode())
    return changed, problems


def _tangled(course: Course) -> Callable[[Source], bytes]:
    """Gives texts as they were tangled.

    Raises Refused for one that was edited since.
    """
    entries = Manifest.load(course.build).chapters

    def text(source: Source) -> bytes:
        data = read_source(source, course.root)
        if digest(data) != entries[source.origin].source:
            words = "edited while the course was built (run the command again)"
            raise Refused(f"{source.label}: {words}")
        return data

    return text


def _stand_in(facts: Facts) -> bytes:
    return STAND_IN.format(json.dumps(facts.title), facts.title).encode()


def _pages(course: Course) -> list[tuple[Source, Facts]]:
    return [*part_pages(course).values(), *course.chapters.values()]


def _book(course: Course, out: Path, earlier: bool) -> Book:
    sources = [source for source, _ in course.chapters.values()]
    results = {source: present(course, source) for source in sources}
    stale = frozenset(s for s in sources if earlier and not results[s])
    results |= {source: latest(course, source) for source in stale}
    known = {source.path: source for source, _ in _pages(course)}
    return Book(course, known, results, stale, Katex(out))


def _key(book: Book, source: Source, data: bytes) -> str:
    """The hash of all that a page is made of."""
    result = book.results.get(source)
    parts = [press_hash(), digest(data), str(source in book.stale)]
    parts += [result.key, run_time(result)] if result else []
    if not source.slug:
        parts.append(cards(book.course, source, book.results))
    else:
        shown = book.course.chapters[source.module][1].shown
        parts += [measured_note(book.course, item.name) for item in shown]
    return digest("\0".join(parts))


@cache
def press_hash() -> str:
    """Changes when the press or Python does: then all is made again."""
    parts = [path.read_text("utf-8") for path in sorted(PRESS.rglob("*.py"))]
    return digest("\0".join([sys.version, *parts]))


def _files(page: Page) -> dict[str, bytes]:
    """A page with its figures, its module and its notebooks, below `out`."""
    source = page.source
    texts = {page_path(source): page.text}
    if source.slug:
        module = module_script(page.chapter, check(page.chapter, False))
        texts |= {f"{source.part}/{source.stem}.py": module, **notebooks(page)}
        tasks = workbook(page.chapter)
        texts |= {target_paths(source)["workbook"]: tasks} if tasks else {}
    files = {path: text.encode() for path, text in texts.items()}
    return {f"docs/{p}": data for p, data in (files | page.figures).items()}


def stored(path: Path) -> dict:
    """A JSON object; an empty one where there is none to be read."""
    try:
        found = json.loads(content(path) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _intact(out: Path, manifest: Manifest, files: list[str]) -> bool:
    return all(
        digest(content(out / path) or b"") in manifest.files.get(path, [])[:1]
        for path in files
    )
