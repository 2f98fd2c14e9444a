"""How an expanded pipeline is written for people and for other readers of YAML."""

import pytest
import yaml
from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.documents.nodes import Mapping
from azure_pipelines_local.documents.yaml_printer import to_yaml


def written(text: str) -> str:
    """How the text stands behind a key."""
    node = yaml_reader.parse("value: '" + text.replace("'", "''") + "'", "pipeline.yml")
    assert isinstance(node, Mapping)
    return to_yaml(node).removeprefix("value: ").removesuffix("\n")


@pytest.mark.parametrize(
    "text",
    ["3.11", "3.10", "True", "yes", "off", "null", "~", "2026-11-24", "0123", "0x1F", "12:30", "1_000", "1e3", "0o7"],
)
def test_what_yaml_would_read_as_something_else_is_quoted(text: str) -> None:
    assert written(text) == f"'{text}'"
    assert yaml.safe_load(written(text)) == text


@pytest.mark.parametrize(
    "text", ["true", "false", "0", "30", "-1", "main", "3.11.4", "ubuntu-24.04", "$(image)", "none"]
)
def test_what_is_the_same_text_to_every_reader_is_not(text: str) -> None:
    assert written(text) == text


def test_scripts_are_blocks() -> None:
    script = yaml_reader.parse('script: "one\\ntwo\\n"', "pipeline.yml")
    assert isinstance(script, Mapping)
    assert to_yaml(script) == "script: |\n  one\n  two\n"
