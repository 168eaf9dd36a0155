"""What a downloaded file says where the rest of the course is missing."""

import json
import sys

from press.read.chapter import Chapter
from press.read.facts import TESTS
from press.write.notebook import cell_node

CHECK = """\
import sys
from importlib.util import find_spec

for package in {}:
    if not find_spec(package):
        sys.exit(
            f"{{package}} is missing. In the folder of the course, install "
            f"all that it needs: {{sys.executable}} -m pip install ."
        )"""


def check(chapter: Chapter, tests: bool) -> str:
    """Code that ends with a line on how to install what is missing.

    Empty for a chapter that needs nothing; `tests` says whether its tests
    stand in the same file.
    """
    imports = [
        i for i in chapter.facts.imports if tests or i.place not in TESTS
    ]
    roots = {item.module.split(".")[0] for item in imports}
    if chapter.knobs and not tests:
        roots.add("byhand")  # for the flags of a script
    packages = sorted(roots - sys.stdlib_module_names)
    return CHECK.format(json.dumps(packages)) if packages else ""


def add_check(node: dict, chapter: Chapter) -> None:
    """Put that code into a notebook, folded, after the first words."""
    code = check(chapter, True)
    if code:
        cell = cell_node("code", code, [], f"{chapter.source.name}\0{code}")
        cell["metadata"] = {"jupyter": {"source_hidden": True}}
        node["cells"].insert(1, cell)
