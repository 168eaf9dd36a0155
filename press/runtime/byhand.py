"""Transformers by Hand: the course's chapters as importable modules.

Built from press/runtime/byhand.py. Chapters use `show`, `new_artifact` and
`artifact`; a chapter's module uses `flags` when it is run as a script.
Standard library only, so that it also runs inside the page.
"""

import argparse
import contextlib
import io
import re
import shutil
import sys
import traceback
from pathlib import Path

BUILD = Path(__file__).resolve().parents[1]
MAKERS: dict[str, str] = {}


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
        option = "--" + name.replace("_", "-")
        text = text.replace("%", "%%")
        if isinstance(default, bool):
            settings = {"action": argparse.BooleanOptionalAction}
        elif isinstance(default, list):
            settings = {"nargs": "+", "type": type(default[0])}
        else:
            settings = {"type": type(default)}
        parser.add_argument(option, default=default, help=text, **settings)
    return list(vars(parser.parse_args()).values())


def show(figure: object, alt: str) -> None:
    """Show a figure: in a notebook as an output, in a terminal as a file.

    `figure` is a matplotlib figure or has `_repr_svg_`, `_repr_html_` or
    `_repr_png_`; `alt` says what it shows. Raises TypeError otherwise.
    """
    mime, data = _render(figure)
    if "ipykernel" in sys.modules:
        from IPython.display import display

        bundle = {mime: data, "text/plain": alt}
        display(bundle, raw=True, metadata={mime: {"alt": alt}})
        return
    suffix = {"image/svg+xml": "svg", "text/html": "html"}.get(mime, "png")
    path = _figure_path(suffix)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    print(f"[figure] {alt}\n         {path}")


def _render(figure: object) -> tuple[str, str | bytes]:
    if hasattr(figure, "savefig"):
        return "image/svg+xml", _matplotlib_svg(figure)
    for mime, method in (
        ("image/svg+xml", "_repr_svg_"),
        ("text/html", "_repr_html_"),
        ("image/png", "_repr_png_"),
    ):
        if hasattr(figure, method):
            return mime, getattr(figure, method)()
    raise TypeError(
        f"cannot show a {type(figure).__name__}: it is no matplotlib figure "
        "and has no _repr_svg_, _repr_html_ or _repr_png_"
    )


def _matplotlib_svg(figure) -> str:
    """The figure as SVG: transparent, text as text, the same every time."""
    import matplotlib
    from matplotlib import pyplot

    style = {
        "svg.hashsalt": "byhand",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
    }
    out = io.StringIO()
    with matplotlib.rc_context(style):
        figure.savefig(
            out,
            format="svg",
            transparent=True,
            bbox_inches="tight",
            metadata={"Date": None, "Creator": None},
        )
    pyplot.close(figure)
    text = out.getvalue()
    return text[text.index("<svg") :]


_shown = 0


def _figure_path(suffix: str) -> Path:
    global _shown
    _shown += 1
    main = Path(getattr(sys.modules["__main__"], "__file__", "figure"))
    name = f"{main.resolve().parent.name}-{main.stem}-{_shown}.{suffix}"
    return BUILD / "figures" / name


@contextlib.contextmanager
def new_artifact(name: str):
    """A folder to save a result in; it becomes `artifact(name)` at the end.

    Nothing half-written is left when the block fails: the old one stays.
    """
    final = BUILD / "artifacts" / name
    partial = final.with_name(f".{name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    shutil.rmtree(final, ignore_errors=True)
    partial.rename(final)


def artifact(name: str) -> Path:
    """The folder of a saved result, `build/artifacts/NAME`.

    Raises FileNotFoundError, with the command that makes it, if missing.
    """
    folder = BUILD / "artifacts" / name
    if not folder.is_dir():
        maker = MAKERS.get(name)
        how = f"python -m {maker}" if maker else "run its chapter"
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


def chapter_frames(error: BaseException) -> list[str]:
    """`chapters/….md:LINE in NAME` for every frame in a tangled script."""
    found = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename).resolve()
        if BUILD in path.parents and path.is_file():
            where = source_line(path.read_text("utf-8"), frame.lineno or 1)
            if where:
                found.append(f"{where[0]}:{where[1]} in {frame.name}")
    return found


def _excepthook(kind, error, trace) -> None:
    """Python's traceback, then the same places in the chapters."""
    sys.__excepthook__(kind, error, trace)
    frames = chapter_frames(error)
    if frames:
        print("In the chapters:", file=sys.stderr)
        print("\n".join(f"  {frame}" for frame in frames), file=sys.stderr)


if sys.excepthook is sys.__excepthook__:
    sys.excepthook = _excepthook
