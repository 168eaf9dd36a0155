"""How long the site takes: `python tests/benchmark_site.py`.

CPU seconds (user and system, with all processes) on the course of
make_corpus.py after its run, beside plain MkDocs with mkdocs-jupyter on the
same chapters as notebooks. The preview is measured in seconds from saving a
file to its page.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmark_tangle import TANGLE, cpu_seconds
from make_corpus import make

SAVES = 10
PLAIN = """
site_name: plain
theme: material
plugins:
  - mkdocs-jupyter
"""


def clear(folder: Path, *names: str) -> None:
    for name in names:
        shutil.rmtree(folder / "build" / name, ignore_errors=True)


def edit(path: Path, words: str) -> None:
    """Change the prose of a chapter, and nothing that runs."""
    text = path.read_text("utf-8")
    path.write_text(text.rstrip() + f"\n\n{words}\n", "utf-8")


def cold(folder: Path) -> float:
    """The site after `run`: nothing is woven, no page is rendered."""
    clear(folder, "site", "cache/views")
    for name in ("woven.json", "katex.json"):
        (folder / "build" / "cache" / name).unlink(missing_ok=True)
    return cpu_seconds(folder, str(TANGLE), "site")


def views(folder: Path) -> float:
    """Only the views of the notebooks, by mkdocs-jupyter as it is set up."""
    code = "import sys; sys.path.insert(0, sys.argv[1])\n"
    code += "from press.site.views import share_exporters\n"
    code += "from mkdocs_jupyter import convert, plugin\n"
    code += "share_exporters()\n"
    code += "for path in sys.argv[2:]:\n"
    code += "    convert.nb2html(path, allow_errors=False, no_prompt=True)\n"
    code += "    plugin._get_nb_toc_tokens(path, 6)\n"
    paths = sorted((folder / "build/docs/notebooks").glob("*/*.ipynb"))
    return cpu_seconds(
        folder, "-c", code, str(TANGLE.parent), *map(str, paths)
    )


def shorter(folder: Path) -> float:
    """The same for notebooks a third as long, without outputs."""
    for path in (folder / "build/docs/notebooks").glob("*/*.ipynb"):
        notebook = json.loads(path.read_text("utf-8"))
        cells = notebook["cells"]
        notebook["cells"] = cells[: len(cells) // 3]
        for cell in notebook["cells"]:
            if "outputs" in cell:
                cell["outputs"] = []
        path.write_text(json.dumps(notebook), "utf-8")
    return views(folder)


def plain(folder: Path) -> float:
    """`mkdocs build` with mkdocs-jupyter on the chapters' notebooks."""
    target = folder / "plain"
    shutil.copytree(folder / "build" / "notebooks", target / "docs")
    (target / "docs" / "index.md").write_text("# Plain\n", "utf-8")
    (target / "mkdocs.yml").write_text(PLAIN, "utf-8")
    return cpu_seconds(target, "-m", "mkdocs", "build", "--quiet")


def latencies(folder: Path, path: Path) -> list[float]:
    """Seconds from a save to its page, in the preview."""
    command = [sys.executable, str(TANGLE), "serve", "--port", "0"]
    preview = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, text=True
    )
    address = preview.stdout.readline().split()[0]
    page = f"{address}/{path.parent.name[2:]}/{path.stem[3:]}/"
    try:
        wait(page, "<article")
        return [save(path, page, f"Words {time.time()}") for _ in range(SAVES)]
    finally:
        preview.kill()
        preview.wait()


def save(path: Path, page: str, words: str) -> float:
    time.sleep(1)
    edit(path, words)
    start = time.monotonic()
    wait(page, words)
    return time.monotonic() - start


def wait(page: str, words: str) -> None:
    while True:
        try:
            with urllib.request.urlopen(page) as answer:
                if words in answer.read().decode():
                    return
        except OSError:
            pass
        time.sleep(0.02)


def show(name: str, seconds: float, bar: float | None = None) -> None:
    goal = f"   at most {bar:g}" if bar else ""
    print(f"{name:34} {seconds:6.2f} s{goal}", flush=True)


def measure(folder: Path) -> None:
    """Print one line for each way to the site, with its bar."""
    paths = make(folder)
    cpu_seconds(folder, str(TANGLE), "run")
    with_views = cold(folder)
    alone = views(folder)
    show("cold, without views", with_views - alone, 25)
    show("cold, with views", with_views, 45)
    show("views alone", alone, 20)
    show("unchanged", cpu_seconds(folder, str(TANGLE), "site"), 3)
    edit(paths[30], "One more sentence.")
    show("one prose edit", cpu_seconds(folder, str(TANGLE), "site"), 5)
    times = latencies(folder, paths[31])
    show(f"preview, median of {SAVES}", statistics.median(times), 2)
    show("mkdocs build, mkdocs-jupyter", plain(folder))
    show("views a third as long", shorter(folder))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        measure(Path(temporary))
