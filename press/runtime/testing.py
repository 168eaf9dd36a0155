"""pytest plugin: a failing chapter test names the line of its chapter."""

from collections.abc import Generator

import hypothesis
import pytest

from press.runtime.byhand import chapter_places

Wrapped = Generator[None, object, object]
# A deadline is a timed test, and the machines are shared.
hypothesis.settings.register_profile("course", deadline=None)
hypothesis.settings.load_profile("course")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo
) -> Wrapped:
    """Add the chapter's lines to the report of a test that failed."""
    report = yield
    if report.failed and call.excinfo is not None:
        _name_places(report, call.excinfo.value)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Wrapped:
    """Add them to the report of a test file that cannot be imported."""
    report = yield
    if report.failed:
        error = report.call.excinfo.value
        cause = error.__cause__
        if cause and chapter_places(cause.__traceback__):
            error = cause  # pytest wraps an ImportError as text
            info = pytest.ExceptionInfo.from_exception(error)
            info.traceback = info.traceback.cut(path=collector.path)
            report.longrepr = info.getrepr(style="short")
        _name_places(report, error)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(config: pytest.Config) -> Wrapped:
    """Let the short summary keep its messages, however narrow the screen."""
    before = config.option.verbose
    config.option.verbose = max(before, 2)
    try:
        return (yield)
    finally:
        config.option.verbose = before


def _name_places(report, error: BaseException) -> None:
    """A section with the places; the last one in the summary line too."""
    places = chapter_places(error.__traceback__)
    if places:
        report.sections.append(("In the chapter", "\n".join(places)))
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        crash.message = crash.message.partition("\n")[0]
        if places:
            place = places[-1].rpartition(" in ")[0]
            crash.message = f"{place}: {crash.message}"
