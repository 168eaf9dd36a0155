"""Workbooks that a reader wrote in: they are the reader's now."""

import sys
from pathlib import Path

from press.write.manifest import Manifest
from press.write.transaction import edited, marks


def without_solved(
    build: Path, manifest: Manifest, contents: dict, orphans: list[str]
) -> tuple[dict[str, bytes], list[str]]:
    """`contents` and `orphans` without the workbooks that a reader wrote
    in; of those that would have changed a line is printed."""
    solved = {
        path
        for path in {*contents, *orphans}
        if path.startswith("workbooks/")
        and edited(build, manifest, path, contents.get(path, b"")) is not None
    }
    for path in sorted(solved):
        new = marks(path, contents.get(path, b""))
        if set(new).isdisjoint(manifest.files.get(path, [])):
            print(
                f"{build / path}: kept as you wrote it; the exercises have "
                "changed (move it away to get them)",
                file=sys.stderr,
            )
    return (
        {p: data for p, data in contents.items() if p not in solved},
        [path for path in orphans if path not in solved],
    )
