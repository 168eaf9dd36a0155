"""MkDocs, called in this process: its settings, one plugin, its complaints."""

import html
import io
import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from jinja2 import TemplateError
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import MkDocsException
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink

from press.layout import ROOT
from press.problems import Refused
from press.site.assets import STYLE, katex_style, own_files, packaged_files
from press.site.views import share_exporters
from press.weave.formulas import Katex

FORMULA = re.compile(
    r'<(span|div) class="arithmatex">(.*?)</\1>([,.;:!?)\]’”]*)', re.DOTALL
)
BASE = 'class="katex-base"'  # what KaTeX keeps on one line
# mkdocs-jupyter leaves out what is code when it names the sections.
HEADING = re.compile(r'<h\d id="([^"]*)">(.*?)<a class="anchor-link"', re.S)
# Code, what it printed, and wrong answers are not what one searches for.
UNSEARCHED = re.compile(
    r'<(div(?= class="(?:[^"]* )?highlight")|table(?= class="byhand")'
    r'|details(?= class="(?:test|solution|answer)\b))'
)
PLAIN = re.compile(r'<span class="[nw]">([^<]*)</span>')  # colored as text
LINE = re.compile(r'<span id="L-[-\d]+">')  # a number for each weighs much
TAG = re.compile(r"<[^>]*>")
PARTIAL = re.compile("A 'dirty' build .*\n")  # a warning of what is wanted


class Press(BasePlugin):
    """Adds files, renders formulas, keeps notebooks out of the search."""

    def __init__(self, katex: Katex):
        super().__init__()
        self.katex = katex

    def on_files(self, files: Files, config: MkDocsConfig) -> Files:
        """What MkDocs calls when it has found the pages."""
        for place, path in {**own_files(), **packaged_files()}.items():
            source = str(path)
            file = File.generated(config, place, abs_src_path=source)
            files.append(file)
        style = katex_style()
        files.append(File.generated(config, STYLE, content=style))
        return files

    def on_page_content(self, text: str, page: Page, **_: object) -> str:
        """What MkDocs calls when it has read a page."""
        if page.url.startswith("notebooks/"):
            page.meta["search"] = {"exclude": True}
            headings = HEADING.findall(text)
            for link, (anchor, words) in zip(
                _links(page.toc), headings, strict=False
            ):
                link.id, link.title = anchor, TAG.sub("", words)
            return text
        found = [_item(match) for match in FORMULA.finditer(text)]
        self.katex.render(found)  # all by one process, if they are new
        text = PLAIN.sub(r"\1", text)
        text = LINE.sub('<span class="line">', text)
        text = UNSEARCHED.sub(r'<\1 data-search-exclude="true"', text)
        return FORMULA.sub(self._formula, text)

    def on_template_context(
        self, context: dict, template_name: str, config: MkDocsConfig
    ) -> dict:
        """What MkDocs calls before it renders what is no page."""
        if not config.site_url:  # or 404.html leads to the host's root
            context["base_url"] = "."
        return context

    @event_priority(50)  # before the search writes its index
    def on_post_build(self, config: MkDocsConfig) -> None:
        """A chapter's keywords are its page's, not those of every section."""
        for entry in config.plugins["material/search"].search_index.entries:
            if "#" in entry["location"]:
                entry.pop("tags", None)

    def _formula(self, found: re.Match) -> str:
        """KaTeX's HTML; the comma behind stays with what cannot break."""
        tag, _, after = found.groups()
        [(made, error)] = self.katex.render([_item(found)])
        if error:
            logging.getLogger("mkdocs.press").warning(error)
        made = f'<{tag} class="arithmatex" data-search-exclude>{made}</{tag}>'
        if tag == "span" and after and made.count(BASE) == 1:
            return f'<span class="glued">{made}{after}</span>'
        return made + after


def _links(toc: Iterable[AnchorLink]) -> Iterator[AnchorLink]:
    """The contents of a page, in order."""
    for link in toc:
        yield link
        yield from _links(link.children)


def _item(found: re.Match) -> tuple[str, bool]:
    """TeX, and whether it stands on a line of its own."""
    return html.unescape(found[2]), found[1] == "div"


def render(out: Path, site: Path, nav: list, part: bool) -> str:
    """Render `out`/docs to `site`; what MkDocs complains of.

    With `part`, only what is missing there. Raises Refused where it cannot
    go on.
    """
    share_exporters()
    said, log = io.StringIO(), logging.getLogger("mkdocs")
    handler = logging.StreamHandler(said)
    handler.setLevel(logging.WARNING)
    log.addHandler(handler)
    try:
        config = load_config(
            str(ROOT / "mkdocs.yml"),
            docs_dir=str(out.resolve() / "docs"),
            site_dir=str(site.resolve()),
            nav=nav,
        )
        config.plugins["press"] = Press(Katex(out))
        views = config.plugins["mkdocs-jupyter"].config
        views["cache_dir"] = str(out / "cache" / "views")
        views["cache"] = not part  # it forgets what it is not asked for
        config.plugins.on_startup(command="build", dirty=part)
        build(config, dirty=part)
    except (MkDocsException, TemplateError) as error:
        words = f"{said.getvalue()}{error}"
        raise Refused(f"the site is not built:\n{words}") from None
    finally:
        log.removeHandler(handler)
    return PARTIAL.sub("", said.getvalue()).strip()
