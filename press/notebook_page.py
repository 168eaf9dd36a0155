"""The notebook view: nbconvert's page, rebuilt with the site's own markup.

mkdocs-jupyter puts JupyterLab's 600 KB of styles and scripts, and links to
other origins, into every page. Here the cells are taken out of it and set
like a chapter's: same styles, same copy buttons, formulas rendered.
"""

import json
import re
from pathlib import Path, PurePosixPath

from bs4 import BeautifulSoup, NavigableString, Tag

from press.maths import render

FORMULA = re.compile(
    r"\$\$(.+?)\$\$|"
    r"(?<![\\$])\$([^\s$](?:[^$]*[^\s$\\])?)\$(?!\d)",
    re.DOTALL,
)
IMAGES = ("image/svg+xml", "image/png", "image/jpeg")


def rebuild_notebook_page(page: Path, text: str) -> str:
    """The HTML `text` of the notebook page `page`, rebuilt."""
    start = text.index("<script>", text.index("<article"))
    end = text.index("</article>")
    soup = BeautifulSoup(text[start:end], "html.parser")
    cells = soup.select(".jp-Cell[id]")
    alts = iter(_alts(page))
    parts = [_cell(soup, cell, alts) for cell in cells]
    for part in parts:
        _render_formulas(part)
        _mend_links(part)
    body = "\n".join(str(part) for part in parts)
    return f"{text[:start]}{body}\n{text[end:]}"


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
    if output.get("data-mime-type") in IMAGES and image:
        image["class"] = "figure"
        image["alt"] = next(alts)
        paragraph = soup.new_tag("p")
        paragraph.append(image)
        return [paragraph]
    if output.get("data-mime-type") == "text/html":
        for style in output.find_all(["style", "script"]):
            style.decompose()
        return [tag for tag in output.contents if isinstance(tag, Tag)]
    return [_code(soup, pre, "highlight") for pre in output.find_all("pre")]


def _mend_prose(soup: BeautifulSoup, part: Tag) -> None:
    for block in part.select("div.highlight"):
        block.replace_with(_code(soup, block.pre, "highlight"))
    for link in part.select("a.anchor-link"):
        link["class"], link["title"] = "headerlink", "Link to this section"
    for quote in part.find_all("blockquote"):
        _mend_callout(soup, quote)


def _mend_callout(soup: BeautifulSoup, quote: Tag) -> None:
    """A quote that is a GitHub alert becomes the theme's callout."""
    first = quote.find("p")
    words = first.find(string=True) if first else None
    match = re.match(r"\[!(\w+)\]\s*", words or "")
    if not match:
        return
    words.replace_with(words[match.end() :])
    bold = first.find("strong")
    alone = bold and first.get_text(strip=True) == bold.get_text(strip=True)
    title = soup.new_tag("p", attrs={"class": "admonition-title"})
    title.string = bold.get_text() if alone else match[1].capitalize()
    if alone or not first.get_text(strip=True):
        first.extract()
    quote.insert(0, title)
    quote.name = "div"
    plain = title.string == "In plain words"
    kind = "plain-words" if plain else match[1].lower()
    quote["class"] = f"admonition {kind}"


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


def _mend_links(part: Tag) -> None:
    """Links to Markdown files and notebooks lead to their pages."""
    for link in part.select("a[href]"):
        match = re.fullmatch(r"([^:#]+)\.(?:md|ipynb)(#.*)?", link["href"])
        if match:
            target = PurePosixPath(match[1])
            folder = target.parent if target.name == "index" else target
            link["href"] = f"../{folder}/{match[2] or ''}"
