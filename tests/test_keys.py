"""What makes a chapter run again, and what does not."""

import pytest

import press.run.keys
from press.run.keys import execution_keys, needed_makers
from tests.running import chapter, keys, tangled, write

IMPORT = "from byhand.base.values import VALUE"
COURSE = {
    "1-base/01-values": chapter(
        "def value() -> int:\n    return 3\n\n\nVALUE = 3", "print(value())"
    ),
    "1-base/02-maker": chapter(
        IMPORT, "print(VALUE)", front="makes: [table]\n"
    ),
    "2-use/01-direct": chapter(
        IMPORT, "def twice() -> int:\n    return VALUE"
    ),
    "2-use/02-indirect": chapter(
        "from byhand.use.direct import twice", "print(twice())"
    ),
    "2-use/03-loads": chapter(
        "def load() -> str:\n    return 'table'", front="needs: [table]\n"
    ),
    "2-use/04-calls": chapter(
        "from byhand.use.loads import load", "print(load())"
    ),
    "2-use/05-other": chapter("print(1)"),
}


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, COURSE)
    return tmp_path


def changed_by(folder, path: str, old: str, new: str) -> set[str]:
    """The chapters whose key changes when `old` becomes `new` in one."""
    before = keys(folder)
    assert old in COURSE[path]
    write(folder, {path: COURSE[path].replace(old, new, 1)})
    after = keys(folder)
    return {
        name
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    }


def test_a_definition_changes_who_imports_or_loads_it_and_no_other(folder):
    changed = changed_by(folder, "1-base/01-values", "VALUE = 3", "VALUE = 4")
    assert changed == {
        "base/values",
        "base/maker",
        "use/direct",
        "use/indirect",
        "use/loads",
        "use/calls",
    }


def test_a_definition_in_the_middle_changes_only_what_is_above_it(folder):
    changed = changed_by(folder, "2-use/01-direct", "return V", "return 2 * V")
    assert changed == {"use/direct", "use/indirect"}


def test_an_experiment_changes_no_importer(folder):
    changed = changed_by(folder, "1-base/01-values", "print(", "print(1, ")
    assert changed == {"base/values"}


def test_an_experiment_changes_who_needs_its_artifact(folder):
    changed = changed_by(folder, "1-base/02-maker", "print(", "print(1, ")
    assert changed == {"base/maker", "use/loads", "use/calls"}


def test_a_new_artifact_name_runs_its_maker(folder):
    changed = changed_by(folder, "1-base/02-maker", "[table]", "[table, b]")
    assert "base/maker" in changed


def test_order_of_statements_is_part_of_the_key(folder):
    path = "1-base/01-values"
    swapped = COURSE[path].replace("print(value())", "print(1)\nprint(2)")
    write(folder, {path: swapped})
    before = keys(folder)["base/values"]
    swapped = swapped.replace("print(1)\nprint(2)", "print(2)\nprint(1)")
    write(folder, {path: swapped})
    assert keys(folder)["base/values"] != before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# Title", "# Another title"),
        ("# Title", "# Title\n\nNew prose.\n\n<!-- a comment -->\n\n- a list"),
        ("# Title", "\n\n\n# Title"),
        ("One line.", "Another line."),
        ("```python\nprint", '```python tags=["hide-input"]\nprint'),
        ("```python\nprint", '```python tags=["hide-output"]\nprint'),
        ("```python\nprint", "```text\nprint(0)\n```\n\n```python\nprint"),
    ],
    ids=["title", "prose", "lines", "summary", "hide", "hide output", "text"],
)
def test_what_is_not_executed_changes_no_key(folder, old, new):
    assert changed_by(folder, "1-base/01-values", old, new) == set()


def test_a_renumbered_chapter_keeps_its_key(folder):
    before = keys(folder)
    old = folder / "chapters" / "2-use" / "05-other.md"
    old.rename(old.with_name("09-other.md"))
    assert keys(folder) == before


def test_parameters_are_code(folder):
    path = "2-use/05-other"
    text = COURSE[path].replace("print(1)", "steps = 3  # how many")
    write(folder, {path: text})
    before = keys(folder)["use/other"]
    write(folder, {path: text.replace("python", 'python tags=["parameters"]')})
    assert keys(folder)["use/other"] != before


def test_an_edit_of_a_test_changes_no_key(folder):
    path = "1-base/01-values"
    test = "def test_value():\n    assert VALUE == {}"
    write(folder, {path: COURSE[path] + f"\n```python\n{test}\n```\n"})
    before = keys(folder)
    other = test.replace("{}", "3 != 4")
    write(folder, {path: COURSE[path] + f"\n```python\n{other}\n```\n"})
    assert keys(folder) == before


def test_a_file_that_is_read_is_in_the_keys_of_its_reader_and_importers(
    folder,
):
    path = "2-use/01-direct"
    front = "---\nreads: [words.txt, ../more/names.txt]\n"
    text = COURSE[path].replace("---\n", front, 1)
    more = folder / "chapters" / "more"
    more.mkdir()
    files = folder / "chapters/2-use/words.txt", more / "names.txt"
    for file in files:
        file.write_text("one")
    write(folder, {path: text})
    for file in files:
        before = keys(folder)
        file.write_text("two")
        after = keys(folder)
        changed = {name for name in before if before[name] != after[name]}
        assert changed == {"use/direct", "use/indirect"}


def test_a_comment_in_the_constraints_changes_no_key_and_a_version_does(
    folder, monkeypatch
):
    before = keys(folder)
    locked = press.run.keys.CONSTRAINTS.read_text()
    (folder / "constraints.txt").write_text(f"# New.\n\n{locked}")
    monkeypatch.setattr(
        press.run.keys, "CONSTRAINTS", folder / "constraints.txt"
    )
    press.run.keys._environment.cache_clear()
    assert keys(folder) == before
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0")
    press.run.keys._environment.cache_clear()
    after = keys(folder)
    press.run.keys._environment.cache_clear()
    assert not set(before.values()) & set(after.values())


def test_python_and_the_locked_versions_are_part_of_every_key(
    folder, monkeypatch
):
    before = keys(folder)
    monkeypatch.setattr("press.run.keys._environment", lambda: "another")
    after = keys(folder)
    assert {n for n in before if before[n] != after[n]} == set(before)


def test_the_makers_of_a_chapter_are_those_of_its_imports_too(folder):
    course = tangled(folder)
    assert needed_makers(course, "byhand.use.calls") == ["byhand.base.maker"]
    assert needed_makers(course, "byhand.use.indirect") == []


def test_keys_of_a_long_chain_take_no_time(tmp_path):
    write(
        tmp_path,
        {
            f"1-chain/{n:02}-c{n}": chapter(
                "print(1)",
                front=f"makes: [a{n}]\n"
                + (
                    f"needs: [{', '.join(f'a{m}' for m in range(n))}]\n"
                    * (n > 0)
                ),
            )
            for n in range(30)
        },
    )
    course = tangled(tmp_path)
    assert len(set(execution_keys(course).values())) == 30
