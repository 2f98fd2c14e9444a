"""Expanded pipelines as YAML for people: no quotes that Azure Pipelines does not need, scripts as blocks."""

from typing import Any

import yaml

from operation.ado.nodes import Mapping, plain

WIDTH = 120


class _Dumper(yaml.SafeDumper):
    """To Azure Pipelines every scalar is text: `350` and `true` need no quotes."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  PyYAML's own way to say so


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)
_Dumper.ignore_aliases = lambda *_: True  # type: ignore[method-assign]  # what stands twice is written twice


def printed(pipeline: Mapping) -> str:
    """The YAML of an expanded pipeline."""
    return yaml.dump(plain(pipeline), Dumper=_Dumper, sort_keys=False, width=WIDTH, allow_unicode=True)
