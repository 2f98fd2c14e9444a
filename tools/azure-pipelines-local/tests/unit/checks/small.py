"""Small pipelines, and what one check finds in them."""

from collections.abc import Callable, Iterator
from pathlib import Path

from azure_pipelines_local import documents, model
from azure_pipelines_local.checks.cases import Case, Sources
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.nodes import Mapping


def findings(check: Callable[[Case], Iterator[Finding]], text: str, root: Path = Path()) -> list[str]:
    """What the check says of the pipeline `ci.yml`, each once."""
    document = documents.parse(text, "ci.yml")
    assert isinstance(document, Mapping)
    return list(dict.fromkeys(str(each) for each in check(Case(model.read(document), Sources(root)))))
