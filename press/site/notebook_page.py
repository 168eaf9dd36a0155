"""The notebook view: nbconvert's page, rebuilt with the site's own markup.

mkdocs-jupyter puts JupyterLab's 600 KB of styles and scripts, and links to
other origins, into every page. Here the cells are taken out of it and set
like a chapter's: same styles, same copy buttons, formulas rendered.
"""

import json
import posixpath
import re
from html import escape
from pathlib import Path

from bs4 import BeautifulSoup, NavigableString, Tag

from press.weave.formulas import render

FORMULA = re.compile(
    r"\$\$(.+?)\$\$|"
    r"(?<![\\$])\$([^\s$](?:[^$]*[^\s$\\])?)\$(?!\d)",
    re.DOTALL,
)
CONTENTS_LINK = re.compile(
    r'<a href="#[^"]*" class="md-nav__link">\s*'
    r'<span class="md-ellipsis">.*?</span>',
    re.DOTALL,
)
LINK = re.compile(r"([^:#]*?)(\.md|\.ipynb|/)(#.*)?")
CALLOUTS = (
    "note",
    "tip",
    "important",
    "warning",
    "caution",
    "plain-words",
)
IMAGES = ("image/svg+xml", "image/png", "image/jpeg")


def rebuild_notebook_page(page: Path, text: str) -> str:
    """The HTML `text` of the notebook page `page`, rebuilt."""
    start = text.index("<script>", text.index("<article"))
    end = text.index("</article>")
    article = re.sub(r"(?s)<(style|script)\b.*?</\1>", "", text[start:end])
    soup = BeautifulSoup(article, "html.parser")
    alts = iter(_alts(page))
    parts = [_cell(soup, cell, alts) for cell in soup.select(".jp-Cell[id]")]
    folders = page.parent.parts
    name = folders[len(folders) - folders[::-1].index("notebooks") :]
    head = _mend_contents(text[:start], parts)
    for part in parts:
        _render_formulas(part)
        _mend_links(part, name)
    _introduce(parts[0], name)
    body = "\n".join(str(part) for part in parts)
    return f"{head}{body}\n{text[end:]}"


def _mend_contents(text: str, parts: list[Tag]) -> str:
    """The table of contents with the headings' own ids and words."""
    levels = ["h2", "h3", "h4", "h5", "h6"]
    found = [h for part in parts for h in part.find_all(levels)]
    headings = [h for h in found if not h.find_parent(class_="output")]

    def entry(match: re.Match) -> str:
        heading = headings.pop(0)
        words = heading.get_text().removesuffix("¶").replace("$", "")
        return (
            f'<a href="#{heading["id"]}" class="md-nav__link">'
            f'<span class="md-ellipsis">{escape(words)}</span>'
        )

    before, mark, contents = text.partition('data-md-component="toc"')
    if len(headings) != len(CONTENTS_LINK.findall(contents)):
        return text
    return before + mark + CONTENTS_LINK.sub(entry, contents)


def _introduce(part: Tag, name: tuple[str, ...]) -> None:
    """Say below the title what this page is, with the way back."""
    chapter = "../" * (len(name) + 1) + "/".join(name)
    text = (
        f'<p class="chapter-meta">The notebook of <a href="{chapter}/">this '
        f'chapter</a>, as it ran · <a href="{name[-1]}.ipynb" download>'
        "Download it</a></p>"
    )
    title = part.find("h1")
    if title:
        title.insert_after(BeautifulSoup(text, "html.parser"))


def _alts(page: Path) -> list[str]:
    """What the images of the notebook show, in order."""
    notebook = next(page.parent.glob("*.ipynb"))
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    outputs = [out for cell in cells for out in cell.get("outputs", [])]
    alts = []
    for output in outputs:
        data, metadata = output.get("data", {}), output.get("metadata", {})
        kinds = [kind for kind in IMAGES if kind in data]
        if kinds:
            alt = metadata.get(kinds[0], {}).get("alt")
            alts.append(alt or "".join(data.get("text/plain", "")))
    return alts


def _cell(soup: BeautifulSoup, cell: Tag, alts) -> Tag:
    """One cell in the markup of a chapter's page."""
    part = soup.new_tag("div", attrs={"class": "cell"})
    prose = cell.select_one(".jp-RenderedMarkdown")
    if prose:
        part.extend(list(prose.contents))
        _mend_prose(soup, part)
        return part
    for source in cell.select(".jp-InputArea pre"):
        part.append(_code(soup, source, "language-python highlight"))
    outputs = cell.select(".jp-OutputArea-output")
    if outputs:
        box = soup.new_tag("div", attrs={"class": "output"})
        for output in outputs:
            box.extend(_output(soup, output, alts))
        part.append(box)
    return part


def _code(soup: BeautifulSoup, pre: Tag, classes: str) -> Tag:
    """`pre` as the site's own pages have it."""
    block = soup.new_tag("div", attrs={"class": classes})
    code = soup.new_tag("code")
    code.extend(list(pre.contents))
    block.append(soup.new_tag("pre"))
    block.pre.append(code)
    return block


def _output(soup: BeautifulSoup, output: Tag, alts) -> list[Tag]:
    """Text as code, images with their alt text, HTML without styles."""
    image = output.find("img")
    if image and output["class"][0] in ("jp-RenderedSVG", "jp-RenderedImage"):
        image["class"] = "figure"
        image["alt"] = next(alts)
        paragraph = soup.new_tag("p")
        paragraph.append(image)
        return [paragraph]
    if output.get("data-mime-type") == "text/html":
        return [tag for tag in output.contents if isinstance(tag, Tag)]
    return [_code(soup, pre, "highlight") for pre in output.find_all("pre")]


def _mend_prose(soup: BeautifulSoup, part: Tag) -> None:
    for block in part.select("div.highlight"):
        block.replace_with(_code(soup, block.pre, "highlight"))
    for link in part.select("a.anchor-link"):
        link["class"], link["title"] = "headerlink", "Link to this section"
    for quote in part.find_all("blockquote"):
        _mend_callout(quote)


def _mend_callout(quote: Tag) -> None:
    """A quote whose first paragraph is only bold text is a callout."""
    first = quote.find("p")
    bold = first.find("strong") if first else None
    if not bold or first.get_text(strip=True) != bold.get_text(strip=True):
        return
    title = bold.get_text().rstrip(".")
    first["class"], first.string = "admonition-title", title
    kind = title.lower().replace("in plain words", "plain-words")
    quote.name = "div"
    quote["class"] = f"admonition {kind if kind in CALLOUTS else 'note'}"


def _render_formulas(part: Tag) -> None:
    """Replace `$…$` and `$$…$$` in the prose by KaTeX's HTML."""
    for words in part.find_all(string=re.compile(r"\$")):
        if words.find_parent(["code", "pre", "script"]):
            continue
        found = list(FORMULA.finditer(words))
        items = [(m[1] or m[2], bool(m[1])) for m in found]
        pieces, last = [], 0
        for match, out in zip(found, render(items), strict=True):
            if out.error:
                continue
            pieces += [NavigableString(words[last : match.start()])]
            tag = "div" if match[1] else "span"
            markup = f'<{tag} class="arithmatex">{out.html}</{tag}>'
            pieces += list(BeautifulSoup(markup, "html.parser").contents)
            last = match.end()
        words.replace_with(*pieces, NavigableString(words[last:]))


def _mend_links(part: Tag, name: tuple[str, ...]) -> None:
    """Links to chapters lead to pages, links to notebooks to their views."""
    root = "../" * (len(name) + 1)
    for link in part.select("a[href]"):
        match = LINK.fullmatch(link["href"])
        if match:
            path = posixpath.join(*name[:-1], match[1])
            path = re.sub(r"(^|/)\d+-", r"\1", posixpath.normpath(path))
            path = re.sub(r"(^|/)(README|index|\.)$", "", path)
            view = "notebooks/" if match[2] == ".ipynb" else ""
            folder = f"{path}/" if path else ""
            link["href"] = f"{root}{view}{folder}{match[3] or ''}"
