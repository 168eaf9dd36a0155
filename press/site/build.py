"""The website: MkDocs in this process, which renders the pages that changed.

A site holds a stamp of all that it was made of. The next one is made beside
it, of its pages as far as they are still right, and takes its place whole.
"""

import json
import os
import re
import shutil
from importlib.metadata import version
from itertools import groupby
from pathlib import Path, PurePosixPath

from press.layout import ROOT, WEB
from press.problems import Refused
from press.read.facts import digest
from press.site.assets import own_hashes
from press.weave.cards import part_pages, plain
from press.weave.links import page_path
from press.weave.packages import install_packages, lock_hash
from press.weave.weave import press_hash, stored
from press.write.manifest import Manifest
from press.write.tangle import Course
from press.write.transaction import own, reporting, scratch, swap

STAMP = ".stamp.json"
NOTHING = {"tools": "", "frame": "", "files": {}}
INDEX = Path("search", "search_index.json")
TOOLS = ["mkdocs", "mkdocs-material", "mkdocs-jupyter", "nbconvert"]
TOOLS += ["Markdown", "pymdown-extensions", "Pygments"]


def build_site(
    course: Course, out: Path | None = None, strict: bool = True
) -> Path:
    """Render `out`/docs to `out`/site; the site's folder.

    Raises Refused with MkDocs' own words where it is not content, unless it
    is not to be `strict`; the site is then the one that it was.
    """
    out = out or course.build
    with reporting(out):
        site, nav = own(out, "site"), navigation(course)
        old, new = NOTHING | stored(site / STAMP), stamp(out, nav)
        if old == new:
            return site
        from press.site.render import render  # it imports half a second

        install_packages()
        draft, part = scratch(out) / "site", old["frame"] == new["frame"]
        if old["tools"] != new["tools"]:
            shutil.rmtree(out / "cache" / "views", ignore_errors=True)
        if part:
            _copy(site, draft, old["files"], new["files"])
        words = render(out, draft, nav, part)
        if words and strict:
            words = _by_chapter(course, words)
            raise Refused(f"the site is not built:\n{words}")
        if part:
            _merge_index(site / INDEX, draft / INDEX)
        (draft / STAMP).write_text(json.dumps(new), "utf-8")
        swap(out, draft, site)
    return site


def stamp(out: Path, nav: list) -> dict:
    """What a site is made of: tools, what frames every page, and files."""
    manifest = Manifest.load(out)
    docs = sorted(manifest.listed("docs"))
    files = {p.removeprefix("docs/"): manifest.files[p][0] for p in docs}
    tools = digest("\0".join([press_hash(), *map(version, TOOLS)]))
    frame = [tools, json.dumps(nav), lock_hash()]
    frame += [os.getenv(name, "") for name in ("SITE_URL", "REPO_URL")]
    paths = [ROOT / "mkdocs.yml", *sorted(WEB.glob("overrides/**/*.*ml"))]
    frame += [path.read_text("utf-8") for path in paths]
    files |= own_hashes()
    return {"tools": tools, "frame": digest("\0".join(frame)), "files": files}


def navigation(course: Course) -> list:
    """From the folders and the headings, in reading order."""
    found: list = [{"Home": "index.md"}]
    for page, facts in list(part_pages(course).values())[1:]:
        pages = [c for c in course.chapters.values() if c[0].part == page.part]
        pages = [(page, facts), *pages]
        inside = [{plain(f.title): page_path(s)} for s, f in pages]
        found.append({plain(facts.title): inside})
    return found


def _copy(site: Path, draft: Path, old: dict, new: dict) -> None:
    """Copy what is still right; MkDocs makes what is missing.

    A copy is younger than what it was made of, so MkDocs leaves it alone.
    """
    shutil.copytree(site, draft, copy_function=shutil.copyfile)
    for path in old.keys() | new.keys():
        if old.get(path) != new.get(path):
            (draft / _target(path)).unlink(missing_ok=True)


def _target(path: str) -> PurePosixPath:
    """Where on the site a file of build/docs goes."""
    file = PurePosixPath(path)
    if file.suffix != ".md" and file.parts[0] != "notebooks":
        return file
    folder = "" if file.stem == "index" else file.stem
    return file.parent / folder / "index.html"


def _merge_index(old: Path, new: Path) -> None:
    """Add what the last search index says of pages that stayed."""

    def page(entry: dict) -> str:
        return entry["location"].partition("#")[0]

    before, after = (json.loads(p.read_text("utf-8")) for p in (old, new))
    fresh = {name: list(part) for name, part in groupby(after["docs"], page)}
    parts = groupby(before["docs"], page)
    after["docs"] = [e for name, part in parts for e in fresh.get(name, part)]
    new.write_text(json.dumps(after, separators=(",", ":")), "utf-8")


def _by_chapter(course: Course, words: str) -> str:
    """The words with chapters in place of the pages made of them."""
    pages = [*part_pages(course).values(), *course.chapters.values()]
    labels = {page_path(source): source.label for source, _ in pages}
    return re.sub(r"'([^'\n]+)'", lambda m: labels.get(m[1], m[0]), words)
