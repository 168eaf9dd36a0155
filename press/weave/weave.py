"""Executed chapters to plain Markdown pages below build/docs."""

import json
from collections.abc import Iterator
from pathlib import Path

from press.problems import BadInput, Problem, Refused
from press.read.chapter import Chapter, digest, read_chapter
from press.read.tree import Source, decode, read_source
from press.run.cache import settle
from press.weave.cards import missing_pages
from press.weave.links import notebook_link, rewrite_links
from press.weave.pages import PageWriter
from press.write.manifest import Manifest
from press.write.notebook import to_json
from press.write.tangle import Course, target_paths
from press.write.transaction import write_folder


def weave(course: Course, force: bool = False) -> list[str]:
    """Write all pages, figures, modules and notebooks; the changed paths.

    Raises BadInput for dead links, wrong formulas, quiz questions that do
    not work and figures without alt text, with the chapter's line.
    """
    settle(course, course.chapters)
    known = {
        source.path: source
        for source, _ in [*course.chapters.values(), *course.pages]
    }
    files: dict[str, bytes] = {}
    chapters = list(_chapters(course))
    problems = _check_maths(chapters)
    for chapter in chapters:
        notebook = _notebook(course, chapter.source)
        cells = [c for c in notebook["cells"] if c["cell_type"] == "code"]
        outputs = iter([cell["outputs"] for cell in cells])
        page = PageWriter(course, chapter, known, outputs)
        page.write()
        files |= page.files
        problems += page.problems
        if chapter.source.slug:
            files |= _companions(course, chapter.source, notebook, known)
    files |= missing_pages(course, files)
    if problems:
        raise BadInput(problems)
    return write_folder(course.build, "docs", files, force)


def _chapters(course: Course) -> Iterator[Chapter]:
    """READMEs and chapters as they were tangled.

    Raises Refused for one that was edited since.
    """
    tangled = Manifest.load(course.build).chapters
    for source, _ in [*course.pages, *course.chapters.values()]:
        data = read_source(source, course.root)
        if digest(data) != tangled[source.origin].source:
            raise Refused(
                f"{source.label}: edited while the course was built "
                "(run the command again)"
            )
        yield read_chapter(source, decode(source, data))[0]


def _notebook(course: Course, source: Source) -> dict:
    """The chapter's notebook with its outputs; a README has no cells."""
    if not source.slug:
        return {"cells": []}
    path = course.build / target_paths(source)["notebook"]
    return json.loads(path.read_text("utf-8"))


def _companions(
    course: Course, source: Source, notebook: dict, known: dict[Path, Source]
) -> dict[str, bytes]:
    """The module and the executed notebook, for download and for viewing.

    In the notebook, links to chapters lead to their notebooks.
    """
    paths = target_paths(source)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text, _ = rewrite_links(
                "".join(cell["source"]),
                source,
                known,
                1,
                notebook_link,
                fragments=False,
            )
            cell["source"] = text.splitlines(keepends=True)
    return {
        f"{source.part}/{source.stem}.py": (
            course.build / paths["module"]
        ).read_bytes(),
        paths["notebook"]: to_json(notebook).encode(),
    }


def _check_maths(chapters: list[Chapter]) -> list[Problem]:
    """The formulas that KaTeX does not understand."""
    from press.weave.formulas import formulas, render

    found = [
        (chapter.source.label, item)
        for chapter in chapters
        for item in formulas(chapter.page.text)
    ]
    results = render([(item.tex, item.display) for _, item in found])
    return [
        Problem(
            label,
            item.line,
            item.column,
            f"KaTeX: {result.error}",
            "mend the formula",
        )
        for (label, item), result in zip(found, results, strict=True)
        if result.error
    ]
