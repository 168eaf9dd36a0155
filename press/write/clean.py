"""What is generated goes, and nothing else: `tangle.py clean`."""

from pathlib import Path

from press.problems import Refused
from press.write.manifest import NAME, Manifest
from press.write.transaction import check_edits, locked, remove, reporting

# All that a clean folder may hold.
CLEAN = {"README.md", ".lock", ".lock.pid", "runs"}


def clean(build: Path, force: bool = False) -> None:
    """Delete what the manifest of a build folder lists.

    Raises Refused, before anything is deleted, where there is no valid
    manifest, or where a generated file was edited by hand.
    """
    if not build.is_dir() or {path.name for path in build.iterdir()} <= CLEAN:
        return
    if Manifest.read(build) is None:
        raise Refused(
            f"{build}: has no {NAME} of the press, so nothing was deleted "
            "(if it is a build folder, delete it yourself)"
        )
    with locked(build), reporting(build):
        manifest = Manifest.load(build)
        if not force:
            check_edits(build, manifest, manifest.listed(), {})
        for path in manifest.listed():
            remove(build, path)
        for name in manifest.trees:
            remove(build, name, tree=True)
        (build / NAME).unlink(missing_ok=True)
    (build / ".lock").unlink(missing_ok=True)
