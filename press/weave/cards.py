"""Cards for chapters and parts, and the times that they name."""

import math
import re
from dataclasses import replace

from press.read.chapter import Chapter, is_code
from press.read.facts import Facts
from press.read.tree import Source
from press.run.cache import Result
from press.weave.links import page_link
from press.write.tangle import Course

TITLE = "Transformers by Hand"
WORDS_A_MINUTE = 200
LINES_A_MINUTE = 30


def part_pages(course: Course) -> dict[str, tuple[Source, Facts]]:
    """The front page, called "", and every part's, in reading order.

    Each is a README, or what stands for one that is missing.
    """
    readmes = {source.part: (source, facts) for source, facts in course.pages}
    path = course.root / "README.md"
    front = Source(path, str(path), "", (-1, 0), "", ""), Facts(title=TITLE)
    found = {"": readmes.pop("", front)}
    for source, _ in course.chapters.values():
        path = source.path.with_name("README.md")
        order = (source.order[0], -1)
        page = replace(source, path=path, origin="", order=order, slug="")
        title = source.part.replace("-", " ").capitalize()
        readmes.setdefault(source.part, (page, Facts(title=title)))
    return found | dict(sorted(readmes.items(), key=lambda p: p[1][0].order))


def cards(course: Course, page: Source, results: dict[Source, Result]) -> str:
    """A card for every chapter of a part, or for every part."""
    parts = list(part_pages(course).values())[1:]
    chapters = list(course.chapters.values())
    inside = [pair for pair in chapters if pair[0].part == page.part]
    items = []
    for source, facts in inside if page.part else parts:
        if page.part:
            time = run_time(results.get(source))
            meta = f"Chapter {source.order[1]}{time and f' · {time} to run'}"
        else:
            count = sum(other.part == source.part for other, _ in chapters)
            plural = "" if count == 1 else "s"
            meta = f"Part {source.order[0]} · {count} chapter{plural}"
        items.append(
            '<div class="card" markdown>\n\n'
            f"[**{plain(facts.title)}**]({page_link(page, source)})\n\n"
            f"{facts.summary}\n\n"
            f'<small class="card-meta">{meta}</small>\n\n</div>\n\n'
        )
    return f'<div class="cards" markdown>\n\n{"".join(items)}</div>'


def reading_minutes(chapter: Chapter) -> int:
    """For the prose and the code of the text, without tests and solutions."""
    words = lines = 0
    for cell in chapter.cells:
        if cell.kind == "prose":
            words += len(re.findall(r"[A-Za-z']+", cell.source))
        elif is_code(cell) and "solution" not in cell.tags:
            kinds = {s.kind for s in chapter.statements[cell.line]}
            lines += 0 if "test" in kinds else len(cell.source.splitlines())
    return max(1, math.ceil(words / WORDS_A_MINUTE + lines / LINES_A_MINUTE))


def run_time(result: Result | None) -> str:
    """How long a run kept one core, as in `41 s` or `4 min`; "" if none."""
    if result is None:
        return ""
    seconds = result.cpu_seconds or result.seconds
    if seconds < 99.5:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"


def plain(title: str) -> str:
    """A heading without Markdown, for navigation and cards."""
    return re.sub(r"[`*$]", "", title)
