"""The website: navigation, MkDocs, and the last pass over its pages."""

import json
import os
import subprocess
import sys
from pathlib import Path

from press.layout import ROOT
from press.problems import Refused
from press.site.assets import build_assets
from press.site.polish import polish
from press.weave.cards import part_pages, plain
from press.weave.links import page_path
from press.write.tangle import Course
from press.write.transaction import own, reporting


def build_site(course: Course) -> Path:
    """Render build/docs to build/site; the site's folder.

    Raises Refused with MkDocs' own words where a link or a page is broken.
    """
    build = course.build.resolve()
    build_assets(ROOT, own(build, "docs/assets"))
    own(build, "site")
    config = own(build, "mkdocs.yml")
    with reporting(build):
        config.write_text(mkdocs_config(course), "utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    done = subprocess.run(
        [*command, "-f", str(config)],
        cwd=ROOT,
        env=dict(os.environ, PYTHONPATH=str(ROOT), NO_MKDOCS_2_WARNING="1"),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Refused(f"the site is not built:\n{done.stdout}{done.stderr}")
    polish(build / "site")
    return build / "site"


def mkdocs_config(course: Course) -> str:
    """build/mkdocs.yml: the root's settings, the folders and the pages."""
    build = course.build.resolve()
    inherit = os.path.relpath(ROOT / "mkdocs.yml", build)
    overrides = os.path.relpath(ROOT / "web" / "overrides", build)
    lines = [
        f"INHERIT: {json.dumps(inherit)}",
        "docs_dir: docs",
        "site_dir: site",
        f"theme: {json.dumps({'custom_dir': overrides})}",
        f"nav: {json.dumps(navigation(course))}",
    ]
    return "\n".join(lines) + "\n"


def navigation(course: Course) -> list:
    """From the folders and the headings, in reading order."""
    pages: dict[str, list] = {}
    for source, facts in course.chapters.values():
        entry = {plain(facts.title): page_path(source)}
        pages.setdefault(source.part, []).append(entry)
    parts = [
        {plain(facts.title): [page_path(source), *pages[part]]}
        for part, (source, facts) in part_pages(course).items()
    ]
    return [{"Home": "index.md"}, *parts]
