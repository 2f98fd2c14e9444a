"""Failures that are ignored and steps that are disabled: each needs a comment that says why."""

import re
from collections.abc import Iterator

from azure_pipelines_local.documents import nodes
from azure_pipelines_local.documents.nodes import Node, Scalar
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.model.fields import FALSE
from azure_pipelines_local.rules.cases import SourceFile

SAYS = {"continueOnError": "a failure is ignored", "enabled": "a step never runs"}
SETTINGS = ("inputs", "env", "variables", "matrix", "resources", "trigger", "pr", "schedules")  # no steps in them
COMMENT = re.compile(r"(?:^|\s)#")


def unexplained(source: SourceFile) -> Iterator[Finding]:
    """Find keys that pass over failures or switch a step off, without a comment beside or right above them."""
    for key in _accepted(source.document, under=""):
        *before, line = source.lines[: key.place.line]
        if not COMMENT.search(line, key.place.column) and not (before and before[-1].strip().startswith("#")):
            said = SAYS[key.text]
            expected = "a comment with the reason is expected beside it"
            yield Finding(key.place, f"`{key.text}`: {said}, and nobody knows why; {expected}.")


def _accepted(node: Node, under: str) -> Iterator[Scalar]:
    if isinstance(node, nodes.Sequence):
        for each in node.nodes:
            yield from _accepted(each, "")
    elif isinstance(node, nodes.Mapping):
        for key, value in node.pairs:
            if under != "parameters" and _accepts(key.text, value):
                yield key
            if key.text.lower() not in SETTINGS:
                yield from _accepted(value, key.text.lower())


def _accepts(key: str, value: Node) -> bool:
    if key not in SAYS or not isinstance(value, Scalar) or not value.text:
        return False
    return (value.text.lower() in FALSE) == (key == "enabled")
