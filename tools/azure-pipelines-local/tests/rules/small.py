"""Small pipelines, and what one check finds in them."""

from collections.abc import Callable, Iterator
from pathlib import Path

from azure_pipelines_local import model
from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.documents.nodes import Mapping
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.rules.cases import Case, Overview, SourceFile, Sources


def findings(check: Callable[[Case], Iterator[Finding]], text: str, root: Path = Path()) -> list[str]:
    """What the check says of the pipeline `ci.yml`, each once."""
    document = yaml_reader.parse(text, "ci.yml")
    assert isinstance(document, Mapping)
    return list(dict.fromkeys(str(each) for each in check(Case(model.read(document), Sources(root)))))


def source(text: str) -> SourceFile:
    """The file `p.yml`, the only one there is."""
    document = yaml_reader.parse(text, "p.yml")
    return SourceFile("p.yml", document, text.splitlines(), Overview(Path(), {"p.yml": document}, ["p.yml"]))
