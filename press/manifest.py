"""What the press wrote last time: build/manifest.json."""

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
            chapters = {
                label: Entry(**entry)
                for label, entry in values["chapters"].items()
            }
            return cls(values["press"], chapters, values["files"])
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def dump(self) -> bytes:
        values = {
            "version": VERSION,
            "press": self.press,
            "chapters": {
                label: vars(entry)
                for label, entry in sorted(self.chapters.items())
            },
            "files": dict(sorted(self.files.items())),
        }
        return (json.dumps(values, indent=0) + "\n").encode()
