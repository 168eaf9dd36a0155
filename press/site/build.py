"""The website: MkDocs in this process, which renders the pages that changed.

A site holds a stamp of all that it was made of. The next one is made beside
it, of its pages as far as they are still right, and takes its place whole.
"""

import json
import os
import shutil
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from press.layout import ROOT, WEB
from press.problems import Refused
from press.read.chapter import digest
from press.site.assets import own_hashes
from press.weave.cards import part_pages, plain
from press.weave.links import page_path
from press.weave.packages import install_packages, lock_hash
from press.weave.weave import press_hash
from press.write.manifest import Manifest
from press.write.tangle import Course
from press.write.transaction import own, reporting, scratch, swap

STAMP = ".stamp.json"
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
        site, new = own(out, "site"), stamp(course, out)
        old = _read(site / STAMP)
        if old == new:
            return site
        from press.site.render import render  # it imports half a second

        install_packages()
        draft, views = scratch(out) / "site", out / "cache" / "views"
        if old.get("tools") != new["tools"]:
            shutil.rmtree(views, ignore_errors=True)
        part = old.get("frame") == new["frame"]
        if part:
            _copy(site, draft, old["files"], new["files"])
        complaints = render(course, out, draft, navigation(course), part)
        if complaints and strict:
            raise Refused(f"the site is not built:\n{complaints}")
        if part:
            _merge_index(site / INDEX, draft / INDEX)
        (draft / STAMP).write_text(json.dumps(new), "utf-8")
        swap(out, draft, site)
        shutil.rmtree(draft.parent, ignore_errors=True)
    return site


def stamp(course: Course, out: Path) -> dict:
    """What a site is made of: files, what frames every page, and tools."""
    manifest = Manifest.load(out)
    files = {
        path.removeprefix("docs/"): manifest.files[path][0]
        for path in sorted(manifest.below("docs"))
    }
    tools = [press_hash(), *map(version, TOOLS)]
    settings = [ROOT / "mkdocs.yml"]
    settings += sorted((WEB / "overrides").rglob("*.html"))
    frame = [path.read_text("utf-8") for path in settings]
    frame += [json.dumps(navigation(course)), lock_hash()]
    frame += [os.environ.get("SITE_URL", "")]
    return {
        "tools": digest("\0".join(tools)),
        "frame": digest("\0".join(tools + frame)),
        "files": files | own_hashes(),
    }


def navigation(course: Course) -> list:
    """From the folders and the headings, in reading order."""
    parts = list(part_pages(course).values())[1:]
    found: list = [{"Home": "index.md"}]
    for page, facts in parts:
        pages = [(page, facts)]
        pages += [
            c for c in course.chapters.values() if c[0].part == page.part
        ]
        inside = [{plain(f.title): page_path(s)} for s, f in pages]
        found.append({plain(facts.title): inside})
    return found


def _read(path: Path) -> dict:
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


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
    before, after = (json.loads(p.read_text("utf-8")) for p in (old, new))
    fresh = _by_page(after["docs"])
    after["docs"] = [
        entry
        for page, entries in _by_page(before["docs"]).items()
        for entry in fresh.get(page, entries)
    ]
    new.write_text(json.dumps(after, separators=(",", ":")), "utf-8")


def _by_page(entries: list[dict]) -> dict[str, list[dict]]:
    pages: dict[str, list[dict]] = {}
    for entry in entries:
        page = entry["location"].partition("#")[0]
        pages.setdefault(page, []).append(entry)
    return pages
