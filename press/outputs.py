"""What a cell printed and showed, as Markdown."""

import base64
import re

from press.chapter import digest
from press.execute import ANSI

LONG = 40  # lines of text that are still shown unfolded
IMAGES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}


class NoAltText(Exception):
    """An image output without alt text."""


def fenced(text: str, language: str = "text") -> str:
    """A fence that is longer than any run of backticks in the text."""
    runs = [len(run) for run in re.findall(r"`+", text)]
    fence = "`" * max(3, 1 + max(runs, default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def weave_outputs(outputs: list[dict], up: str) -> tuple[str, dict[str, bytes]]:
    """(Markdown, figure files); `up` leads from the page to build/docs.

    Raises NoAltText.
    """
    blocks: list[str] = []
    files: dict[str, bytes] = {}
    for output in _joined(outputs):
        if isinstance(output, str):
            blocks.append(_text(output))
            continue
        block, path, content = _rich(output, up)
        blocks.append(block)
        if path:
            files[path] = content
    blocks = [block for block in blocks if block]
    if not blocks:
        return "", files
    body = "\n\n".join(blocks)
    return f'<div class="output" markdown>\n\n{body}\n\n</div>', files


def _joined(outputs: list[dict]):
    """Streams that follow each other as one text; other outputs as data."""
    parts: list[str | dict] = []
    for output in outputs:
        data = output.get("data", {})
        rich = any(kind in data for kind in (*IMAGES, "text/html"))
        if output["output_type"] == "stream":
            text = _string(output["text"])
        elif output["output_type"] == "error":
            text = "\n".join(output["traceback"])
        elif rich:
            parts.append(output)
            continue
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
    text = ANSI.sub("", text).rstrip()
    text = "\n".join(line.rpartition("\r")[2] for line in text.split("\n"))
    if not text.strip():
        return ""
    count = text.count("\n") + 1
    if count <= LONG:
        return fenced(text)
    summary = f"<summary>Output, {count} lines</summary>"
    return (
        f'<details class="output" markdown>\n{summary}\n\n'
        f"{fenced(text)}\n\n</details>"
    )


def _rich(output: dict, up: str) -> tuple[str, str, bytes]:
    data = output["data"]
    for kind, suffix in IMAGES.items():
        if kind not in data:
            continue
        alt = output.get("metadata", {}).get(kind, {}).get("alt", "")
        if not alt.strip():
            raise NoAltText
        text = _string(data[kind])
        binary = text.encode() if suffix == "svg" else base64.b64decode(text)
        path = f"figures/{digest(binary)[:16]}.{suffix}"
        alt = alt.replace("[", "(").replace("]", ")").replace("\n", " ")
        return f"![{alt}]({up}{path}){{ .figure }}", path, binary
    html = _string(data["text/html"])
    return f'<div class="html-output">\n{html}\n</div>', "", b""
