"""The YAML between the two `---` at the top of a chapter."""

import re
from typing import NamedTuple

from press.problems import Problems

KEYS: dict[str, type] = {
    "summary": str,
    "keywords": str,
    "live": bool,
    "makes": list,
    "needs": list,
    "reads": list,
    "jupyter": dict,  # what JupyterLab adds when a notebook is paired
}
WANTED = {str: "a line of text", bool: "true or false", list: "a list"}
WANTED[dict] = "what jupytext writes"
ARTIFACT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
FILE = re.compile(r"(?!/)[\w./-]+")


class Front(NamedTuple):
    """The values, the line of each key, the line where the body begins."""

    values: dict[str, object]
    lines: dict[str, int]
    body_line: int


def read_front_matter(lines: list[str], problems: Problems) -> Front:
    """What stands between the `---`; a wrong value is left out."""
    if lines[0].rstrip() != "---":
        return Front({}, {}, 1)
    ends = [n for n, line in enumerate(lines) if line.rstrip() == "---"]
    if len(ends) < 2:
        message = "the front matter is never closed"
        problems.add(1, 1, message, "add a line --- after it")
        return Front({}, {}, 1)
    values, places = _load("\n".join(lines[1 : ends[1]]), problems)
    for key in list(values):
        wrong = _wrong_value(key, values[key])
        if wrong:
            problems.add(places.get(str(key), 2), 1, *wrong)
            del values[key]
    return Front(values, places, ends[1] + 2)


def _load(block: str, problems: Problems) -> tuple[dict, dict[str, int]]:
    """The values and the file's line of each key."""
    import yaml

    loader = yaml.SafeLoader(block)
    try:
        node = loader.get_single_node()
        values = loader.construct_document(node) if node else {}
        if isinstance(values, dict):
            pairs = node.value if node else ()
            return values, {k.value: k.start_mark.line + 2 for k, _ in pairs}
    # Besides YAMLError, PyYAML lets slip ValueError (2026-13-01), KeyError
    # (!!bool x), AttributeError (!!timestamp x) and RecursionError.
    except Exception as error:
        mark = getattr(error, "problem_mark", None)
        place = (mark.line + 2, mark.column + 1) if mark else (2, 1)
        reason = getattr(error, "problem", None) or "not YAML"
        remedy = "write 'key: value' lines; quote values with a colon"
        problems.add(*place, f"broken front matter: {reason}", remedy)
        return {}, {}
    message = "the front matter is no list of 'key: value' lines"
    problems.add(2, 1, message, "write, say, 'summary: one line'")
    return {}, {}


def _wrong_value(key: object, value: object) -> tuple[str, str] | None:
    if key not in KEYS:
        return f"unknown front matter {key!r}", f"the keys are {_list(KEYS)}"
    kind = KEYS[str(key)]
    if not isinstance(value, kind):
        return f"{key}: is not {WANTED[kind]}", f"write {key}: {WANTED[kind]}"
    if kind is str and (not value.strip() or "\n" in value.strip()):
        return f"{key}: is not one line", "write one line of text"
    pattern = FILE if key == "reads" else ARTIFACT
    for name in value if kind is list else ():
        if not pattern.fullmatch(str(name)):
            if key == "reads":
                remedy = "the path of a file, from the folder of the chapter"
                return f"reads: {name!r} is no such name", remedy
            remedy = "lower-case letters, digits and hyphens"
            return f"{key}: {name!r} is no artifact name", remedy
    return None


def _list(names: dict) -> str:
    return ", ".join(names)
