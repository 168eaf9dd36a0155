"""What is generated, and how it goes: `tangle.py clean`."""

import shutil
from pathlib import Path

from press.problems import Refused
from press.write.transaction import locked, reporting

GENERATED = {
    "artifacts",
    "byhand",
    "cache",
    "docs",
    "figures",
    "manifest.json",
    "mkdocs.yml",
    "notebooks",
    "site",
    "tests",
    "timings.json",
}


def clean(build: Path) -> None:
    """Delete what the press made below `build`; its README stays.

    Raises Refused, before anything is deleted, where something else lies
    there: it may be the reader's, or the folder no build folder at all.
    """
    if not build.is_dir():
        return
    found = [path for path in build.iterdir() if path.name != "README.md"]
    for path in found:
        ours = path.name in GENERATED or path.name.startswith(".")
        if not ours and path.name != "__pycache__":
            raise Refused(
                f"{path}: not made by the press, so nothing was deleted "
                "(move it elsewhere, or delete it yourself)"
            )
    with locked(build), reporting(build):
        for path in found:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != ".lock":
                path.unlink(missing_ok=True)
    (build / ".lock").unlink(missing_ok=True)
