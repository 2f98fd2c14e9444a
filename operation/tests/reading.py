"""Show which files tests really open, although `invoke affected` would not run them after a change of those files.

A plugin of pytest for those who change `operation/execution/affected/reads.py`. It sees this process alone, so without
`--numprocesses`: `python -m pytest -p operation.tests.reading operation/tests/unit`.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from operation.execution.affected.affected import ROOT
from operation.execution.affected.changes import MODIFIED, Changes
from operation.execution.affected.decision import Decider
from operation.execution.affected.references import References

OPENED: dict[str, set[str]] = {}
BYTECODE = re.compile(r"__pycache__/(\w+)\.[\w.-]+\.pyc[.\d]*$")
INSIDE = f"{ROOT}{os.sep}"


class Recorder:
    """Notes what is opened while a test file is collected or run."""

    def __init__(self) -> None:
        """Nothing is collected yet."""
        self.test = ""

    def hear(self, event: str, given: tuple[object, ...]) -> None:
        """Note a file inside the repository: a hook of Python's audit."""
        if event == "open" and self.test and isinstance(given[0], str):
            path = os.path.abspath(given[0])  # noqa: PTH100  (a Path would be opened anew for each event)
            if path.startswith(INSIDE):
                OPENED.setdefault(self.test, set()).add(BYTECODE.sub(r"\1.py", path[len(INSIDE) :]))


RECORDER = Recorder()
sys.addaudithook(RECORDER.hear)


@pytest.hookimpl(tryfirst=True)
def pytest_collectstart(collector: pytest.Collector) -> None:
    """A file of tests is imported next."""
    RECORDER.test = str(collector.path) if isinstance(collector, pytest.Module) else ""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """A test begins; fixtures that it shares count as those of the first that asks."""
    RECORDER.test = str(item.path)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was opened unexpectedly."""
    RECORDER.test = ""
    found = list(unexpected(OPENED))
    terminalreporter.write_sep("=", f"{len(found)} files opened that no change of would run the test")
    for test, file in found:
        terminalreporter.write_line(f"{test} opens {file}")


def unexpected(opened: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Yield tests with the tracked files that they opened and that, says the decision, they do not depend on."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    tree = frozenset(subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"))
    references = References(ROOT, tree - {""})
    readers: dict[str, list[str]] = {}
    for test, files in opened.items():
        for file in files & tree:
            readers.setdefault(file, []).append(os.path.relpath(test, ROOT))
    for file, tests in sorted(readers.items()):
        decider = Decider(Changes("", "", {file: MODIFIED}, frozenset(), references.tree), references)
        yield from ((test, file) for test in tests if not decider.basis and not decider.test(test))
