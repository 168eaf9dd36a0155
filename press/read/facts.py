"""What other chapters and later runs know of a chapter, without reading it."""

import hashlib
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

TESTS = ("tests", "shared")  # places of statements that no module holds


class Link(NamedTuple):
    """A link or image inside the course; `path` is empty for `#section`."""

    line: int
    column: int  # of the path
    path: str
    fragment: str  # without #
    image: bool = False


class Import(NamedTuple):
    """One `import` of a chapter; `names` is None for `import byhand.x`."""

    module: str
    names: list[str] | None
    line: int
    column: int
    place: str  # module, experiment or tests


class Shared(NamedTuple):
    """A statement of `byhand.PART._shared`, or an import that it needs."""

    line: int
    text: str
    binds: list[str]
    is_import: bool


class Borrowed(NamedTuple):
    """A name that tests use and their chapter does not define."""

    name: str
    line: int
    column: int


class Definition(NamedTuple):
    """A statement of the module, as far as records depend on it."""

    binds: list[str]
    uses: list[str]
    code: str  # the hash of its text, without comments
    imports: list[tuple[str, list[str] | None]]  # module, names


class Record(NamedTuple):
    """A cell tagged `record`; `share` is the source of a dict."""

    name: str
    line: int
    settings: dict[str, object]  # the arguments of its function
    share: str  # those of the small share that is repeated


class Shown(NamedTuple):
    """A call of `record("NAME")`."""

    name: str
    line: int
    column: int


@dataclass
class Facts:
    """What other chapters and later runs need to know; in the manifest."""

    title: str = ""
    summary: str = ""
    live: bool = False
    makes: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    shared: list[Shared] = field(default_factory=list)
    shared_uses: list[str] = field(default_factory=list)  # of the exports
    borrowed: list[Borrowed] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)
    module_hash: str = ""  # of the definitions, without prose or places
    run_hash: str = ""  # of all code that the notebook runs, but for tests
    lines: dict[str, int] = field(default_factory=dict)  # of front matter
    whole: bool = True  # False: has problems, so exports and makes may lack

    def to_json(self) -> dict:
        """As `from_json` takes it."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict) -> "Facts":
        """What `to_json` gave, from the manifest."""
        facts = cls(**values)
        facts.imports = [Import(*item) for item in facts.imports]
        facts.links = [Link(*item) for item in facts.links]
        facts.shared = [Shared(*item) for item in facts.shared]
        facts.definitions = [Definition(*item) for item in facts.definitions]
        facts.records = [Record(*item) for item in facts.records]
        facts.shown = [Shown(*item) for item in facts.shown]
        facts.borrowed = [Borrowed(*item) for item in facts.borrowed]
        return facts


def digest(text: str | bytes) -> str:
    """A short content hash."""
    data = text.encode() if isinstance(text, str) else text
    return hashlib.blake2b(data, digest_size=16).hexdigest()
