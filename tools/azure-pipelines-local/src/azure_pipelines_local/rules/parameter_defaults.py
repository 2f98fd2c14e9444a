"""Parameters of entry pipelines without a default."""

from collections.abc import Iterator

from azure_pipelines_local.documents.nodes import Mapping
from azure_pipelines_local.expansion.literals import fold_literals
from azure_pipelines_local.expansion.parameters import declarations
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.rules.cases import SourceFile


def missing_defaults(source: SourceFile) -> Iterator[Finding]:
    """Find parameters that whoever starts the pipeline must give, which schedules and triggers cannot.

    Raises:
        PipelineError: a declaration is wrong.
    """
    if source.name not in source.overview.entries or not isinstance(source.document, Mapping):
        return
    for each in declarations(fold_literals(source.document), entry=True).declared.values():
        if each.default is None and not each.allowed and each.type != "boolean":
            expected = "a default is expected, since schedules and triggers can give none"
            yield Finding(each.place, f"the parameter {each.name!r} has no default; {expected}.")
