"""What can be wrong with the input, and how it is said."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One fault of one file: `path:line:column: message (remedy)`."""

    path: str
    line: int
    column: int
    message: str
    remedy: str

    def __str__(self) -> str:
        path = self.path.replace("\n", "\\n")
        place = f"{path}:{self.line}:{self.column}"
        return f"{place}: {self.message} ({self.remedy})"


class BadInput(Exception):
    """The chapters, the options or the disk do not allow this: exit 2."""

    def __init__(self, problems: list[Problem] | str):
        self.problems = [] if isinstance(problems, str) else problems
        lines = [str(problem) for problem in sorted(set(self.problems))]
        super().__init__("\n".join(lines) or problems)


class Refused(Exception):
    """Something of the reader's would be lost, or a chapter failed: exit 1."""
