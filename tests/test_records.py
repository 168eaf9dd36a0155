"""Records: made by one command, of the present code, and nobody's edit."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from press.run.keys import record_keys
from press.run.records import record_problems
from press.write.tangle import tangle
from tests.courses import command, environment, fence, problems, tagged
from tests.running import chapter, keys, printed, states, tangled, write

ROOT = Path(__file__).parents[1]
BASE = """\
SCALE = 2


def unused() -> int:
    return 1


class Model:
    def weight(self) -> int:
        return 1


def twice(self) -> int:
    return 2 * SCALE // 4


Model.weight = twice


def loss(seed: int, steps: int) -> float:
    return Model().weight() * SCALE / (1 + steps) + seed  # the loss"""
RECORD = '''\
def long_run(
    device: str, seeds: tuple[int, ...] = (0, 1), steps: int = 1000
) -> dict[str, object]:
    """The loss of each seed."""
    found = [loss(seed, steps) for seed in seeds]
    return {"loss": found, "tokens_per_second": 5.0, "device": "any"}


LONG_RUN_SHARE = {"seeds": (0,), "steps": 3}'''
READS = 'from byhand import record\n\nresult = record("long_run")'
COURSE = {
    "1-base/01-loss": chapter(BASE),
    "2-use/01-long": chapter(
        "from byhand.base.loss import loss",
        tagged("record", RECORD).strip(),
        READS,
        'losses = result["loss"]',
        'print("nothing", 1)',
        "print(losses)",
        "def test_a_share():\n"
        '    assert long_run("cpu", **LONG_RUN_SHARE)["loss"] == [0.5]',
    ),
}
BASIS, USE = (f"chapters/{name}.md" for name in COURSE)
FILE = "records/use/long/long_run.json"


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """The course with its record made, run and woven."""
    folder = tmp_path_factory.mktemp("records")
    write(folder, COURSE)
    done = command(folder, "record", "use/long")
    assert done.code == 0, done.err
    assert set(states(folder).values()) == {"ran"}
    assert command(folder, "weave").code == 0
    return folder


@pytest.fixture
def made(template, tmp_path) -> Path:
    """The course without what is built, to be changed."""
    write(tmp_path, COURSE)
    target = tmp_path / FILE
    target.parent.mkdir(parents=True)
    target.write_bytes((template / FILE).read_bytes())
    return tmp_path


def change(folder: Path, path: str, old: str, new: str) -> None:
    file = folder / path
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def found(folder: Path, monkeypatch) -> list[str]:
    """What is wrong with the records, as `make test` sees it."""
    monkeypatch.chdir(folder)
    return list(map(str, record_problems(tangled(Path()))))


def line_of(folder: Path, path: str, text: str) -> int:
    lines = (folder / path).read_text("utf-8").split("\n")
    return next(n for n, line in enumerate(lines, 1) if text in line)


# Of the course itself -------------------------------------------------------


def test_the_records_of_the_course_are_of_its_present_code(tmp_path):
    course = tangle(ROOT / "chapters", tmp_path / "build").course
    assert list(map(str, record_problems(course))) == []


# Made -----------------------------------------------------------------------


def test_a_record_holds_values_settings_machine_and_command(template):
    body = json.loads((template / FILE).read_text("utf-8"))
    assert body["values"]["loss"] == [2 / 1001, 1 + 2 / 1001]
    assert body["settings"] == {
        "seeds": [0, 1],
        "steps": 1000,
        "device": "cpu",
    }
    assert body["share"]["loss"] == [0.5]
    assert body["command"] == "python tangle.py record use/long long_run"
    assert set(body["machine"]) == {"cpu", "cores"}
    assert body["versions"]["python"] == sys.version.split()[0]
    assert body["cpu_seconds"] >= 0
    assert str(template) not in (template / FILE).read_text("utf-8")


def test_the_build_reads_a_record_and_never_runs_it(template):
    assert printed(template, "use/long").endswith(
        "[0.001998001998001998, 1.001998001998002]\n"
    )
    text = (template / "build/byhand/use/long.py").read_text("utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "byhand.use.long"],
        env=environment(template / "build"),
        cwd=template / "chapters",
        capture_output=True,
        text=True,
    )
    assert "def long_run(" in text
    assert "[0.001998001998001998, 1.0" in done.stdout, done.stderr


def test_the_page_says_where_a_record_was_measured_and_what_repeats_it(
    template,
):
    page = (template / "build/docs/use/long.md").read_text("utf-8")
    body = json.loads((template / FILE).read_text("utf-8"))
    [note] = [line for line in page.split("\n") if "Measured on" in line]
    assert body["date"] in note and body["machine"]["cpu"] in note
    assert "`python tangle.py record use/long long_run`" in note
    assert page.index("1.001998") < page.index("Measured on")
    assert "{ .record-note }" in page


def test_a_chapter_whose_record_is_not_made_says_the_command(tmp_path):
    write(tmp_path, COURSE)
    done = command(tmp_path, "run")
    assert done.code == 1
    line = line_of(tmp_path, USE, "result = record")
    assert f"{USE}:{line}: " in done.err
    assert "python tangle.py record use/long long_run" in done.err


def test_a_new_measurement_runs_the_chapter_again_and_no_other(made):
    before = keys(made)
    change(made, FILE, "0.5", "0.6")
    after = keys(made)
    assert {n for n in after if after[n] != before[n]} == {"use/long"}


# Outdated, missing, edited --------------------------------------------------


def test_a_record_of_the_present_code_is_fine(made, monkeypatch):
    assert found(made, monkeypatch) == []


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (USE, "loss(seed, steps) for", "2 * loss(seed, steps) for"),
        (USE, "steps: int = 1000", "steps: int = 2000"),
        (USE, '"steps": 3', '"steps": 4'),
        (BASIS, "+ seed", "- seed"),
        (BASIS, "SCALE = 2", "SCALE = 3"),
        (BASIS, "Model.weight = twice", "Model.heavy = twice"),
    ],
    ids=["function", "default", "share", "imported", "indirect", "method"],
)
def test_changed_code_outdates_a_record(made, monkeypatch, path, old, new):
    change(made, path, old, new)
    line = line_of(made, USE, "def long_run")
    assert found(made, monkeypatch) == [
        f"{USE}:{line}:1: the record 'long_run' is of other code than this "
        "(python tangle.py record use/long long_run)"
    ]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (BASIS, "return 1\n", "return 5\n"),
        (BASIS, "  # the loss", "  # another comment"),
        (BASIS, "SCALE = 2", "# why\nSCALE = 2  # two"),
        (BASIS, "# Title", "# Another title"),
        (USE, 'print("nothing", 1)', "print(2)"),
        (USE, "def test_a_share", "def test_another_share"),
    ],
    ids=["unused", "comment", "comments", "prose", "experiment", "test"],
)
def test_other_changes_leave_a_record_valid(made, monkeypatch, path, old, new):
    change(made, path, old, new)
    assert found(made, monkeypatch) == []


def test_the_key_is_of_the_code_alone(made, monkeypatch):
    before = dict(record_keys(tangled(made)))
    monkeypatch.setattr("press.run.keys._environment", lambda: "elsewhere")
    monkeypatch.setattr(sys, "version", "4.0")
    assert record_keys(tangled(made)) == before


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("1.001998001998002", "1.0019", "values"),
        ('"key": "', '"key": "0', "key"),
        ('"date": "2', '"date": "1', "date"),
        ('"cores": ', '"cores": 1', "machine"),
        ('"key": "', '"more": 1,\n "key": "', "more"),
    ],
)
def test_an_edit_by_hand_is_refused_with_its_line(
    made, monkeypatch, old, new, field
):
    change(made, FILE, old, new)
    line = line_of(made, FILE, f'"{field}"')
    assert found(made, monkeypatch) == [
        f"{FILE}:{line}:1: '{field}' was edited by hand "
        "(make it again: python tangle.py record use/long long_run)"
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"seals": 3}', '{\n"a'])
def test_a_file_that_no_command_wrote_is_refused(made, monkeypatch, text):
    (made / FILE).write_text(text)
    [said] = found(made, monkeypatch)
    assert said.startswith(f"{FILE}:")


def test_a_missing_record_and_one_of_no_cell_are_named(made, monkeypatch):
    file = made / FILE
    file.rename(file.with_name("other.json"))
    missing, orphan = found(made, monkeypatch)
    assert missing.startswith(f"{USE}:{line_of(made, USE, 'def long_run')}:1:")
    assert "is not made yet" in missing
    assert orphan.startswith("records/use/long/other.json:1:1: no cell makes")


def test_the_page_marks_what_is_outdated_or_edited(template):
    page = template / "build/docs/use/long.md"
    good = {p: (template / p).read_bytes() for p in (USE, FILE)}
    try:
        change(template, BASIS, "SCALE = 2", "SCALE = 3")
        assert command(template, "run").code == 0
        assert command(template, "weave").code == 0
        assert "**Outdated:**" in page.read_text("utf-8")
        change(template, FILE, "1.001998001998002", "1.0019")
        assert command(template, "run").code == 0
        assert command(template, "weave").code == 0
        assert "**Not measured:**" in page.read_text("utf-8")
    finally:
        change(template, BASIS, "SCALE = 3", "SCALE = 2")
        for path, data in good.items():
            (template / path).write_bytes(data)


# Repeated -------------------------------------------------------------------


def test_check_repeats_the_share(made):
    done = command(made, "record", "--check")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("use/long long_run: repeated in ")


def test_check_sees_that_the_share_gives_something_else(made):
    write(
        made,
        {
            "1-base/01-loss": COURSE["1-base/01-loss"]
            .replace("SCALE / (1 + steps)", "SCALE / (1 + steps) + drift()")
            .replace(
                "SCALE = 2",
                (
                    "from pathlib import Path\n\nSCALE = 2\n\n\n"
                    "def drift() -> float:\n"
                    f"    path = Path({str(made / 'drift')!r})\n"
                    "    return float(path.read_text())"
                ),
            )
        },
    )
    (made / "drift").write_text("0")
    assert command(made, "record", "use/long").code == 0
    (made / "drift").write_text("0.004")  # another machine's rounding
    assert command(made, "record", "--check").code == 0
    (made / "drift").write_text("0.01")
    done = command(made, "record", "use/long", "--check")
    line = line_of(made, USE, "def long_run")
    assert done.code == 1
    assert done.err.startswith(f"{USE}:{line}:1: the record 'long_run' is not")
    assert "['loss'][0], recorded is 0.5" in done.err


def test_check_refuses_an_outdated_record(made):
    change(made, BASIS, "SCALE = 2", "SCALE = 3")
    done = command(made, "record", "--check")
    assert done.code == 1
    assert "is of other code than this" in done.err


# What goes wrong ------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["record"], "say of which chapter"),
        (["record", "use/nowhere"], "no chapter is called 'use/nowhere'"),
        (["record", "use/long", "short"], "(there are: long_run)"),
        (["record", "base/loss"], "base/loss has no records"),
    ],
)
def test_wrong_names_are_refused(made, arguments, words):
    done = command(made, *arguments)
    assert done.code == 2
    assert words in done.err


@pytest.mark.parametrize(
    "body",
    ['raise ValueError("boom")', "return {1, 2}", 'return float("nan")'],
)
def test_a_record_that_fails_leaves_the_old_one(made, body, capfd):
    before = (made / FILE).read_bytes()
    change(made, USE, "    found = [", f"    {body}\n    found = [")
    done = command(made, "record", "use/long")
    line = line_of(made, USE, "def long_run")
    assert done.code == 1
    assert f"{USE}:{line}:1: the record 'long_run' failed" in done.err
    said = capfd.readouterr().err
    assert (f"{USE}:16 in long_run" if "boom" in body else "return") in said
    assert (made / FILE).read_bytes() == before
    assert len(list((made / FILE).parent.iterdir())) == 1


def record(code: str) -> str:
    return chapter(tagged("record", code).strip())


SHARE = "SHARE = {}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (record("def f(device: str):\n    return 1"), "7:1: a record fence"),
        (record(f"{SHARE}\nX = 1"), "a record fence holds one function"),
        (
            record(f"def f(device):\n    ...\n\n\n{SHARE}\nprint(1)"),
            "only hold",
        ),
        (record(f"def f(seed=1):\n    ...\n\n\n{SHARE}"), "a device first"),
        (
            record(f"def f(device, seed):\n    ...\n\n\n{SHARE}"),
            "a device first",
        ),
        (
            record(f"def f(device, s=len('')):\n    ...\n\n\n{SHARE}"),
            "literals",
        ),
        (record(f"def f(device, s={{1}}):\n    ...\n\n\n{SHARE}"), "literals"),
        (
            record("def f(device, s=1):\n    ...\n\n\nSHARE = {'steps': 2}"),
            "no dict of arguments (write some of s",
        ),
        (
            record("def f(device, s=1):\n    ...\n\n\nSHARE = 3"),
            "no dict of arguments",
        ),
        (
            record(f"def f(device):\n    ...\n\n\n{SHARE}")
            + fence("f('cpu')"),
            "the experiment runs the record 'f'",
        ),
        (
            chapter("from byhand import record", "name = 'a'\nrecord(name)"),
            "13:1: record(…) takes the name",
        ),
        (
            chapter(
                "from byhand import record\n\n\ndef f():\n"
                "    return record('a')"
            ),
            "12:12: a definition reads a record",
        ),
    ],
)
def test_a_wrong_record_is_refused_with_its_line(text, words):
    found = problems(text)
    assert any(words in said for said in found), found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (chapter(READS.replace("long_run", "none")), "no cell makes the rec"),
        (record(RECORD.replace("loss(seed, steps)", "1")), "has a record"),
    ],
)
def test_names_of_records_are_known_and_of_one_cell(made, text, words):
    write(made, {"2-use/02-more": text})
    done = command(made)
    assert done.code == 2
    assert words in done.err


def test_a_record_knows_the_files_and_artifacts_behind_it(tmp_path):
    loads = (
        "from byhand import artifact, data\n\n\n"
        "def text() -> str:\n"
        '    return data("a.txt").read_text() + str(artifact("made"))'
    )
    saves = 'from byhand import new_artifact\n\nwith new_artifact("made"):\n'
    texts = {
        "1-base/01-makes": chapter(saves + "    1", front="makes: [made]\n"),
        "1-base/02-loads": chapter(
            loads, front="needs: [made]\nreads: [a.txt]\n"
        ),
        "1-base/03-uses": chapter(
            "import byhand.base.loads as loads",
            tagged(
                "record",
                f"def f(device: str):\n    return loads.text()\n\n\n{SHARE}",
            ).strip(),
        ),
    }
    write(tmp_path, texts)
    data = tmp_path / "chapters/1-base/a.txt"
    data.write_text("a")

    def key() -> str:
        return record_keys(tangled(tmp_path))["f"]

    seen = [key()]
    data.write_text("b")
    seen.append(key())
    change(tmp_path, "chapters/1-base/01-makes.md", "    1", "    2")
    seen.append(key())
    change(tmp_path, "chapters/1-base/02-loads.md", "+ str", "+ 'x' + str")
    seen.append(key())
    assert len(set(seen)) == 4
