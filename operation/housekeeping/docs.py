"""`invoke docs`: build the documentation site, and open it in a browser."""

import webbrowser

from operation import console
from operation.errors import OperationError
from operation.housekeeping.sessions import ROOT, run

HOME = ROOT / "outputs" / "docs" / "html" / "index.html"


def build(opened: bool) -> None:
    """Build the site by its nox session, which prints what is wrong; open its home page if that is asked for.

    Raises:
        OperationError: a page is wrong, or there is no browser: said before the build, which takes a minute.
    """
    browser = _find_browser() if opened else None
    run("docs")
    if browser and not browser.open(HOME.as_uri()):
        raise OperationError(f"The browser did not open. Open the site yourself: {HOME}")
    console.say(f"Documentation  {HOME}")


def _find_browser() -> webbrowser.BaseBrowser:
    try:
        return webbrowser.get()
    except webbrowser.Error as error:
        message = "--open: no browser was found; set BROWSER to the command of one, or leave out --open."
        raise OperationError(message) from error
