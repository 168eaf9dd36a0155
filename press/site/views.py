"""Views of notebooks: mkdocs-jupyter, without work that is done for nothing.

For every notebook it would make new exporters, compile their templates, and
parse the finished page, a megabyte, to add attributes that the site's own
script adds where they are of use.
"""

import mkdocs_jupyter.nbconvert2 as jupyter
import nbconvert.exporters.html as exporters


class _Shared:
    """Makes one exporter, and gives it to everyone who asks."""

    def __init__(self, kind: type):
        self.kind, self.exporter = kind, None

    def __call__(self, **settings: object):
        self.exporter = self.exporter or self.kind(**settings)
        return self.exporter


class _Unparsed(str):
    """A page in place of its tree: nothing is found in it."""

    def __new__(cls, page: str, features: str):
        """`features` names a parser."""
        return super().__new__(cls, page)

    def select(self, selector: str) -> list:
        """No elements."""
        return []


def share_exporters() -> None:
    """Let mkdocs-jupyter use one exporter of a kind for all notebooks."""
    exporters.BeautifulSoup = _Unparsed
    jupyter.HTMLExporter = _Shared(exporters.HTMLExporter)
    jupyter.MarkdownExporter = _Shared(jupyter.MarkdownExporter)
