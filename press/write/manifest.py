"""What the press wrote last time: build/manifest.json."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

VERSION = 1


@dataclass
class Entry:
    """A chapter as it was tangled: its hash, its facts, its targets."""

    source: str
    facts: dict
    targets: dict[str, str]  # path below the build folder -> planned hash


@dataclass
class Manifest:
    """`files` lists the hashes that count as ours, not as an edit by hand."""

    press: str = ""
    chapters: dict[str, Entry] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def load(cls, build: Path) -> "Manifest":
        """The manifest, or an empty one where there is none to be read."""
        try:
            values = json.loads((build / "manifest.json").read_text("utf-8"))
            if values["version"] != VERSION:
                return cls()
            body = values["manifest"]
            if values["check"] != _check(body):
                return cls()
            chapters = {
                origin: Entry(**entry)
                for origin, entry in body["chapters"].items()
            }
            return cls(body["press"], chapters, body["files"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return cls()

    def dump(self) -> bytes:
        body = {
            "press": self.press,
            "chapters": {
                origin: vars(entry)
                for origin, entry in sorted(self.chapters.items())
            },
            "files": dict(sorted(self.files.items())),
        }
        values = {"version": VERSION, "check": _check(body), "manifest": body}
        return (json.dumps(values, indent=0) + "\n").encode()

    def below(self, *folders: str) -> set[str]:
        """The listed files in some folders."""
        prefixes = tuple(f"{folder}/" for folder in folders)
        return {path for path in self.files if path.startswith(prefixes)}


def _check(body: dict) -> str:
    """Anything but our own words counts as no manifest."""
    return hashlib.md5(json.dumps(body).encode()).hexdigest()
