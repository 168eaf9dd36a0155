"""What a cell printed and showed, as Markdown."""

import base64
import re

from press.read.chapter import digest
from press.run.failures import ANSI

LONG = 40  # lines of text that are still shown unfolded
IMAGES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}


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
    outputs: list[dict], up: str
) -> tuple[str, dict[str, bytes]]:
    """(Markdown, figure files); `up` leads from the page to build/docs.

    Raises NoAltText.
    """
    blocks: list[str] = []
    files: dict[str, bytes] = {}
    for output in _joined(outputs):
        if isinstance(output, str):
            blocks.append(_text(output))
        elif any(kind in output["data"] for kind in IMAGES):
            block, path, content = _image(output, up)
            blocks.append(block)
            files[path] = content
        else:
            html = _string(output["data"]["text/html"])
            blocks.append(f'<div class="html-output">\n{html}\n</div>')
    body = "\n\n".join(block for block in blocks if block)
    if body:
        body = f'<div class="output" markdown>\n\n{body}\n\n</div>'
    return body, files


def _joined(outputs: list[dict]) -> list[str | dict]:
    """Texts that follow each other as one text; other outputs as data."""
    parts: list[str | dict] = []
    for output in outputs:
        data = output.get("data", {})
        if any(kind in data for kind in (*IMAGES, "text/html")):
            parts.append(output)
            continue
        if output["output_type"] == "stream":
            text = _string(output["text"])
        else:
            text = _string(data.get("text/plain", "")) + "\n"
        if parts and isinstance(parts[-1], str):
            parts[-1] += text
        else:
            parts.append(text)
    return parts


def _string(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "".join(value)


def _text(text: str) -> str:
    """Without colors; of a line that was overwritten, what it became."""
    lines = [
        line.rstrip("\r").rpartition("\r")[2].rstrip()
        for line in ANSI.sub("", text).split("\n")
    ]
    text = "\n".join(lines).strip("\n")
    if not text:
        return ""
    count = text.count("\n") + 1
    if count <= LONG:
        return fenced(text)
    return fold("output", f"Output, {count} lines", fenced(text))


def _image(output: dict, up: str) -> tuple[str, str, bytes]:
    """(Markdown, file name, content) of a figure, named by its content."""
    data = output["data"]
    kind = next(kind for kind in IMAGES if kind in data)
    alt = output.get("metadata", {}).get(kind, {}).get("alt", "")
    if not alt.strip():
        raise NoAltText
    text = _string(data[kind])
    suffix = IMAGES[kind]
    content = text.encode() if suffix == "svg" else base64.b64decode(text)
    path = f"figures/{digest(content)[:16]}.{suffix}"
    words = re.sub(r"([\\`*_{}\[\]$!])", r"\\\1", " ".join(alt.split()))
    words = words.replace("<", "&lt;")
    return f"![{words}]({up}{path}){{ .figure }}", path, content
