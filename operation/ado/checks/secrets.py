"""Secrets where others can read them."""

import re
from collections.abc import Iterator

from operation.ado.checks.cases import Case
from operation.ado.checks.scripts import script_lines
from operation.ado.checks.values import MACRO
from operation.ado.findings import Finding
from operation.ado.model import Variable
from operation.ado.nodes import Scalar

WORDS = re.compile(r"(?i)pass(word|wd)|pwd|secret|token|credential|api.?key|account.?key|sig=|connection.?string")
EXPECTED = "map it into `env:` of the one step that reads it"


def secrets_in_scripts(case: Case) -> Iterator[Finding]:
    """Words of secrets on command lines, which logs and lists of processes show."""
    for line in script_lines(case):
        if found := WORDS.search(line.text):
            yield Finding(line.place, f"a secret on a command line ({found[0]!r} in {line.text!r:.200}); {EXPECTED}.")


def written_secrets(case: Case) -> Iterator[Finding]:
    """Variables and `env:` that are called like secrets and hold a value, not `$(name)` of a variable group."""
    for scope in case.scopes:
        for level in scope.levels:
            for each in level:
                if isinstance(each, Variable):
                    yield from _written(each.name, each.value)
    for _, step in case.steps:
        for entry in step.env:
            yield from _written(entry.name.text, entry.value)


def _written(name: str, value: Scalar) -> Iterator[Finding]:
    if WORDS.search(name) and value.text and not MACRO.search(value.text) and not value.text.startswith("$["):
        yield Finding(value.place, f"{name!r} looks like a secret that stands here; keep it in a variable group.")
