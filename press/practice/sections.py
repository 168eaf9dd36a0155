"""A chapter's exercises as sections of a practice file."""

import re
from dataclasses import dataclass

from press.read.chapter import Chapter
from press.read.exercises import Exercise
from press.read.facts import digest
from press.read.needs import Imported, Names, Needs
from press.write.workbook import import_lines, quoted, task, test_code

HEADER = re.compile(r"(?m)^# %% Exercise \d+ .* \[(\w+)\][ \t\r]*$")
TAKE_OVER = """\
The chapter has a new version of this exercise. Yours, above, is as it was.
To take the new one over, delete yours and uncomment the lines below."""


@dataclass(frozen=True)
class Section:
    """An exercise with all that it needs; `key` changes when it does."""

    item: Exercise
    needs: Needs
    key: str

    @property
    def header(self) -> str:
        """The line that begins it, by which it is known again."""
        return f"# %% {self.item.label} [{self.key}]"

    def text(self, extra: list[str] | None = None) -> str:
        """Task, stub and tests; `extra` is code that they need."""
        words = [comment(task(self.item, self.needs))]
        tests = [test.text for test in self.item.tests]
        head = "\n".join([self.header, *words])
        stub = self.item.stub.source
        return "\n\n\n".join([head, *(extra or []), stub, *tests])

    def new_version(self, extra: list[str]) -> str:
        """The same, commented out: the reader's own stays what counts."""
        _, _, text = self.text(extra).partition("\n")
        title = f"# %% {self.item.label}, new version [{self.key}]"
        return "\n".join([title, comment(TAKE_OVER), "#", comment(text)])


def sections(chapter: Chapter) -> list[Section]:
    """All exercises of a chapter."""
    items = chapter.exercises
    names = Names(chapter.statements, items, chapter.source.module)
    found = []
    for item in items:
        needs = names.needs(item)
        parts = [item.task, item.stub.source, *test_code(item, needs)]
        key = digest("\0".join(parts))[:8]
        found.append(Section(item, needs, key))
    return found


def first_lines(chapter: Chapter, wanted: list[Section]) -> str:
    """The beginning of a new practice file: docstring and imports."""
    source = chapter.source
    imports = {i for section in wanted for i in section.needs.imports}
    imports.add(Imported("byhand", "practice", ""))
    title = chapter.document.title.replace("\\", "").replace('"', "'")
    path = f"practice/{source.package}/{source.stem}.py"
    lines = "\n".join(import_lines(imports))
    return f'''\
"""Practice: {title}.

Replace the stubs by your answers, and check them:

    python -m pytest {path}
"""

{lines}

pytest_plugins = practice.plugins({quoted(source.package)}, __file__)
'''


def comment(text: str) -> str:
    """Every line as a comment."""
    return "\n".join(f"# {line}".rstrip() for line in text.split("\n"))
