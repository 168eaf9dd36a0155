"""Transformers by Hand: build the course from its chapters.

Without a verb this tangles: chapters/ becomes modules, tests and notebooks
in build/. `python tangle.py --help` shows every verb.
"""

import contextlib
import sys
from pathlib import Path

import click
from click.core import ParameterSource

from press.problems import BadInput, Refused
from press.write.tangle import tangle as tangled
from press.write.transaction import locked

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
ENOUGH = 0.95  # of a chapter's mutants are killed
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
def main(context, **options):
    """Build the course. Without a verb: tangle.

    Exit status: 0 done, 1 refused or a chapter failed, 2 bad input.
    """
    verb = context.invoked_subcommand
    if verb is None:
        _tangle(**options)
    elif any(
        context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        for name in options
    ):
        raise click.UsageError(f"write options behind the verb {verb!r}")


@main.command()
@CHAPTERS
@BUILD
@DRY_RUN
@FORCE
def tangle(chapters, build, dry_run, force):
    """Chapters to modules, tests and notebooks; nothing is executed."""
    _tangle(chapters, build, dry_run, force)


NAMES = click.argument("names", nargs=-1, metavar="[CHAPTER]...")
JOBS = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    default=2,
    show_default=True,
    help="Chapters at a time.",
)


@main.command()
@NAMES
@CHAPTERS
@BUILD
@JOBS
@FORCE
@click.option("--again", is_flag=True, help="Run even what has not changed.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first failure.")
@click.option(
    "--limit",
    type=float,
    default=3600,
    show_default=True,
    help="Seconds that one chapter may take.",
)
def run(names, chapters, build, jobs, force, again, fail_fast, limit):
    """Tangle, then run the chapters whose code or imports changed.

    CHAPTER is a name such as building/attention; without one, all of them.
    """
    from press.run.runner import Settings

    with locked(build):
        course = tangled(chapters, build, force=force).course
        _run(course, list(names), Settings(jobs, again, fail_fast, limit))


@main.command()
@CHAPTERS
@BUILD
@FORCE
def weave(chapters, build, force):
    """Tangle, then write the pages with the outputs of the last run."""
    from press.weave.weave import weave as weave_pages

    with locked(build):
        course = tangled(chapters, build, force=force).course
        changed, _ = weave_pages(course, force=force)
    click.echo(f"{len(changed)} files changed in {build / 'docs'}")


@main.command()
@CHAPTERS
@BUILD
@JOBS
@FORCE
def site(chapters, build, jobs, force):
    """Tangle, run, weave and render the website into build/site."""
    from press.run.runner import Settings
    from press.run.timings import stage
    from press.site.build import build_site
    from press.weave.weave import weave as weave_pages

    with locked(build):
        course = tangled(chapters, build, force=force).course
        with stage(build, "run"):
            _run(course, [], Settings(jobs))
        with stage(build, "weave"):
            weave_pages(course, force=force)
        with stage(build, "site"):
            folder = build_site(course)
    click.echo(f"the site is in {folder}: open {folder / 'index.html'}")


@main.command()
@click.argument("name", required=False, metavar="[CHAPTER]")
@click.argument("number", type=int, required=False, metavar="[N]")
@click.option("--solution", type=int, metavar="N", help="Print a solution.")
@CHAPTERS
@BUILD
def practice(name, number, solution, chapters, build):
    """Write a chapter's exercises to practice/, or list all of them.

    CHAPTER is a name such as building/attention, N the number of one
    exercise. What you wrote is never changed; pytest checks the file.
    """
    from press.practice import desk

    if name and solution is None:  # the file imports the chapters' modules
        with locked(build):
            tangled(chapters, build)
    lines = desk.answer(chapters, name or "", number, solution)
    click.echo("\n".join(lines))


@main.command()
@CHAPTERS
@BUILD
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port of this machine; 0 is any that is free.",
)
def serve(chapters, build, port):
    """Show the pages while you write: each follows when its chapter is saved.

    Changed code runs in the background.
    """
    from press.site.server import serve as serve_pages

    serve_pages(chapters, build, port)


@main.command()
@NAMES
@CHAPTERS
@BUILD
def sync(names, chapters, build):
    """Take edits of modules, tests and notebooks back into the chapters.

    Then tangle. Nothing is written where an edit cannot go back, or where its
    chapter has changed in the same cell.
    """
    from press.write.sync import sync as take_back

    with locked(build):
        lines = take_back(chapters, build, names)
    click.echo("\n".join(lines) or "no edits")
    _tangle(chapters, build, False, False)


@main.command()
@NAMES
@CHAPTERS
@BUILD
@FORCE
@click.option("--where", is_flag=True, help="Say what proves each number.")
def numbers(names, chapters, build, force, where):
    """List the numbers of the prose that nothing proves.

    A number is proven by an output, a test or a constant of its chapter, by
    what that imports, by the chapter that a link beside it leads to, or by a
    sum in the sentence. A footnote or a link to elsewhere is a source.
    """
    from press.proof.report import number_lines

    with locked(build):
        course = tangled(chapters, build, force=force).course
        lines, wrong = number_lines(course, list(names), where)
    click.echo("\n".join(lines))
    if wrong:
        raise Refused(f"{wrong} without proof")


@main.command()
@click.argument("name", metavar="CHAPTER")
@CHAPTERS
@BUILD
@FORCE
@click.option(
    "--limit",
    type=click.FloatRange(0),
    default=60,
    show_default=True,
    help="Seconds of processor time.",
)
def mutate(name, chapters, build, force, limit):
    """Change the code of a chapter in one place after the other.

    The chapter's tests are run against each change; those that no test
    notices are listed. A line that ends in `# no mutants: reason` is left
    alone.
    """
    from press.proof.report import mutant_lines

    with locked(build):
        course = tangled(chapters, build, force=force).course
        lines, verdict = mutant_lines(course, name, limit)
    click.echo("\n".join(lines))
    if verdict.killed < ENOUGH * verdict.tried:
        raise Refused(f"fewer than {ENOUGH:.0%} of the mutants are killed")


@main.command()
@click.argument("chapter", required=False, metavar="[CHAPTER]")
@click.argument("name", required=False, metavar="[NAME]")
@CHAPTERS
@BUILD
@FORCE
@click.option("--device", default="cpu", show_default=True, help="Or cuda.")
@click.option("--check", is_flag=True, help="Repeat a small share of each.")
def record(chapter, name, chapters, build, force, device, check):
    """Make the records of a chapter: what is too long for every build.

    Each is written to records/CHAPTER/NAME.json: commit it. With --check, of
    all chapters unless one is named, nothing is written: the records have to
    be of the present code, and the small share that each cell states has to
    give what it gave.
    """
    from press.run import records

    if not chapter and not check:
        raise click.UsageError("say of which chapter: CHAPTER, or --check")
    with locked(build):
        course = tangled(chapters, build, force=force).course
        found = records.places(course, [chapter] if chapter else [], name)
        if check and (problems := records.record_problems(course)):
            raise Refused("\n".join(map(str, problems)))
        for place in found:
            said = f"{place.source.name} {place.record.name}"
            if check:
                seconds = records.repeat(course, place)
                click.echo(f"{said}: repeated in {seconds} s")
            else:
                records.make(course, place, device)
                click.echo(f"{said}: written to {place.path}")


@main.command()
@NAMES
@CHAPTERS
@BUILD
@FORCE
def status(names, chapters, build, force):
    """A table: what each chapter holds, and how much of it is proven."""
    from press.proof.report import table

    with locked(build):
        click.echo(
            table(tangled(chapters, build, force=force).course, list(names))
        )


@main.command()
@BUILD
@FORCE
def clean(build, force):
    """Delete everything generated; build/README.md and build/runs stay."""
    from press.write.clean import clean as clean_build

    clean_build(build, force)


@main.command()
@BUILD
@click.option("--timings", is_flag=True, help="What the last builds cost.")
def doctor(build, timings):
    """Say what is missing on this machine and how to get it."""
    from press.run.doctor import examine
    from press.run.timings import table

    if timings:
        click.echo(table(build))
        return
    findings = examine(build)
    for item in findings:
        mark = "ok  " if item.good else "LACK" if item.needed else "none"
        text = "" if item.good else f"  ({item.remedy})"
        click.echo(f"{mark}  {item.what}: {item.found}{text}")
    if any(item.needed and not item.good for item in findings):
        raise Refused("this machine is not ready: see the lines marked LACK")


def _tangle(chapters, build, dry_run, force):
    with contextlib.nullcontext() if dry_run else locked(build):
        result = tangled(chapters, build, dry_run, force)
        if not dry_run and result.changed and (build / "artifacts").is_dir():
            from press.run.cache import settle

            settle(result.course, result.course.chapters)
    would = "would " if dry_run else ""
    for path in result.changed:
        click.echo(f"{would}write {build / path}")
    for path in result.removed:
        click.echo(f"{would}remove {build / path}")
    count = len(result.course.chapters)
    click.echo(f"{count} chapters, {len(result.changed)} files changed")


def _run(course, names, settings):
    from press.run.runner import BAD
    from press.run.runner import run as run_chapters

    outcomes = run_chapters(course, names, settings)
    messages = [o.message for o in outcomes if o.state in BAD]
    if messages:
        count = f"{len(messages)} of {len(outcomes)} chapters failed"
        raise Refused("\n".join([*messages, count]))


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
    except OSError as error:  # the words went into a file, the disk is full
        where = error.filename or "standard output"
        click.echo(f"{where}: {error.strerror or error}", err=True)
        sys.stdout = None  # or Python would fail once more, at its end
        sys.exit(1)
