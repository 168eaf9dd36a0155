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


class Problems(list[Problem]):
    """The problems of one file, as they are found."""

    def __init__(self, path: str):
        super().__init__()
        self.path = path

    def add(self, line: int, column: int, message: str, remedy: str) -> None:
        """Note a problem; line and column count from 1."""
        self.append(Problem(self.path, line, column, message, remedy))


class BadInput(Exception):
    """The chapters, the options or the disk do not allow this: exit 2."""

    def __init__(self, problems: list[Problem] | str):
        self.problems = [] if isinstance(problems, str) else problems
        lines = [str(problem) for problem in sorted(set(self.problems))]
        super().__init__("\n".join(lines) or problems)


class Refused(Exception):
    """Something of the reader's would be lost, or a chapter failed: exit 1."""
