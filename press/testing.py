"""pytest plugin: a failing chapter test names the line of its chapter."""

from pathlib import Path

import hypothesis
import pytest

from press.runtime import source_line

# A deadline is a timed test, and the machines are shared.
hypothesis.settings.register_profile("course", deadline=None)
hypothesis.settings.load_profile("course")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Add the chapter's lines to the report of a failure."""
    report = yield
    if call.excinfo is not None and report.failed:
        places = chapter_places(call.excinfo.tb)
        if places:
            report.sections.append(("In the chapter", "\n".join(places)))
            _point_at(report, places[-1])
    return report


def chapter_places(trace) -> list[str]:
    """`chapters/….md:LINE in NAME` of every frame in a tangled file."""
    places = []
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if path.suffix == ".py" and path.is_file():
            where = _source_line(path, trace.tb_lineno)
            if where:
                name = trace.tb_frame.f_code.co_name
                places.append(f"{where[0]}:{where[1]} in {name}")
        trace = trace.tb_next
    return places


def _source_line(path: Path, line: int) -> tuple[str, int] | None:
    text = path.read_text("utf-8", "replace")
    return source_line(text, line) if "# %% " in text else None


def _point_at(report, place: str) -> None:
    """Let the last line of the traceback and the summary say it too."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        crash.message = f"{place.split(' in ')[0]}: {crash.message}"
