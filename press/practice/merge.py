"""New exercises into the reader's file, of which no byte is changed."""

import ast
from typing import NamedTuple

from press.practice.sections import HEADER, Section
from press.read.needs import Imported
from press.write.workbook import import_lines


class Piece(NamedTuple):
    """Code that stands above the exercises, by the name that it binds."""

    name: str
    text: str


class Part(NamedTuple):
    """A section of the reader's file, from its header on."""

    key: str
    end: int  # the offset where the next one begins
    names: set[str]  # that it defines


def merge(text: str, wanted: list[Section]) -> tuple[str, list[str]]:
    """The text, which is Python, with what it lacks, and a line for each."""
    known = _top(ast.parse(text))
    parts = _parts(text)
    notes, insertions, above = [], [], {}
    for section in wanted:
        if section.key in {part.key for part in parts}:
            continue
        item = section.item
        pieces = [p for p in _pieces(section) if known.get(p.name) != _same(p)]
        extra = [p.text for p in pieces if p.name in known]
        above |= {p.name: p for p in pieces if p.name not in known}
        theirs = [p for p in parts if p.names & item.names]
        if item.names & known.keys():
            place = theirs[0].end if theirs else len(text)
            insertions.append((place, section.new_version(extra)))
            notes.append(f"{item.label}: a new version, behind yours")
        else:
            insertions.append((len(text), section.text(extra)))
            notes.append(f"{item.label}: added")
    if above:
        first = HEADER.search(text)
        place = first.start() if first else len(text)
        insertions.insert(0, (place, _join(above.values())))
        notes.append(f"added above: {', '.join(sorted(above))}")
    return _inserted(text, insertions), notes


def _inserted(text: str, insertions: list[tuple[int, str]]) -> str:
    """The text with blocks at their offsets, in the text's line ends."""
    newline = "\r\n" if "\r\n" in text else "\n"
    found, at = [], 0
    for place, block in sorted(insertions, key=lambda pair: pair[0]):
        before = text[at:place]
        found.append(before)
        if place == len(text):
            whole = before.endswith("\n") or not before
            block = ("\n\n" if whole else "\n\n\n") + block + "\n"
        else:
            block += "\n\n\n"
        found.append(block.replace("\n", newline))
        at = place
    return "".join(found) + text[at:]


def _parts(text: str) -> list[Part]:
    starts = [*HEADER.finditer(text)]
    ends = [*(match.start() for match in starts[1:]), len(text)]
    found = []
    for match, end in zip(starts, ends, strict=False):
        try:
            names = set(_top(ast.parse(text[match.start() : end])))
        except SyntaxError:  # the header stands inside of something
            names = set()
        found.append(Part(match[1], end, names))
    return found


def _top(tree: ast.Module) -> dict[str, str]:
    """What each name at the top of a file is bound to, as `_same` says."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None)
            for alias in node.names:
                pair = (module, alias.name) if module else (alias.name, "")
                item = Imported(*pair, alias.asname or "")
                found[item.binds] = _same(Piece("", *import_lines([item])))
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = ast.unparse(node)
        elif isinstance(node, ast.Assign):
            for name in (n for t in node.targets for n in ast.walk(t)):
                if isinstance(name, ast.Name):
                    found[name.id] = ast.unparse(node)
    return found


def _same(piece: Piece) -> str:
    """Equal for code that differs in comments and spaces only."""
    return ast.unparse(ast.parse(piece.text))


def _pieces(section: Section) -> list[Piece]:
    needs = section.needs
    found = [
        Piece(item.binds, *import_lines([item]))
        for item in sorted(needs.imports)
    ]
    for _, statement in sorted(needs.copied.items()):
        found.append(Piece(min(statement.binds), statement.text))
    return found


def _join(pieces) -> str:
    """Imports in lines of their own, functions between empty lines."""
    text = ""
    for piece in pieces:
        plain = piece.text.startswith(("import ", "from "))
        text += piece.text + ("\n" if plain else "\n\n\n")
    return text.rstrip()
