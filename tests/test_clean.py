"""`clean` removes what the manifest lists, and nothing else."""

import re
import shutil

import pytest

from press.write.clean import CLEAN
from press.write.manifest import Manifest
from press.write.transaction import locked, own
from press.write.transaction import write as write_files
from tests.courses import REPOSITORY, Course
from tests.running import chapter, states, write

MODULE = "byhand/part/one.py"


@pytest.fixture
def built(course: Course) -> Course:
    """Tangled, with pages and with trees of every kind."""
    course.tangle()
    with locked(course.build):
        manifest, page = (
            Manifest.load(course.build),
            {"docs/part/one.md": b"p"},
        )
        write_files(course.build, manifest, page)
        for name in ("cache", "site", "artifacts/tiny"):
            tree = own(course.build, name) / "deep"
            tree.mkdir(parents=True)
            (tree / "file.bin").write_text("x")
    return course


def left(course: Course) -> set[str]:
    """Every file of the build folder."""
    return set(course.generated())


def test_clean_removes_everything_that_was_made_and_the_folders(built):
    built.write("build/README.md", "What is where.")
    done = built.tangle("clean")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert [path.name for path in built.build.iterdir()] == ["README.md"]
    assert built.tangle("clean").code == 0


def test_what_python_compiled_goes_too(built):
    folder = built.build / "byhand/part/__pycache__"
    folder.mkdir()
    (folder / "one.cpython-311.pyc").write_text("x")
    assert built.tangle("clean").code == 0
    assert list(built.build.iterdir()) == []


def test_foreign_files_survive_wherever_they_lie(built):
    mine = {
        "thesis.md",
        ".env",
        "byhand/part/mine.py",
        "notebooks/part/mine.ipynb",
        "docs/part/mine.md",
        "artifacts/mine/model.bin",
        "artifacts/mine.txt",
        "runs/part/one/figure-1.svg",
        ".scratch/mine.txt",
        "timings.json",
        "mkdocs.yml",
    }
    for path in mine:
        built.write(f"build/{path}", "mine")
    assert built.tangle("clean").code == 0
    assert left(built) == mine


@pytest.mark.parametrize("manifest", [None, "", "{}", '{"version": 2}'])
def test_a_folder_without_a_valid_manifest_is_refused(tmp_path, manifest):
    folder = Course(tmp_path)
    for path in ("cache/a.txt", "docs/b.md", "site/c.html", ".git/config"):
        folder.write(f"home/{path}", "mine")
    if manifest is not None:
        folder.write("home/manifest.json", manifest)
    before = sorted(tmp_path.rglob("*"))
    done = folder.tangle("clean", "--build", "home")
    assert done.err == (
        "home: has no manifest.json of the press, so nothing was deleted "
        "(if it is a build folder, delete it yourself)\n"
    )
    assert done.code == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_clean_without_a_build_folder_does_nothing(tmp_path):
    assert Course(tmp_path).tangle("clean").code == 0
    assert list(tmp_path.iterdir()) == []


def test_an_edit_by_hand_is_kept_until_force(built):
    before = left(built)
    built.write(f"build/{MODULE}", "mine")
    done = built.tangle("clean")
    assert f"build/{MODULE}: edited by hand, so it is kept" in done.err
    assert (done.code, left(built)) == (1, before)
    assert built.tangle("clean", "--force").code == 0
    assert left(built) == set()


def test_a_link_in_place_of_a_tree_goes_and_what_it_leads_to_stays(built):
    outside = built.folder / "outside"
    (built.build / "site").rename(outside)
    (built.build / "site").symlink_to(outside)
    assert built.tangle("clean").code == 0
    assert not (built.build / "site").exists()
    assert (outside / "deep/file.bin").exists()


def test_a_clean_that_was_broken_off_is_finished_by_the_next(built):
    shutil.rmtree(built.build / "site")
    (built.build / MODULE).unlink()
    assert built.tangle("clean").code == 0
    assert left(built) == set()


def test_files_of_a_broken_off_run_go_too(built):
    manifest = Manifest.load(built.build)
    manifest.pending = {"byhand/part/new.py": ["0"]}
    built.write("build/manifest.json", manifest.dump())
    built.write("build/byhand/part/new.py", "half")
    assert built.tangle("clean", "--force").code == 0
    assert left(built) == set()


def test_nothing_of_a_run_with_artifacts_is_left(tmp_path):
    code = "from byhand import new_artifact\n\n"
    code += 'with new_artifact("tiny") as folder:\n    (folder / "a").touch()'
    write(tmp_path, {"1-part/01-one": chapter(code, front="makes: [tiny]\n")})
    assert states(tmp_path) == {"part/one": "ran"}
    course = Course(tmp_path)
    assert (course.build / "artifacts/tiny/a").exists()
    assert course.tangle("clean").code == 0
    assert left(course) == set()


def test_the_readme_of_build_names_what_there_is():
    text = (REPOSITORY / "build" / "README.md").read_text("utf-8")
    named = set(re.findall(r"(?m)^\| `([^`/]+)/?`", text))
    assert {"byhand", "tests", "notebooks", "artifacts", "cache"} < named
    assert CLEAN - {".lock", ".lock.pid", "README.md"} <= named
