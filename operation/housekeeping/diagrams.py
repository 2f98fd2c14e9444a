"""Draw the diagrams of the documentation: each `mermaid` block of a page becomes the picture above it.

`python -m operation.housekeeping.diagrams docs/solution_architecture.md` needs npm and Chromium; nothing else does: the
pictures are committed, and a test compares the hash that each carries with the text it was made from.
"""

import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from operation.errors import OperationError

MERMAID = "mermaid@12.3.0"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SECONDS = 60
DIAGRAM = re.compile(r"^!\[[^\]]*\]\((\S+\.svg)\)$.*?^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)

LOOK = Path(__file__).parents[2] / "docs" / "media" / "mermaid.json"
PAGE = """<!doctype html><meta charset="utf-8"><body><script src="{script}"></script><script>
mermaid.initialize({look});
mermaid.render("diagram", {text}).then(
  ({{svg}}) => new DOMParser().parseFromString(svg, "text/html").querySelector("svg")
).then(
  element => new XMLSerializer().serializeToString(element),
  error => "failed: " + error.message
).then(result => {{ document.body.textContent = "[[" + result + "]]"; }});
</script>"""


@dataclass(frozen=True)
class Diagram:
    """The text of a diagram, and the picture drawn from it."""

    text: str
    picture: Path

    @property
    def mark(self) -> str:
        """Return the comment in the picture that identifies the text, tool and look it was drawn from."""
        content = "\n".join([self.text, MERMAID, LOOK.read_text(encoding="utf-8")])
        return (
            f"<!-- made by operation/housekeeping/diagrams.py from {hashlib.sha256(content.encode()).hexdigest()} -->"
        )

    def is_current(self) -> bool:
        """Say whether the picture exists, and was drawn from this text."""
        return self.picture.is_file() and self.mark in self.picture.read_text(encoding="utf-8")


def diagrams(page: Path) -> Iterator[Diagram]:
    """Yield the diagrams of a page: a picture, and below it, before the next one, its text."""
    for link, text in DIAGRAM.findall(page.read_text(encoding="utf-8")):
        yield Diagram(text, page.parent / link)


def draw(diagram: Diagram, script: Path, browser: str) -> None:
    """Draw the picture with `script`, which is Mermaid's.

    Mermaid measures labels, so it needs a browser: the page leaves the SVG as text, for --dump-dom.
    """
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text(
            PAGE.format(script=script.as_uri(), look=LOOK.read_text(encoding="utf-8"), text=json.dumps(diagram.text))
        )
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder}",
            "--virtual-time-budget=9000",
        ]
        command = [browser, *options, "--dump-dom", page.as_uri()]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True).stdout
    found = re.search(r"\[\[(<svg.*)\]\]", html.unescape(shown), re.DOTALL)
    if not found:
        raise OperationError(f"{diagram.picture.name} could not be drawn: {shown[-400:]}")
    white = found[1].replace("background-color: transparent", "background-color: white")
    kept = white.replace("<svg ", '<svg xml:space="preserve" ', 1)  # else some viewers drop the spaces of labels
    diagram.picture.write_text(f"{diagram.mark}\n{kept}\n", encoding="utf-8")


def find_browser() -> str:
    """Return the path of a Chromium; raises OperationError if there is none."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise OperationError(f"No browser was found on PATH, of {', '.join(BROWSERS)}: install Chromium.")


def bring_mermaid(folder: Path) -> Path:
    """Install Mermaid into the folder with npm, and return its script."""
    npm = shutil.which("npm")
    if not npm:
        raise OperationError("npm was not found on PATH: install Node.js.")
    command = [
        npm,
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--prefix",
        os.fspath(folder),
        MERMAID,
    ]
    subprocess.run(command, check=True)
    return folder / "node_modules" / "mermaid" / "dist" / "mermaid.min.js"


def main(argv: Sequence[str]) -> int:
    """Draw the outdated pictures of the given pages."""
    outdated = [each for page in argv for each in diagrams(Path(page)) if not each.is_current()]
    with tempfile.TemporaryDirectory() as folder:
        script = bring_mermaid(Path(folder)) if outdated else Path()
        for diagram in outdated:
            draw(diagram, script, find_browser())
            print(f"{diagram.picture} drawn")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
