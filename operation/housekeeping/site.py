"""Build the documentation site in outputs/docs/html; check every link and docstring, and that it needs no network.

`nox -s docs` runs this, with Sphinx from a lock of its own. Where there is a Chromium, the home page is compared with
the picture of it that is kept; `-- --write-picture` keeps what it looks like now.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

from operation.errors import OperationError
from operation.housekeeping import docstrings, screenshots, site_pages
from operation.housekeeping.diagrams import BROWSERS

ROOT = Path(__file__).resolve().parents[2]
BUILT = Path("outputs", "docs")
SOURCE, HTML, DOCTREES, HOME = BUILT / "source", BUILT / "html", BUILT / "doctrees", BUILT / "home.png"
KEPT = Path("docs", "media", "site.png")
TOLERANCE = 2.5  # per cent of black, on average: a page more in the sidebar is .2, a page without its style 4
SPHINX = ("--quiet", "--no-color", "--keep-going", "--fail-on-warning")  # one process: two would copy the environment
MESSAGE = re.compile(r"(?P<file>[^:\n]+)(?::(?P<line>\d+))?: (?:WARNING|ERROR|CRITICAL|SEVERE): (?P<text>.*)")
CODE_PAGE = re.compile(r"/source/code/\w+/([\w.]+)\.md$")  # whose lines nobody edits
LAST_LINES = 15
REFERENCE = re.compile(r'<(?:a|img|script|link)\b[^>]*?\s(?:href|src)="([^"]*)"')
ANCHOR = re.compile(r'\s(?:id|name)="([^"]*)"')
ELSEWHERE = r"""(?:https?:)?//[^"')]*"""
LOADED = {  # what a page or a style loads by itself; a link waits for a click
    ".html": re.compile(rf'(?:<(?:script|img)\b[^>]*\ssrc|<link\b[^>]*\brel="stylesheet"[^>]*\shref)="({ELSEWHERE})"'),
    ".css": re.compile(rf"""(?:url\(|@import )["']?({ELSEWHERE})"""),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Build the site and check it; exit code 1 with a line for each fault."""
    arguments = parser().parse_args(argv)
    try:
        faults = find_faults(ROOT) or compare_home(ROOT, arguments.write_picture)
    except OperationError as error:
        faults = [str(error)]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def parser() -> argparse.ArgumentParser:
    """Return the command line of this module."""
    result = argparse.ArgumentParser(prog="nox -s docs --", description=__doc__, allow_abbrev=False)
    result.add_argument("--write-picture", action="store_true", help=f"keep what the home page looks like in {KEPT}")
    return result


def find_faults(root: Path) -> list[str]:
    """Build the site; return a line for each fault in the docstrings, for Sphinx, or else in what was built.

    Raises:
        OperationError: the pages are not complete, or Sphinx failed without a fault in one of them.
    """
    site = site_pages.gather(root)
    faults = [*wrong_docstrings(root)]
    write_sources(site, root / SOURCE)
    faults += run_sphinx(site)
    return faults or [*dead_references(root / HTML), *loaded_from_network(root / HTML)]


def wrong_docstrings(root: Path) -> Iterator[str]:
    """Yield a line for each docstring that the site would show wrongly."""
    for path in site_pages.packages(root):
        files = sorted((root / path).rglob("*.py")) if (root / path).is_dir() else [root / path]
        for file in (each for each in files if "tests" not in each.relative_to(root).parts):
            yield from (f"{file.relative_to(root).as_posix()}:{fault}" for fault in docstrings.faults(file))


def write_sources(site: site_pages.Site, folder: Path) -> None:
    """Make the folder hold the pages and what they link, and no more; Sphinx reads again what has changed alone."""
    wanted = {folder / name: text.encode() for name, text in site_pages.texts(site).items()}
    wanted |= {folder / name: (site.root / path).read_bytes() for path, name in site_pages.linked_files(site).items()}
    packages = {Path(path).stem for path in site_pages.packages(site.root)}
    for stale in (each for each in folder.rglob("*") if each.is_file() and each not in wanted):
        place = stale.relative_to(folder).parts
        if place[0] != "code" or place[1] not in packages:  # in a package's folder, autodoc2 deletes what is stale
            stale.unlink()
    for file, content in wanted.items():
        if not file.is_file() or file.read_bytes() != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


def run_sphinx(site: site_pages.Site) -> list[str]:
    """Let Sphinx write the pages; return a line for each of its warnings and errors.

    Raises:
        OperationError: it failed without any.
    """
    shutil.rmtree(site.root / HTML, ignore_errors=True)  # else deleted pages would stay
    folders = ("--conf-dir", "docs", "--doctree-dir", str(DOCTREES), str(SOURCE), str(HTML))
    command = [sys.executable, "-m", "sphinx", *SPHINX, *folders]
    done = subprocess.run(command, cwd=site.root, capture_output=True, text=True, check=False)
    faults = [*dict.fromkeys(messages(done.stderr, site))]
    if done.returncode and not faults:
        raise OperationError("\n".join(["Sphinx failed:", *done.stderr.splitlines()[-LAST_LINES:]]))
    return faults


def messages(printed: str, site: site_pages.Site) -> Iterator[str]:
    """Yield Sphinx's warnings and errors, each as one line that names the file which a person edits."""
    origins = {str(site.root / SOURCE / name): path for path, name in site.places.items()}
    for printed_line in printed.splitlines():
        if found := MESSAGE.fullmatch(printed_line):
            file = os.path.normpath(found["file"])
            line = f":{found['line']}" if found["line"] else ""
            if code := CODE_PAGE.search(file.replace(os.sep, "/")):
                yield f"the code of {code[1]}: {found['text']}"
            else:
                named = origins.get(file) or os.path.relpath(file, site.root).replace(os.sep, "/")
                yield f"{named}{line}: {found['text']}"
        elif printed_line.startswith(("WARNING: ", "ERROR: ")):
            yield printed_line.partition(": ")[2]


def dead_references(folder: Path) -> Iterator[str]:
    """Yield a line for each reference of a built page to a file or an anchor that the site does not have."""
    pages = {file: file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.html"))}
    anchors = {file: {unescape(name) for name in ANCHOR.findall(text)} for file, text in pages.items()}
    there = {file for file in folder.rglob("*") if file.is_file()}
    for file, text in pages.items():
        for reference in sorted(set(REFERENCE.findall(text))):
            parts = urlsplit(unescape(reference))
            if parts.scheme or parts.netloc:
                continue
            target = Path(os.path.normpath(file.parent / unquote(parts.path))) if parts.path else file
            known = anchors.get(target)
            if target not in there or (parts.fragment and known is not None and unquote(parts.fragment) not in known):
                yield f"{file.relative_to(folder).as_posix()}: {reference} leads nowhere in the site that was built."


def loaded_from_network(folder: Path) -> Iterator[str]:
    """Yield a line for each built page or style that loads something from another host."""
    for file in sorted(folder.rglob("*")):
        for address in LOADED[file.suffix].findall(file.read_text(encoding="utf-8")) if file.suffix in LOADED else ():
            yield f"{file.relative_to(folder).as_posix()} loads {address}, so it needs a network. Keep a copy in docs/."


def compare_home(root: Path, write: bool) -> list[str]:
    """Compare the home page with the picture of it that is kept, or keep a new one; return a line if it differs.

    Raises:
        OperationError: a new picture is asked for, and there is no Chromium.
    """
    home = root / HTML / "index.html"
    print(f"The site is ready: {home}")
    if not write and not any(map(shutil.which, BROWSERS)):
        print("There is no Chromium on PATH, so the home page is not compared with its picture.")
        return []
    screenshots.take(home, root / HOME)
    if write:
        shutil.copy(root / HOME, root / KEPT)
        print(f"Wrote {KEPT.as_posix()}. Look at it before you commit it.")
    elif not (root / KEPT).is_file():
        print(f"There is no {KEPT.as_posix()} to compare it with. Write one: nox -s docs -- --write-picture")
    elif (apart := screenshots.difference(root / HOME, root / KEPT)) > TOLERANCE:
        renew = "If it should look like that: nox -s docs -- --write-picture"
        return [f"{HOME.as_posix()} differs from {KEPT.as_posix()} by {apart:.1f} %, more than {TOLERANCE} %. {renew}"]
    return []


if __name__ == "__main__":
    raise SystemExit(main())
