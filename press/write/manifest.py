"""What the press wrote last time: build/manifest.json."""

import binascii
import json
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from press.read.facts import digest

NAME = "manifest.json"
HEAD = '{{"version": 2, "check": "{}", "body":\n'


class Entry(NamedTuple):
    """A chapter as it was tangled: hash, facts, targets, and its text."""

    source: str
    facts: dict
    targets: list[str]  # below the build folder
    packed: str = ""

    @property
    def text(self) -> str:
        """What the chapter said; an edit of a target is compared with it."""
        data = binascii.a2b_base64(self.packed)
        return zlib.decompress(data).decode() if data else ""


def packed(text: str) -> str:
    """A text as an entry has it."""
    return str(binascii.b2a_base64(zlib.compress(text.encode())), "ascii")


@dataclass
class Manifest:
    """All that the press made in a build folder; paths are below it."""

    press: str = ""
    chapters: dict[str, Entry] = field(default_factory=dict)
    # What tells that a file is as the press wrote it: see `marks`.
    files: dict[str, list[str]] = field(default_factory=dict)
    # Files that a run was about to replace: they may be new already.
    pending: dict[str, list[str]] = field(default_factory=dict)
    # Notebooks that hold outputs, and the key of the run that made them.
    executed: dict[str, str] = field(default_factory=dict)
    # Folders and files that the press made whole, whatever is in them.
    trees: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, build: Path) -> "Manifest | None":
        """The manifest; None where there is none that the press wrote."""
        try:
            body = unseal((build / NAME).read_bytes())
        except OSError:
            return None
        if body:
            entries = body["chapters"].items()
            body["chapters"] = {name: Entry(*entry) for name, entry in entries}
        return cls(**body) if body else None

    @classmethod
    def load(cls, build: Path) -> "Manifest":
        """The manifest, or an empty one where there is none."""
        return cls.read(build) or cls()

    def dump(self) -> bytes:
        """What `read` reads."""
        return seal(vars(self))

    def listed(self, *folders: str) -> set[str]:
        """The files that the press wrote; only those in some folders."""
        prefixes = tuple(f"{folder}/" for folder in folders) or ""
        paths = {*self.files, *self.pending}
        return {path for path in paths if path.startswith(prefixes)}


def seal(body: dict) -> bytes:
    """JSON that `unseal` recognizes as our own words, and whole."""
    text = json.dumps(body, sort_keys=True)
    return f"{HEAD.format(digest(text))}{text}}}\n".encode()


def unseal(data: bytes) -> dict | None:
    """What was sealed; None for anything that is cut off or foreign."""
    head, _, rest = data.partition(b"\n")
    text = rest[:-2]
    whole = head + b"\n" == HEAD.format(digest(text)).encode()
    return json.loads(text) if whole else None
