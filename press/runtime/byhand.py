"""Transformers by Hand: the course's chapters as importable modules.

Built from press/runtime/byhand.py. Chapters use `show`, `new_artifact`,
`artifact`, `data`, `record` and `run_async`; a chapter's module uses `flags`
when it is run as a script. Standard library only, so that it also runs inside
the page.
"""

import argparse
import contextlib
import io
import json
import os
import re
import shutil
import sys
import traceback
from collections.abc import Coroutine, Iterator
from pathlib import Path
from types import TracebackType

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent
INSTALLED = (HERE / "_source").is_dir()  # as a package, in no build folder
RUNS = Path("byhand-runs") if INSTALLED else BUILD / "runs"
MAKERS: dict[str, str] = {}
KEY = ".key"  # in an artifact: which run made it
METHODS = {
    "image/svg+xml": "_repr_svg_",
    "text/html": "_repr_html_",
    "image/png": "_repr_png_",
}


def flags(
    description: str | None, /, **knobs: tuple[object, str]
) -> list[object]:
    """Read the experiment's parameters from the command line.

    Each knob is `name=(default, help)`; the type is the default's. Returns
    the values in order. In a notebook the defaults are returned as they are.
    """
    if "ipykernel" in sys.modules:
        return [default for default, _ in knobs.values()]
    parser = argparse.ArgumentParser(
        description=(description or "").strip().split("\n\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    for name, (default, text) in knobs.items():
        settings = {"default": default, "help": text.replace("%", "%%")}
        if isinstance(default, bool):
            settings["action"] = argparse.BooleanOptionalAction
        elif isinstance(default, list):
            settings |= {"nargs": "+", "type": type(default[0])}
        else:
            settings["type"] = type(default)
        parser.add_argument(f"--{name.replace('_', '-')}", **settings)
    parser.add_argument("--out", metavar="DIR", help="where it saves")
    values = vars(parser.parse_args())
    return [values[name] for name in knobs]


def run_async(coroutine: Coroutine) -> object:
    """Run a coroutine to its end, in a script as in a notebook; its result."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import copy_context

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    with ThreadPoolExecutor(1) as pool:  # a notebook has a loop of its own
        run = copy_context().run
        return pool.submit(run, asyncio.run, coroutine).result()


def data(name: str) -> Path:
    """The file of that name that a chapter lists under `reads:`."""
    return HERE / "_data" / name


def record(name: str) -> object:
    """What a record gave when it was made: see `python tangle.py record`.

    Raises FileNotFoundError, with the command that makes it, if missing.
    """
    path = HERE / "_records" / f"{name}.json"
    if not path.is_file():
        maker = MAKERS.get(f"record {name}", "its-part/its-chapter")
        how = f"python tangle.py record {maker} {name}"
        raise FileNotFoundError(f"no record {name!r} yet; make it: {how}")
    return json.loads(path.read_text("utf-8"))["values"]


def show(figure: object, alt: str, caption: str = "") -> None:
    """Show a figure: in a notebook as an output, in a terminal as a file.

    `figure` is a matplotlib figure or has `_repr_svg_`, `_repr_html_` or
    `_repr_png_`; raises TypeError otherwise. `alt` says what one sees, for
    who cannot see it, `caption` what to look for; it stands below.
    """
    mime, content = _render(figure)
    if "ipykernel" in sys.modules:
        from IPython.display import display

        bundle = {mime: content, "text/plain": alt}
        about = {"alt": alt, "caption": caption}
        display(bundle, raw=True, metadata={mime: about})
        if caption:  # for Jupyter; the page has it with the figure
            display({"text/markdown": f"*{caption}*"}, raw=True)
        return
    suffix = {"image/svg+xml": "svg", "text/html": "html"}.get(mime, "png")
    _shown.append(alt)
    path = _out() / f"figure-{len(_shown)}.{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if suffix != "png" else content)
    print(f"[figure] {caption or alt}\n         {path}")


def _render(figure: object) -> tuple[str, str | bytes]:
    if hasattr(figure, "savefig"):
        return "image/svg+xml", _matplotlib_svg(figure)
    for mime, method in METHODS.items():
        if hasattr(figure, method):
            return mime, getattr(figure, method)()
    what = f"cannot show a {type(figure).__name__}: it is no matplotlib figure"
    raise TypeError(f"{what} and has no {', '.join(METHODS.values())}")


def _matplotlib_svg(figure) -> str:
    """The figure as SVG: transparent, text as text, the same every time."""
    import matplotlib
    from matplotlib import pyplot

    style = {"svg.hashsalt": "byhand", "svg.fonttype": "none"}
    options = {"format": "svg", "transparent": True, "bbox_inches": "tight"}
    nobody = {"Date": None, "Creator": None}
    out = io.StringIO()
    with matplotlib.rc_context(style | {"font.family": "sans-serif"}):
        figure.savefig(out, metadata=nobody, **options)
    pyplot.close(figure)
    text = out.getvalue()
    return text[text.index("<svg") :]


_shown: list[str] = []  # the alt texts of the figures so far
_saved: dict[str, Path] = {}  # the artifacts that this process has made


def _out() -> Path:
    """Where this run saves: what the course's pages are built from is apart.

    The press says where; so does `--out DIR`, which every script takes.
    """
    if "BYHAND_OUT" in os.environ:
        return Path(os.environ["BYHAND_OUT"])
    main = Path(getattr(sys.modules["__main__"], "__file__", "notebook.py"))
    inside = main.resolve().with_suffix("")
    if HERE not in inside.parents:
        return RUNS / inside.name
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--out", type=Path)
    out = parser.parse_known_args()[0].out
    return out or RUNS / inside.relative_to(HERE)


@contextlib.contextmanager
def new_artifact(name: str) -> Iterator[Path]:
    """A folder to save a result in; whole or not at all.

    When the press runs the chapter it becomes `artifact(name)` for all;
    otherwise it stays with this run, in `RUNS` or where `--out` says.
    """
    final = _out() / "artifacts" / name
    partial = final.with_name(f".{name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    yield partial
    shutil.rmtree(final, ignore_errors=True)
    partial.rename(final)
    _saved[name] = final


def artifact(name: str) -> Path:
    """The folder of a saved result: this run's, or the course's.

    Raises FileNotFoundError, with the command that makes it, if missing.
    """
    if name in _saved:
        return _saved[name]
    maker = MAKERS.get(name, "its-part/its-chapter")
    folder, how = BUILD / "artifacts" / name, f"python tangle.py run {maker}"
    there = (folder / KEY).is_file()
    if INSTALLED:  # where the maker's script saves
        script = maker.replace("-", "_")
        folder = RUNS / script / "artifacts" / name
        how = f"python -m byhand.{script.replace('/', '.')}"
        there = folder.is_dir()
    if not there:
        raise FileNotFoundError(f"no artifact {name!r} yet; make it: {how}")
    return folder


def source_line(script: str, line: int) -> tuple[str, int] | None:
    """The chapter and line behind a line of a tangled script, if any.

    Every cell begins with `# %% chapters/….md:LINE`. The cell's next lines
    are the chapter's from LINE on; in an experiment's cell one line,
    `if __name__ == "__main__":`, stands between.
    """
    lines = script.split("\n")[:line]
    for start in range(len(lines) - 1, -1, -1):
        marker = re.match(r"# %% (.+?\.md):(\d+)", lines[start])
        if marker:
            offset = len(lines) - start - 2
            if 'if __name__ == "__main__":' in lines[start + 1 : start + 2]:
                offset -= 1
            return marker[1], int(marker[2]) + max(offset, 0)
    return None


def chapter_places(trace: TracebackType | None) -> list[str]:
    """`chapters/….md:LINE in NAME` for every frame in a tangled file."""
    found = []
    for frame in traceback.extract_tb(trace):
        path = Path(frame.filename)
        if path.suffix == ".py" and path.is_file():
            text = path.read_text("utf-8", "replace")
            where = source_line(text, frame.lineno or 1)
            if where:
                found.append(f"{where[0]}:{where[1]} in {frame.name}")
    return found


def _excepthook(kind, error, trace) -> None:
    """Python's traceback, then the same places in the chapters."""
    sys.__excepthook__(kind, error, trace)
    places = chapter_places(trace)
    if places:
        print("In the chapters:", file=sys.stderr)
        print("\n".join(f"  {place}" for place in places), file=sys.stderr)


if sys.excepthook is sys.__excepthook__:
    sys.excepthook = _excepthook
