"""What a cell printed and showed, as Markdown."""

import base64
import html
import re
import struct

from press.read.facts import digest
from press.run.failures import ANSI

LONG = 40  # lines of text that are still shown unfolded
IMAGES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}
STALE = "The output of an earlier version: this code has not run yet."
READABLE = 0.7  # of a figure's size: words of 13 pixels are then 9 high
WIDEST = 560  # pixels that a figure keeps on a phone, at most
SVG_SIZE = re.compile(
    r'<svg(?=[^>]* width="([\d.]+)(pt|px)?")'
    r'(?=[^>]* viewBox="0 0 ([\d.]+) ([\d.]+)")'
)


class NoAltText(Exception):
    """An image output without alt text."""


def fenced(text: str, language: str = "text") -> str:
    """A fence that is longer than any run of backticks in the text."""
    runs = [len(run) for run in re.findall(r"`+", text)]
    fence = "`" * max(3, 1 + max(runs, default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def fold(kind: str, summary: str, body: str, is_open: bool = False) -> str:
    """A fold of Material's; `kind` is its class."""
    state = " open" if is_open else ""
    return (
        f'<details class="{kind}" markdown{state}>\n'
        f"<summary>{summary}</summary>\n\n{body}\n\n</details>"
    )


def weave_outputs(
    outputs: list[dict], up: str, stale: bool = False
) -> tuple[str, dict[str, bytes]]:
    """(Markdown, figure files); `up` leads from the page to build/docs.

    Raises NoAltText.
    """
    blocks: list[str] = []
    files: dict[str, bytes] = {}
    parts = _joined(outputs)
    for output in parts:
        if isinstance(output, str):
            blocks.append(_text(output))
        elif any(kind in output["data"] for kind in IMAGES):
            block, path, content = _image(output, up)
            blocks.append(block)
            files[path] = content
        else:
            text = _string(output["data"]["text/html"])
            blocks.append(f'<div class="html-output">\n{text}\n</div>')
    body = "\n\n".join(block for block in blocks if block)
    if body and stale:
        body = f"{STALE}\n{{ .stale-note }}\n\n{body}"
    if body:
        kind = "output stale" if stale else "output"
        style = f'style="--columns:{_columns(parts)}"'
        body = f'<div class="{kind}" {style} markdown>\n\n{body}\n\n</div>'
    return body, files


def _joined(outputs: list[dict]) -> list[str | dict]:
    """Texts that follow each other as one text; other outputs as data."""
    parts: list[str | dict] = []
    for output in outputs:
        data = output.get("data", {})
        if any(kind in data for kind in (*IMAGES, "text/html")):
            parts.append(output)
            continue
        text = _string(output.get("text", ""))
        text = text or _string(data.get("text/plain", "")) + "\n"
        if parts and isinstance(parts[-1], str):
            parts[-1] += text
        else:
            parts.append(text)
    return parts


def _columns(parts: list[str | dict]) -> int:
    """The length of the longest line: a phone makes its letters smaller."""
    texts = [part for part in parts if isinstance(part, str)]
    lines = ANSI.sub("", "\n".join(texts)).splitlines()
    return max(map(len, lines), default=1)


def _string(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "".join(value)


def _text(text: str) -> str:
    """Without colors; of a line that was overwritten, what it became."""
    lines = [
        line.rstrip("\r").rpartition("\r")[2].rstrip()
        for line in ANSI.sub("", text).split("\n")
    ]
    text = "\n".join(lines).strip("\n")
    count = text.count("\n") + 1
    if not text or count <= LONG:
        return text and fenced(text)
    return fold("output", f"Output, {count} lines", fenced(text))


def _image(output: dict, up: str) -> tuple[str, str, bytes]:
    """(Markdown, file name, content) of a figure, named by its content."""
    data = output["data"]
    kind = next(kind for kind in IMAGES if kind in data)
    about = output.get("metadata", {}).get(kind, {})
    alt, caption = about.get("alt", ""), about.get("caption", "")
    if not alt.strip():
        raise NoAltText
    text, suffix = _string(data[kind]), IMAGES[kind]
    content = text.encode() if suffix == "svg" else base64.b64decode(text)
    path = f"figures/{digest(content)[:16]}.{suffix}"
    words = re.sub(r"([\\`*_{}\[\]$!])", r"\\\1", " ".join(alt.split()))
    words = words.replace("<", "&lt;")
    image = f"![{words}]({up}{path}){{ .figure {_size(content)}}}"
    figure = f"<figure markdown>\n\n[{image}]({up}{path}){{ .zoom }}\n\n"
    if caption:
        figure += f"<figcaption>{html.escape(caption)}</figcaption>\n\n"
    return f"{figure}</figure>", path, content


def _size(image: bytes) -> str:
    """Attributes with the size, so that it may load late without a jump.

    On a phone a figure keeps most of its size, so that its words can be
    read, and is scrolled sideways.
    """
    found = SVG_SIZE.search(image[:4000].decode("utf-8", "replace"))
    if found:
        width = float(found[1]) * (4 / 3 if found[2] == "pt" else 1)
        height = width * float(found[4]) / float(found[3])
    elif image.startswith(b"\x89PNG") and len(image) > 24:
        width, height = struct.unpack(">II", image[16:24])
    else:
        return ""
    size = f"width={round(width)} height={round(height)} loading=lazy"
    return (
        f'{size} style="min-width:{round(min(READABLE * width, WIDEST))}px" '
    )
