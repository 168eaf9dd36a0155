"""From chapter to chapter: on the site, and between notebooks."""

import os
import posixpath
from collections.abc import Callable
from pathlib import Path

from press.read.facts import Link
from press.read.tree import Source


def linker(
    source: Source,
    known: dict[Path, Source],
    address: Callable[[Source, Source], str],
) -> Callable[[Link], str | None]:
    """What replaces the path of a link of `source`; None for no chapter."""

    def target(link: Link) -> str | None:
        path = Path(os.path.normpath(source.path.parent / link.path))
        return address(source, known[path]) if path in known else None

    return target


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


def view_link(source: Source, target: Source) -> str:
    """From the view of a chapter's notebook to a page of the site."""
    return posixpath.join("../../..", target.part, target.slug, "")
