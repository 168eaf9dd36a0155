"""Where the numbers of a record come from, below the output with them."""

from press.run.records import is_outdated, measured
from press.write.tangle import Course

LOST = "**Not measured:** this record is missing or was edited by hand."
OUTDATED = "**Outdated:** the code has changed since. "


def measured_note(course: Course, name: str) -> str:
    """When and where a record was made, and what repeats it."""
    body = measured(course, name)
    if not body:
        return f"{LOST}\n{{ .stale-note }}"
    machine = body["machine"]
    place = f"{machine['cores']} cores of {machine['cpu']}"
    place += f", {machine['gpu']}" if "gpu" in machine else ""
    versions = ", ".join(f"{n} {v}" for n, v in body["versions"].items())
    outdated = is_outdated(course, name)
    kind = "stale-note" if outdated else "record-note"
    return (
        f"{OUTDATED if outdated else ''}Measured on {body['date']} ({place}; "
        f"{versions}) in {_time(body['cpu_seconds'])} of processor time. "
        f"To repeat it: `{body['command']}`\n{{ .{kind} }}"
    )


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return (
        f"{minutes // 60} h {minutes % 60} min"
        if minutes > 99
        else (f"{minutes} min")
    )
