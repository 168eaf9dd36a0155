"""The YAML between the two `---` at the top of a chapter."""

import re

from press.problems import Problem

KEYS: dict[str, type] = {
    "summary": str,
    "live": bool,
    "makes": list,
    "needs": list,
    "reads": list,
}
ARTIFACT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def split_front_matter(label: str, text: str):
    """(values, line of the body's first line, problems)."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return {}, 1, []
    try:
        end = next(
            number
            for number, line in enumerate(lines[1:], 1)
            if line.rstrip() == "---"
        )
    except StopIteration:
        problem = Problem(
            label,
            1,
            1,
            "the front matter is never closed",
            "add a line --- after it",
        )
        return {}, 1, [problem]
    block = lines[1:end]
    values, problems = _load(label, "\n".join(block))
    for key, value in list(values.items()):
        wrong = _wrong_value(key, value)
        if wrong:
            line = key_line(block, str(key), 2)
            problems.append(Problem(label, line, 1, *wrong))
            del values[key]
    return values, end + 2, problems


def _load(label: str, block: str):
    import yaml

    try:
        values = yaml.safe_load(block) or {}
    # Besides YAMLError, PyYAML lets slip ValueError (2026-13-01), KeyError
    # (!!bool x), AttributeError (!!timestamp x) and RecursionError.
    except Exception as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 2, mark.column + 1) if mark else (2, 1)
        reason = getattr(error, "problem", None) or "not YAML"
        message = f"broken front matter: {reason}"
        remedy = "write 'key: value' lines; quote values with a colon"
        return {}, [Problem(label, line, column, message, remedy)]
    if not isinstance(values, dict):
        message = "the front matter is no list of 'key: value' lines"
        remedy = "write, say, 'summary: one line'"
        return {}, [Problem(label, 2, 1, message, remedy)]
    return values, []


def _wrong_value(key: object, value: object) -> tuple[str, str] | None:
    if key not in KEYS:
        known = ", ".join(KEYS)
        return f"unknown front matter {key!r}", f"the keys are {known}"
    kind = KEYS[str(key)]
    if not isinstance(value, kind):
        wanted = {str: "a line of text", bool: "true or false", list: "a list"}
        return f"{key}: is not {wanted[kind]}", f"write {key}: {wanted[kind]}"
    if kind is str and (not str(value).strip() or "\n" in str(value).strip()):
        return f"{key}: is not one line", "write one line of text"
    if isinstance(value, list):
        for name in value:
            if key != "reads" and not ARTIFACT.fullmatch(str(name)):
                remedy = "lower-case letters, digits and hyphens"
                return f"{key}: {name!r} is no artifact name", remedy
    return None


def key_line(lines: list[str], key: str, first: int = 1) -> int:
    """The line of `key:`, when `lines` begin with line `first`."""
    for number, line in enumerate(lines, first):
        if line.startswith(f"{key}:"):
            return number
    return first
