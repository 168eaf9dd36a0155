"""Fixtures that the tests of the press share."""

import signal

import pytest

from tests.courses import HEAD, ONE, Course, fence

# Who starts the tests in the background may have told them to ignore an
# interrupt, and every program that they start would, too.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def course(tmp_path) -> Course:
    """A course of one chapter that can be tangled."""
    made = Course(tmp_path)
    made.write(ONE, HEAD + fence("SIZE = 3\nprint(SIZE)"))
    return made


@pytest.fixture(scope="session")
def browser():
    """The one browser of all tests that need one."""
    from tests.browsing import launched

    with launched() as browser:
        yield browser
