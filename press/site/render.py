"""MkDocs, called in this process: its settings, its files, its complaints."""

import logging
import re
from pathlib import Path

from jinja2 import TemplateError
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import MkDocsException
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from press.layout import ROOT
from press.problems import Refused
from press.site.assets import STYLE, katex_style, own_files, packaged_files
from press.site.maths import Maths
from press.site.views import share_exporters
from press.weave.cards import part_pages
from press.weave.formulas import Katex
from press.weave.links import page_path
from press.write.tangle import Course

PARTIAL = "A 'dirty' build"  # MkDocs warns of what is wanted here


class SiteFiles(BasePlugin):
    """Adds the static files; keeps views of notebooks out of the search."""

    def on_files(self, files: Files, config: MkDocsConfig) -> Files:
        """What MkDocs calls when it has found the pages."""
        for place, path in {**own_files(), **packaged_files()}.items():
            source = str(path)
            file = File.generated(config, place, abs_src_path=source)
            files.append(file)
        style = katex_style()
        files.append(File.generated(config, STYLE, content=style))
        return files

    def on_page_markdown(self, markdown: str, page: Page, **_: object) -> str:
        """What MkDocs calls when it has read a page."""
        if page.url.startswith("notebooks/"):
            page.meta["search"] = {"exclude": True}
        return markdown


class _Complaints(logging.Handler):
    """Collects what MkDocs warns of."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if not text.startswith(PARTIAL):
            self.found.append(text)


def render(
    course: Course, out: Path, site: Path, nav: list, part: bool
) -> str:
    """Render `out`/docs to `site`; what MkDocs complains of, by chapter.

    With `part`, only what is missing there. Raises Refused where it cannot
    go on.
    """
    share_exporters()
    log, complaints = logging.getLogger("mkdocs"), _Complaints()
    log.addHandler(complaints)
    try:
        config = load_config(
            str(ROOT / "mkdocs.yml"),
            docs_dir=str(out.resolve() / "docs"),
            site_dir=str(site.resolve()),
            nav=nav,
        )
        config.markdown_extensions.append(Maths(Katex(out)))
        config.plugins["press"] = SiteFiles()
        views = config.plugins["mkdocs-jupyter"].config
        views["cache_dir"] = str(out / "cache" / "views")
        views["cache"] = not part  # it forgets what it is not asked for
        config.plugins.on_startup(command="build", dirty=part)
        build(config, dirty=part)
    except (MkDocsException, TemplateError) as error:
        words = "\n".join([*complaints.found, str(error)])
        words = _by_chapter(course, words)
        raise Refused(f"the site is not built:\n{words}") from None
    finally:
        log.removeHandler(complaints)
    return _by_chapter(course, "\n".join(complaints.found))


def _by_chapter(course: Course, words: str) -> str:
    """The words with chapters in place of the pages made of them."""
    pages = [*part_pages(course).values(), *course.chapters.values()]
    labels = {page_path(source): source.label for source, _ in pages}
    return re.sub(r"'([^'\n]+\.md)'", lambda m: labels.get(m[1], m[0]), words)
