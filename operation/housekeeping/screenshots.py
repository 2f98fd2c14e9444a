"""Take pictures of pages in headless Chromium, and say how far two pictures are apart.

Pillow is imported where it is used: only the environment of `nox -s docs` is sure to have it.
"""

import subprocess
import tempfile
from pathlib import Path

from operation.errors import OperationError
from operation.housekeeping.diagrams import find_browser

WIDTH, HEIGHT = 1280, 1600  # pixels
BLOCKS = (32, 40)  # in which pictures are compared: letters of another font do not count, a missing style does
COLOURS = 128  # of a kept picture, which is a quarter of the size then
SECONDS, TRIES = 40, 3  # now and then, Chromium hangs
WHOLE, BUDGET = "--run-all-compositor-stages-before-draw", 5000  # ms; else a busy machine's picture lacks a part
WHITE = 255
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")


def take(page: Path, picture: Path) -> None:
    """Write the picture of a page as a browser of WIDTH by HEIGHT pixels shows it, as PNG.

    Raises:
        OperationError: there is no Chromium, or it took no picture.
    """
    browser = find_browser()
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.unlink(missing_ok=True)
    asked = [*OPTIONS, WHOLE, f"--virtual-time-budget={BUDGET}", f"--window-size={WIDTH},{HEIGHT}"]
    for left in reversed(range(TRIES)):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # Chromium's children end after it
            command = [browser, *asked, f"--user-data-dir={folder}", f"--screenshot={picture}", page.as_uri()]
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
                break
            except subprocess.TimeoutExpired as error:
                if not left:
                    raise OperationError(
                        f"{browser} took no picture of {page} within {SECONDS} s, {TRIES} times."
                    ) from error
    if not picture.is_file():
        raise OperationError(f"{browser} took no picture of {page}: {done.stderr.strip()[-400:]}")
    shrink(picture)


def shrink(picture: Path) -> None:
    """Write the picture again in the few colours of those that are kept."""
    from PIL import Image

    with Image.open(picture) as read:
        shrunk = read.convert("RGB").quantize(COLOURS)
    shrunk.save(picture, optimize=True)


def difference(one: Path, other: Path) -> float:
    """Return the mean difference of two pictures in shades of grey, in per cent of black; 100 for other sizes."""
    from PIL import Image, ImageChops, ImageStat

    with Image.open(one) as first, Image.open(other) as second:
        if first.size != second.size:
            return 100.0
        small = [each.convert("L").resize(BLOCKS, Image.Resampling.BOX) for each in (first, second)]
    return ImageStat.Stat(ImageChops.difference(*small)).mean[0] / WHITE * 100
