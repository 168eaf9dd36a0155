"""Which names a definition may use, and what chapters may be called."""

import pytest

from tests.courses import HEAD, ONE, Course, fence, problems
from tests.test_bad_input import check

# `data` is set by an experiment; each case begins in line 12.
HIDDEN = {
    "body": ("def f():\n    return data", "13:12"),
    "twice": ("def f():\n    if 1:\n        data()\n    data", "14:9"),
    "default": ("def f(x=data): ...", "12:9"),
    "annotation": ("def f(x: data): ...", "12:10"),
    "decorator": ("@data\ndef f(): ...", "12:2"),
    "nested": ("def f():\n    def g():\n        return data", "14:16"),
    "lambda": ("def f():\n    return lambda x: x + data", "13:26"),
    "comprehension": ("def f(n):\n    return [data for _ in n]", "13:13"),
    "its source": ("def f():\n    return [x for x in data]", "13:24"),
    "class body": ("class A:\n    size = data", "13:12"),
    "base class": ("class A(data): ...", "12:9"),
    "method": ("class A:\n    def f(self):\n        data.x", "14:9"),
    "behind a class name": (
        "class A:\n    data = 1\n\n    def f(self):\n        return data",
        "16:16",
    ),
    "constant": ("SIZE = len(data)", "12:12"),
    "alias": ("Rows = data[0]", "12:8"),
    "patched method": ("class A: ...\n\n\nA.run = data", "15:9"),
    "patched acronym": ("class GPT: ...\n\n\nGPT.run = data", "15:11"),
    "global": ("def f():\n    global data\n    data += 1", "14:5"),
    "async": ("async def f():\n    await data", "13:11"),
    "f-string": ("def f():\n    return f'{data}'", "13:15"),
    "behind letters": ("def f():\n    return 'é' + data", "13:18"),
}
VISIBLE = {
    "local": "def f():\n    data = 1\n    return data",
    "parameter": "def f(data):\n    return data",
    "keyword": "def f():\n    return dict(data=1)",
    "attribute": "def f(x):\n    return x.data",
    "string": "def f():\n    return 'data'",
    "comprehension": "def f(n):\n    return [data for data in n]",
    "loop": "def f(n):\n    for data in n:\n        print(data)",
    "with": "def f(n):\n    with n as data:\n        print(data)",
    "walrus": "def f(n):\n    return (data := n) + data",
    "outer": "def f(data):\n    def g():\n        return data",
    "class attribute": "class A:\n    data = 1\n    size = data",
    "own import": "def f():\n    import data\n    return data",
    "experiment": "print(data)",
    "test": "def test_f():\n    data = 1\n    assert data",
}
SETTERS = {
    "assignment": "data = [1]",
    "loop": "for data in [1]:\n    pass",
    "with": "with open('x') as data:\n    pass",
    "unpacking": "data, *other = [1, 2]",
    "walrus": "print(data := 1)",
    "walrus in a comprehension": "[data := x for x in [1]]",
    "augmented": "data += 1",
    "annotated": "data: int = 1",
    "except": "try:\n    pass\nexcept ValueError as data:\n    pass",
    "match": "match 1:\n    case data:\n        pass",
    "semicolon": "other = 1; data = 2",
    "conditional": "if True:\n    data = 1",
    "guarded import": "try:\n    import data\nexcept ImportError:\n    pass",
}


def chapter(code: str, setter: str = "data = 1") -> str:
    return HEAD + fence(setter) + fence(code)


@pytest.mark.parametrize(("code", "place"), HIDDEN.values(), ids=HIDDEN.keys())
def test_a_definition_may_not_use_what_the_experiment_sets(code, place):
    message = "a definition uses 'data', which only the experiment sets"
    assert problems(chapter(code)) == [
        f"{place}: {message} (pass it as an argument, or make it UPPER_CASE)"
    ]


@pytest.mark.parametrize("code", VISIBLE.values(), ids=VISIBLE.keys())
def test_a_name_that_is_not_the_experiments_is_no_fault(code):
    assert problems(chapter(code)) == []


@pytest.mark.parametrize("setter", SETTERS.values(), ids=SETTERS.keys())
def test_whatever_sets_a_name_in_the_experiment_is_seen(setter):
    text = HEAD + fence("def f():\n    return data") + fence(setter)
    assert [line.split(",")[0] for line in problems(text)] == [
        "9:12: a definition uses 'data'"
    ]


def test_what_the_experiment_sets_may_hide_a_builtin():
    code = fence("def helper():\n    return sum([1])\n\n\nsum = 3")
    assert problems(HEAD + code) == []


def test_a_test_may_not_use_what_the_experiment_sets():
    text = chapter("def test_data():\n    assert data")
    assert problems(text) == [
        "13:12: a test uses 'data', which only the experiment sets "
        "(pass it as an argument, or make it UPPER_CASE)"
    ]


def test_a_fixture_may_have_the_name_of_what_the_experiment_sets():
    fixture = "import pytest\n\n\n@pytest.fixture\ndef data():\n    return 1"
    text = chapter(f"{fixture}\n\n\ndef test_data(data):\n    assert data")
    assert problems(text) == []


def test_two_uses_of_hidden_names_are_two_problems():
    text = chapter("def f():\n    return data\n\n\ndef g():\n    return data")
    assert [line[:6] for line in problems(text)] == ["13:12:", "17:12:"]


NO_MODULE = "gives no module name (name it"
FILES = {
    "1-part/02-Two.md": f"the file name '02-Two.md' {NO_MODULE} NN-name.md",
    "1-part/02-two_x.md": f"the file name '02-two_x.md' {NO_MODULE}",
    "1-part/02--two.md": f"the file name '02--two.md' {NO_MODULE}",
    "1-part/two.md": f"the file name 'two.md' {NO_MODULE}",
    "1-part/02-é.md": f"the file name '02-é.md' {NO_MODULE}",
    "1-part/02-two.v2.md": f"the file name '02-two.v2.md' {NO_MODULE}",
    "1-part/02-3d.md": "the name '3d' is no Python identifier (choose",
    "1-part/02-class.md": "the name 'class' is a Python keyword",
    "1-part/02-match.md": "the name 'match' is a Python keyword",
    "1-part/02-random.md": "the name 'random' is a module of the standard",
    "1-part/02-byhand.md": "the name 'byhand' is the name of the whole pack",
    "1-part/02-a\nb.md": f"the file name '02-a\\nb.md' {NO_MODULE}",
    "1-part/02-\udcff.md": f"the file name '02-\\udcff.md' {NO_MODULE}",
    "1-part/deep/02-two.md": "a Markdown file that is no chapter (chapters",
    "two.md": "a Markdown file that is no chapter",
    "1-part/04-one.md": "the module name byhand.part.one is taken by chapte",
    "1-part/1-two.md": "the chapter number is taken by chapters/1-part/01-one",
    "1-other/02-two.md": "the part number is taken by chapters/1-part/01-one",
    "2-part/02-two.md": "the part name 'part' is taken by chapters/1-part/01-",
}


@pytest.mark.parametrize(("file", "message"), FILES.items(), ids=FILES.keys())
def test_a_file_that_gives_no_module_is_refused(course, file, message):
    course.write(f"chapters/{file}", HEAD)
    named = f"chapters/{file}".replace("\n", "\\n")
    check(course, f"1:1: {message}", named)


def test_a_folder_that_gives_no_package_is_refused(course):
    course.write("chapters/Appendix/01-two.md", HEAD)
    check(course, "1:1: the folder name 'Appendix' gives", "chapters/Appendix")


def test_a_chapter_that_hides_an_imported_package_is_refused(course):
    course.write(ONE, HEAD + fence("import torch.nn\n\ntorch.ones(3)"))
    course.write("chapters/1-part/02-torch.md", HEAD)
    message = "1:1: the name 'torch' hides the package that chapters import"
    check(course, message, "chapters/1-part/02-torch.md")


def test_other_files_and_hidden_ones_are_left_alone(course):
    course.write("chapters/1-part/figure.svg", "<svg/>")
    course.write("chapters/images/a.png", "")
    course.write("chapters/.obsidian/x.md", "")
    course.write("chapters/1-part/.02-draft.md", "")
    assert course.tangle().code == 0


def test_hyphens_become_underscores_and_numbers_vanish(tmp_path):
    course = Course(tmp_path)
    course.write("chapters/12-by-hand/07-two-words.md", HEAD + fence("A2 = 1"))
    assert course.tangle().code == 0
    files = course.generated()
    package = b'"""The chapters of chapters/12-by-hand."""\n'
    assert files["byhand/by_hand/__init__.py"] == package
    assert "byhand/by_hand/two_words.py" in files
    assert "notebooks/by-hand/two-words.ipynb" in files


@pytest.mark.parametrize(
    "taken", ["import data", "def data(): ...", "class data: ..."]
)
def test_an_experiment_may_not_hide_a_definition_or_an_import(taken):
    said = problems(HEAD + fence(taken) + fence("data = 1"))
    message = "the experiment sets 'data', which is defined or imported too"
    assert [message in problem for problem in said] == [True]
