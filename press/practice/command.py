"""The command `byhand`: the exercises of the course, where it is installed.

It uses the press's own modules, which the package brings along in `_source`,
with the chapters; in the repository they are beside `build`.
"""

import argparse
import contextlib
import importlib.metadata
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
INSTALLED = HERE / "_source"


def main(arguments: list[str] | None = None) -> None:
    """Do what the command line says."""
    options = _parser().parse_args(arguments)
    root = INSTALLED if INSTALLED.is_dir() else HERE.parents[1]
    sys.path.insert(0, str(root))
    from press.practice.desk import answer
    from press.problems import BadInput, Refused

    words = options.chapter, options.number, options.solution
    try:
        print("\n".join(answer(root / "chapters", *words)), flush=True)
    except (BadInput, Refused) as error:
        print(error, file=sys.stderr)
        sys.exit(2 if isinstance(error, BadInput) else 1)
    except BrokenPipeError:  # `byhand practice | head`
        sys.stdout = None  # or Python would fail once more, at its end
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    version = "of the repository"
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        version = importlib.metadata.version("byhand")
    parser = argparse.ArgumentParser(
        prog="byhand",
        description="Transformers by Hand. A chapter runs with "
        "`python -m byhand.PART.CHAPTER`.",
    )
    parser.add_argument("--version", action="version", version=version)
    verbs = parser.add_subparsers(required=True, metavar="practice")
    words = "write a chapter's exercises to practice/, or list all of them"
    verb = verbs.add_parser(
        "practice",
        help=words,
        description=f"{words.capitalize()}. What you wrote is never changed; "
        "pytest checks the file.",
    )
    verb.add_argument(
        "chapter", nargs="?", default="", help="such as gradients/attention"
    )
    verb.add_argument("number", nargs="?", type=int, help="of one exercise")
    verb.add_argument(
        "--solution", type=int, metavar="N", help="print a solution"
    )
    return parser


if __name__ == "__main__":
    main()
