"""Ten kills of the two hundred that `tests/stress_kills.py` does."""

import os

import pytest

from tests.stress_kills import stress


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_kill_at_any_moment_leaves_nothing_torn_and_nothing_behind(tmp_path):
    said = stress(tmp_path, ["tangle", "run", "tangle"], count=9, seed=3)
    assert "of run" in said
