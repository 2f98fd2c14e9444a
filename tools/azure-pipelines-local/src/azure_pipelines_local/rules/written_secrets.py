"""Secrets where others can read them."""

import re
from collections.abc import Iterator

from azure_pipelines_local.documents.nodes import Mapping, Scalar, Sequence
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.model import Step, Variable
from azure_pipelines_local.rules.cases import Case, SourceFile
from azure_pipelines_local.rules.macro_values import MACRO
from azure_pipelines_local.rules.script_lines import TEXTS, script_lines

NAMES = r"pass(?:word|wd)|pwd|secret|token|credential|api.?key|account.?key|sig=|connection.?string"
WORDS = re.compile(rf"{NAMES}|(?<![a-z])(?:pat|sas)(?![a-z])", re.IGNORECASE)
OPTION = re.compile(rf"(?:^|\s)--?([\w.-]{{0,60}}(?:{WORDS.pattern})[\w.-]{{0,60}})[\s=:]+([^\s-]\S*)", re.IGNORECASE)
NO_SECRET = ("boolean", "number")  # types of parameters
EXPECTED = "map it into `env:` of the one step that reads it"


def secrets_in_scripts(case: Case) -> Iterator[Finding]:
    """Find words of secrets on command lines, which logs and lists of processes show."""
    for line in script_lines(case):
        if found := WORDS.search(line.text):
            yield Finding(line.place, f"a secret on a command line ({found[0]!r} in {line.text!r:.200}); {EXPECTED}.")


def written_secrets(case: Case) -> Iterator[Finding]:
    """Find variables, `env:` and options in inputs that are called like secrets and hold more than `$(name)`."""
    for scope in case.scopes:
        for level in scope.levels:
            for each in level:
                if isinstance(each, Variable):
                    yield from _written(each.name, each.value)
    for _, step in case.steps:
        for entry in step.env:
            yield from _written(entry.name.text, entry.value)
        for text in _settings(step):
            yield from (found for name, value in OPTION.findall(text.text) for found in _suspect(name, value, text))


def written_defaults(source: SourceFile) -> Iterator[Finding]:
    """Find parameters of a source that are called like secrets and have a default."""
    node = source.document.find("parameters") if isinstance(source.document, Mapping) else None
    for each in node.nodes if isinstance(node, Sequence) else ():
        name, kind, default = (
            each.find(key) if isinstance(each, Mapping) else None for key in ("name", "type", "default")
        )
        no_secret = isinstance(kind, Scalar) and kind.text in NO_SECRET
        if isinstance(name, Scalar) and isinstance(default, Scalar) and not no_secret:
            yield from _written(name.text, default)


def _settings(step: Step) -> Iterator[Scalar]:
    """Yield the inputs that are not scripts, which another rule looks at."""
    scripts = [each.lower() for each in TEXTS]
    return (each.value for each in step.inputs if each.name.text.lower() not in scripts)


def _written(name: str, value: Scalar) -> Iterator[Finding]:
    if WORDS.search(name) and not value.text.startswith("$["):
        yield from _suspect(name, value.text, value)


def _suspect(name: str, value: str, text: Scalar) -> Iterator[Finding]:
    if MACRO.sub("", value).strip(" '\""):
        yield Finding(text.place, f"{name!r} looks like a secret written here; keep it in a variable group.")
