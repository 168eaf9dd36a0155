"""Executed chapters to plain Markdown pages below build/docs."""

import json
import re
from pathlib import Path

from press.cards import cards, missing_pages, plain, reading_minutes, spoken
from press.chapter import Chapter, Facts, is_code, read_chapter
from press.links import page_link, page_path, rewrite_links
from press.outputs import NoAltText, fenced, weave_outputs
from press.problems import BadInput, Problem
from press.prose import callouts, check_quiz, quiz
from press.runner import cached_result
from press.tangle import Course, target_paths
from press.transaction import reporting
from press.tree import Source, decode, read_source


def weave(course: Course) -> list[str]:
    """Write all pages, figures, modules and notebooks; the changed paths.

    Raises BadInput for dead links, wrong formulas and figures without alt
    text, with the chapter's line.
    """
    known = {
        source.path: source
        for source, _ in [*course.chapters.values(), *course.pages]
    }
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for source, facts in known_in_order(course):
        chapter, _ = read_chapter(source, _text(course, source))
        found, wrong = _page(course, chapter, known)
        files |= found
        problems += wrong + _check_maths(source, chapter)
        if source.slug:
            files |= _companions(course, source)
    files |= missing_pages(course, files)
    if problems:
        raise BadInput(problems)
    return sync(course.build / "docs", files)


def known_in_order(course: Course) -> list[tuple[Source, Facts]]:
    """READMEs and chapters in reading order."""
    everything = [*course.pages, *course.chapters.values()]
    return sorted(everything, key=lambda pair: pair[0].order)


def _text(course: Course, source: Source) -> str:
    return decode(source, read_source(source, course.root))


def sync(folder: Path, files: dict[str, bytes]) -> list[str]:
    """Make `folder` hold exactly `files`, but for `assets/`; the changes."""
    changed = [
        path
        for path, content in files.items()
        if not (folder / path).exists()
        or (folder / path).read_bytes() != content
    ]
    with reporting(folder):
        for path in changed:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(files[path])
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder).as_posix()
            if path.is_file() and inside not in files:
                if not inside.startswith("assets/"):
                    path.unlink()
    return changed


def _page(course: Course, chapter: Chapter, known):
    source = chapter.source
    up = "../" if source.part else ""
    outputs = _outputs(course, source)
    blocks, files, problems = [_front(chapter)], {}, []
    in_exercise = in_quiz = False
    for cell in chapter.cells:
        if cell.kind == "prose":
            text, wrong, in_quiz = _prose(source, cell, known, in_quiz)
            problems += wrong
            blocks.append(text)
            continue
        in_exercise = _is_open(cell.tags, in_exercise)
        blocks.append(_code(chapter, cell, in_exercise))
        if not is_code(cell):
            continue
        try:
            text, figures = weave_outputs(next(outputs, []), up)
        except NoAltText:
            message = "a figure without alt text"
            remedy = "show it with show(figure, 'what it shows')"
            place = (source.label, cell.line, 1)
            problems.append(Problem(*place, message, remedy))
            continue
        if "hide-output" in cell.tags and text:
            text = _fold("output", "Output", text)
        blocks.append(text)
        files |= figures
    page = "\n\n".join(block for block in blocks if block)
    page = _with_meta(course, source, page, chapter)
    if not source.slug:
        page += "\n\n" + cards(course, source)
    files[page_path(source)] = (page.rstrip() + "\n").encode()
    return files, problems


def _is_open(tags: tuple[str, ...], before: bool) -> bool:
    """Whether we are between an exercise's stub and its solution."""
    if {"exercise", "bug"} & set(tags):
        return True
    return before and "solution" not in tags


def _outputs(course: Course, source: Source):
    """The outputs of the executed cells, in order."""
    path = course.build / target_paths(source)["notebook"]
    if not source.slug or not path.exists():
        return iter(())
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return iter([c["outputs"] for c in cells if c["cell_type"] == "code"])


def _front(chapter: Chapter) -> str:
    source, facts = chapter.source, chapter.facts
    values = {
        "title": plain(facts.title),
        "description": facts.summary,
        "source": source.origin,
    }
    if not source.slug:
        values["kind"] = "part" if source.part else "front"
    lines = [f"{key}: {json.dumps(text)}" for key, text in values.items()]
    return "\n".join(["---", *lines, "---"])


def _prose(source: Source, cell, known, in_quiz: bool):
    text, problems = rewrite_links(
        cell.source, source, known, cell.line, page_link
    )
    heading = "## Quiz\n\n" if in_quiz else ""
    problems += check_quiz(source.label, heading + text, cell.line)
    text = quiz(heading + text).removeprefix(heading)
    last = re.findall(r"^#{1,2} +(.*)$", text, re.M)
    in_quiz = last[-1].strip().lower() == "quiz" if last else in_quiz
    text = re.sub(
        r"^\*\*(\[[^\]]+\]\([^)]+\))\*\*$",
        r"\1{ .md-button .md-button--primary }",
        callouts(text),
        flags=re.M,
    )
    return text, problems, in_quiz


def _code(chapter: Chapter, cell, in_exercise: bool) -> str:
    code = fenced(cell.source, "python")
    statements = chapter.statements.get(cell.line, [])
    tests = [s.node.name for s in statements if s.kind == "test"]
    if "solution" in cell.tags:
        return _fold("solution", "Solution", code)
    if {"exercise", "bug"} & set(cell.tags):
        return f'<div class="exercise" markdown>\n\n{code}\n\n</div>'
    if tests:
        names = ", ".join(name.removeprefix("test_") for name in tests)
        summary = "Test: " + names.replace("_", " ")
        return _fold("test", summary, code, is_open=not in_exercise)
    if "hide-input" in cell.tags:
        return _fold("code", "Code", code)
    return code


def _fold(kind: str, summary: str, body: str, is_open: bool = False) -> str:
    state = " open" if is_open else ""
    return (
        f'<details class="{kind}" markdown{state}>\n'
        f"<summary>{summary}</summary>\n\n{body}\n\n</details>"
    )


def _with_meta(course: Course, source: Source, page: str, chapter) -> str:
    """Reading time, run time and downloads below the first heading."""
    if not source.slug:
        return page
    minutes = reading_minutes(chapter)
    items = [f"{minutes} min to read"]
    result = cached_result(course, source)
    if result:
        seconds = result["cpu_seconds"] or result["seconds"]
        items.append(f"{spoken(seconds)} to run on one core")
    notebook = f"../notebooks/{source.part}/{source.slug}.ipynb"
    items += [
        f"[Notebook]({notebook})",
        f'[Module]({source.stem}.py){{ download="{source.stem}.py" }}',
    ]
    meta = f'<div class="chapter-meta" markdown>\n{" · ".join(items)}\n</div>'
    return re.sub(r"(?m)^(# .*)$", lambda m: f"{m[1]}\n\n{meta}", page, count=1)


def _companions(course: Course, source: Source) -> dict[str, bytes]:
    """The module and the executed notebook, for download and for viewing."""
    paths = target_paths(source)
    module = (course.build / paths["module"]).read_bytes()
    notebook = (course.build / paths["notebook"]).read_text("utf-8")
    return {
        f"{source.part}/{source.stem}.py": module,
        paths["notebook"]: notebook.encode(),
    }


def _check_maths(source: Source, chapter: Chapter) -> list[Problem]:
    from press.maths import formulas, render

    found = formulas(chapter.page.text)
    results = render([(item.tex, item.display) for item in found])
    return [
        Problem(
            source.label,
            item.line,
            item.column,
            f"KaTeX: {result.error}",
            "mend the formula",
        )
        for item, result in zip(found, results, strict=True)
        if result.error
    ]
