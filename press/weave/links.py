"""Links between chapters: to files in the source, to pages on the site."""

import os
import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from press.problems import Problem
from press.read.tree import Source
from press.weave.prose import parser

LINK = re.compile(
    r"(?P<before>\]\(|^ {0,3}\[[^\]]+\]:[ \t]*)"
    r"(?P<path>(?!\w+:|/|#)[^)\s#]+)(?P<fragment>#[^)\s]*)?"
)
CODE_BLOCKS = ("fence", "code_block")
CODE = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")


def rewrite_links(
    prose: str,
    source: Source,
    known: dict[Path, Source],
    line: int,
    target: Callable[[Source, Source], str],
    fragments: bool = True,
) -> tuple[str, list[Problem]]:
    """Replace links to chapters by `target(from, to)`; report dead ones.

    `line` is the chapter's line of the first line of the prose.
    """
    lines = prose.split("\n")
    problems: list[Problem] = []
    for number in _outside_fences(prose):
        code = [span.span() for span in CODE.finditer(lines[number])]

        def replace(match: re.Match, number=number, code=code) -> str:
            start, path = match.start("path"), match["path"]
            if any(first <= start < last for first, last in code):
                return match[0]
            file = Path(os.path.normpath(source.path.parent / path))
            if file not in known:
                problems.append(_dead(source, line + number, start + 1, path))
                return match[0]
            fragment = match["fragment"] if fragments else ""
            link = target(source, known[file])
            return match["before"] + link + (fragment or "")

        lines[number] = LINK.sub(replace, lines[number])
    return "\n".join(lines), problems


def _outside_fences(prose: str) -> Iterator[int]:
    """The numbers of the lines that no fence or indented code holds."""
    blocks = [t for t in parser().parse(prose) if t.type in CODE_BLOCKS]
    hidden = {n for block in blocks for n in range(*block.map)}
    yield from (n for n in range(prose.count("\n") + 1) if n not in hidden)


def _dead(source: Source, line: int, column: int, path: str) -> Problem:
    message = f"the link {path!r} leads to no chapter"
    remedy = "link to chapter files by relative path"
    return Problem(source.label, line, column, message, remedy)


def page_path(source: Source) -> str:
    """The page of a chapter or README, below build/docs."""
    return posixpath.join(source.part, f"{source.slug or 'index'}.md")


def page_link(source: Source, target: Source) -> str:
    """From page to page, as MkDocs wants it."""
    start = posixpath.dirname(page_path(source)) or "."
    return posixpath.relpath(page_path(target), start)


def notebook_link(source: Source, target: Source) -> str:
    """From a chapter's notebook to another; a README has a page only."""
    if target.slug:
        return posixpath.join("..", target.part, f"{target.slug}.ipynb")
    return posixpath.join("..", "..", page_path(target))
