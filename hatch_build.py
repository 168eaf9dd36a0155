"""Build hook: the package is made of the chapters.

A wheel holds what `tangle.py` makes of them, and in `byhand/_source` the
chapters and the rooms of the press with which `byhand practice` reads them.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = ("chapters", "press/__init__.py", "press/problems.py")
SOURCE += ("press/layout.py", "press/read", "press/write", "press/practice")


class Tangled(BuildHookInterface):
    """Tangles into a folder of its own, and puts that into the wheel."""

    folder = ""

    def initialize(self, version: str, build_data: dict) -> None:
        """Name the files; an editable install has those in build/."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from press.problems import BadInput
        from press.write.tangle import tangle

        self.folder = tempfile.mkdtemp()
        build = Path(self.folder, "build")
        try:
            tangle(Path(self.root, "chapters"), build)
        except BadInput as error:
            sys.exit(str(error))
        include = build_data["force_include"]
        include[str(build / "byhand")] = "byhand"
        for path in SOURCE:
            include[str(Path(self.root, path))] = f"byhand/_source/{path}"

    def finalize(self, version: str, build_data: dict, artifact: str) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
