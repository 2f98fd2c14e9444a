"""Compare what a page looks like in headless Chromium with the picture of it that is kept in docs/media."""

import re
import shutil
from pathlib import Path

import pytest

from operation.housekeeping.diagrams import BROWSERS
from operation.housekeeping.screenshots import difference, take
from operation.tools import ROOT

MEDIA = ROOT / "docs" / "media"
TOLERANCE = 0.4  # per cent of black on average: without its style a page differs by twice as much, or more
needs_browser = pytest.mark.skipif(not any(map(shutil.which, BROWSERS)), reason="there is no Chromium")


def check_picture(page: str, name: str, folder: Path) -> None:
    """Assert that the HTML looks as docs/media/NAME does, and would not without its style; pictures go to `folder`."""
    for kind, text in {"styled": page, "bare": re.sub("<style>.*?</style>", "", page, flags=re.DOTALL)}.items():
        (folder / f"{kind}.html").write_text(text, encoding="utf-8")
        take(folder / f"{kind}.html", folder / f"{kind}.png")
    check_alike(folder / "styled.png", name)
    assert difference(folder / "bare.png", MEDIA / name) > TOLERANCE


def check_alike(picture: Path, name: str, tolerance: float = TOLERANCE) -> None:
    """Assert that the picture looks as docs/media/NAME does; `tolerance` in per cent of black, on average."""
    apart = difference(picture, MEDIA / name)
    assert apart <= tolerance, f"If it should look like that: cp {picture} {MEDIA / name}"
