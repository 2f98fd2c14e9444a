"""Small pipelines, and what one check finds in them."""

from collections.abc import Callable, Iterator
from pathlib import Path

from operation.ado import documents, model
from operation.ado.checks.cases import Case, Sources
from operation.ado.findings import Finding
from operation.ado.nodes import Mapping


def findings(check: Callable[[Case], Iterator[Finding]], text: str, root: Path = Path()) -> list[str]:
    """What the check says of the pipeline `ci.yml`, each once."""
    document = documents.parse(text, "ci.yml")
    assert isinstance(document, Mapping)
    return list(dict.fromkeys(str(each) for each in check(Case(model.read(document), Sources(root)))))
