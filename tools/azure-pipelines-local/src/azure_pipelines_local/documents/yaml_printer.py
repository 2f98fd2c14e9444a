"""Print expanded pipelines as YAML: scripts as blocks, and quotes only where YAML would read something else."""

import re
from typing import Any

import yaml

from azure_pipelines_local.documents.nodes import Mapping, plain

WIDTH = 120
TEXT = "tag:yaml.org,2002:str"
# In an expanded pipeline every scalar is text, and these are the same text to all: `350` and `true` need no quotes.
UNQUOTED = {
    "tag:yaml.org,2002:int": re.compile(r"0|-?[1-9][0-9]*"),
    "tag:yaml.org,2002:bool": re.compile(r"true|false"),
}
NUMBER = re.compile(r"0o[0-7]+|[-+]?[0-9]+[eE][-+]?[0-9]+")  # in YAML 1.2, while PyYAML knows 1.1


class _Dumper(yaml.SafeDumper):
    """Quote the texts that PyYAML would read as something else."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Write what appears twice in full, twice."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    tag = next((tag for tag, pattern in UNQUOTED.items() if pattern.fullmatch(text)), TEXT)
    return dumper.represent_scalar(tag, text, style="|" if "\n" in text else "'" if NUMBER.fullmatch(text) else None)


_Dumper.add_representer(str, _text)


def to_yaml(pipeline: Mapping) -> str:
    """Write an expanded pipeline as YAML."""
    return yaml.dump(plain(pipeline), Dumper=_Dumper, sort_keys=False, width=WIDTH, allow_unicode=True)
