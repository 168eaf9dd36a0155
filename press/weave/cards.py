"""Cards for chapters and parts, and the times that they name."""

import math
import re
from dataclasses import replace

from press.read.cells import Cell
from press.read.chapter import Chapter, Facts, is_code
from press.read.tree import Source
from press.run.cache import latest
from press.weave.links import page_link, page_path
from press.write.tangle import Course

WORDS_A_MINUTE = 200
LINES_A_MINUTE = 30


def cards(course: Course, source: Source) -> str:
    """A card for every chapter of a part, or for every part."""
    if source.part:
        shown = _inside(course, source.part)
    else:
        shown = list(part_pages(course).values())
    items = [_card(course, source, *pair) for pair in shown]
    body = "\n\n".join(items)
    return f'<div class="cards" markdown>\n\n{body}\n\n</div>'


def _inside(course: Course, part: str) -> list[tuple[Source, Facts]]:
    return [pair for pair in course.chapters.values() if pair[0].part == part]


def part_pages(course: Course) -> dict[str, tuple[Source, Facts]]:
    """Every part that has chapters: its README, or what stands for it."""
    readmes = {source.part: (source, facts) for source, facts in course.pages}
    found = {}
    for source, _ in course.chapters.values():
        order = (source.order[0], -1)
        page = replace(source, order=order, slug="")
        title = source.part.replace("-", " ").capitalize()
        found[source.part] = readmes.get(
            source.part, (page, Facts(title=title))
        )
    return found


def _card(course: Course, source: Source, target: Source, facts: Facts) -> str:
    if target.slug:
        meta = f"Chapter {target.order[1]}"
        time = run_time(course, target)
        if time:
            meta += f" · {time} to run"
    else:
        count = len(_inside(course, target.part))
        plural = "s" if count > 1 else ""
        meta = f"Part {target.order[0]} · {count} chapter{plural}"
    return (
        '<div class="card" markdown>\n\n'
        f"[**{plain(facts.title)}**]({page_link(source, target)})\n\n"
        f"{facts.summary}\n\n"
        f'<small class="card-meta">{meta}</small>\n\n</div>'
    )


def missing_pages(course: Course, files) -> dict[str, bytes]:
    """The front page and part pages that have no README."""
    front = Source(course.root, "", "", (-1, 0), "", "")
    pages = [(front, Facts(title="Transformers by Hand"))]
    pages += part_pages(course).values()
    found = {}
    for source, facts in pages:
        if page_path(source) not in files:
            text = f"# {facts.title}\n\n{cards(course, source)}\n"
            found[page_path(source)] = text.encode()
    return found


def reading_minutes(chapter: Chapter) -> int:
    """For the prose and the code of the text, without tests and solutions."""
    prose = " ".join(c.source for c in chapter.cells if c.kind == "prose")
    words = len(re.findall(r"[A-Za-z']+", prose))
    lines = sum(
        len(cell.source.splitlines())
        for cell in chapter.cells
        if is_code(cell) and not _is_folded(chapter, cell)
    )
    return max(1, math.ceil(words / WORDS_A_MINUTE + lines / LINES_A_MINUTE))


def _is_folded(chapter: Chapter, cell: Cell) -> bool:
    kinds = {s.kind for s in chapter.statements[cell.line]}
    return "test" in kinds or "solution" in cell.tags


def run_time(course: Course, source: Source) -> str:
    """How long the chapter's last run kept one core, if it has run."""
    result = latest(course, source)
    if result is None:
        return ""
    return spoken(result.cpu_seconds or result.seconds)


def spoken(seconds: float) -> str:
    """`41 s` or `4 min`."""
    if seconds < 99.5:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"


def plain(title: str) -> str:
    """A heading without Markdown, for navigation and cards."""
    return re.sub(r"[`*$]", "", title)
