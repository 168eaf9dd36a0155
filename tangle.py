"""Transformers by Hand: build the course from its chapters.

Without a verb this tangles: chapters/ becomes modules, tests and notebooks
in build/. `python tangle.py --help` shows every verb.
"""

import sys
from pathlib import Path

import click

from press.problems import BadInput, Refused

CHAPTERS = click.option(
    "--chapters",
    type=click.Path(path_type=Path),
    default="chapters",
    show_default=True,
    help="The folder of chapters.",
)
BUILD = click.option(
    "--build",
    type=click.Path(path_type=Path),
    default="build",
    show_default=True,
    help="The folder for everything generated.",
)
DRY_RUN = click.option(
    "--dry-run", is_flag=True, help="Say what would be written, write nothing."
)
FORCE = click.option(
    "--force", is_flag=True, help="Overwrite files that were edited by hand."
)


@click.group(invoke_without_command=True)
@CHAPTERS
@BUILD
@DRY_RUN
@FORCE
@click.pass_context
def main(context, chapters, build, dry_run, force):
    """Build the course. Without a verb: tangle.

    Exit status: 0 done, 1 refused or a chapter failed, 2 bad input.
    """
    if context.invoked_subcommand is None:
        _tangle(chapters, build, dry_run, force)


@main.command()
@CHAPTERS
@BUILD
@DRY_RUN
@FORCE
def tangle(chapters, build, dry_run, force):
    """Chapters to modules, tests and notebooks; nothing is executed."""
    _tangle(chapters, build, dry_run, force)


def _tangle(chapters, build, dry_run, force):
    from press.tangle import tangle as run_tangle

    result = run_tangle(chapters, build, dry_run, force)
    would = "would " if dry_run else ""
    for path in result.changed:
        click.echo(f"{would}write {build / path}")
    for path in result.removed:
        click.echo(f"{would}remove {build / path}")
    count = len(result.course.chapters)
    click.echo(f"{count} chapters, {len(result.changed)} files changed")


if __name__ == "__main__":
    try:
        main(standalone_mode=False)
    except BadInput as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except Refused as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
