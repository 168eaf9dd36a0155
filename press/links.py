"""Links between chapters: to files in the source, to pages on the site."""

import os
import posixpath
import re
from collections.abc import Callable
from pathlib import Path

from press.problems import Problem
from press.tree import Source

LINK = re.compile(r"(\]\(|^\[[^\]]+\]:[ \t]*)([^)\s#:]+\.md)(#[^)\s]*)?", re.M)
FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})")


def outside_code(prose: str, change: Callable[[str, int], str]) -> str:
    """Apply `change(line, number)` to lines outside fences and code spans."""
    lines = prose.split("\n")
    closing = None
    for number, line in enumerate(lines):
        fence = FENCE.match(line.lstrip("> "))
        if closing:
            if line.strip("> \t").startswith(closing):
                closing = None
        elif fence:
            closing = fence[2]
        else:
            lines[number] = _outside_spans(line, number, change)
    return "\n".join(lines)


def _outside_spans(line: str, number: int, change) -> str:
    spans: list[str] = []

    def hide(match: re.Match) -> str:
        spans.append(match[0])
        return f"\ue001{len(spans) - 1}\ue001"

    changed = change(re.sub(r"(`+)[^`]+\1(?!`)", hide, line), number)
    return re.sub(r"\ue001(\d+)\ue001", lambda m: spans[int(m[1])], changed)


def rewrite_links(
    prose: str,
    source: Source,
    known: dict[Path, Source],
    line: int,
    target: Callable[[Source, Source], str],
    fragments: bool = True,
) -> tuple[str, list[Problem]]:
    """Replace links to chapters by `target(from, to)`; report dead ones."""
    problems: list[Problem] = []

    def change(text: str, number: int) -> str:
        def replace(match: re.Match) -> str:
            path = Path(os.path.normpath(source.path.parent / match[2]))
            if path not in known:
                column = match.start(2) + 1
                message = f"the link {match[2]!r} leads to no chapter"
                remedy = "link to chapter files by relative path"
                place = (source.label, line + number, column)
                problems.append(Problem(*place, message, remedy))
                return match[0]
            fragment = match[3] or "" if fragments else ""
            return match[1] + target(source, known[path]) + fragment

        return LINK.sub(replace, text)

    return outside_code(prose, change), problems


def page_path(source: Source) -> str:
    """The page of a chapter or README, below build/docs."""
    return posixpath.join(source.part, f"{source.slug or 'index'}.md")


def page_link(source: Source, target: Source) -> str:
    """From page to page, as MkDocs wants it."""
    start = posixpath.dirname(page_path(source)) or "."
    return posixpath.relpath(page_path(target), start)


def notebook_link(source: Source, target: Source) -> str:
    """From notebook to notebook; a README has none, so its folder."""
    name = f"{target.slug}.ipynb" if target.slug else ""
    return posixpath.join("..", target.part, name)
