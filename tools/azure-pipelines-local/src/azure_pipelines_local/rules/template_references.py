"""References to missing templates or undeclared parameters, also in branches not taken."""

from collections.abc import Iterator
from collections.abc import Mapping as Object
from pathlib import Path

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence
from azure_pipelines_local.errors import ExpressionError, PipelineError
from azure_pipelines_local.expansion.literals import fold_literals
from azure_pipelines_local.expansion.parameters import declarations
from azure_pipelines_local.expansion.positions import DATA, ITEMS, PIPELINE, child
from azure_pipelines_local.expansion.template_expressions import CONTEXTS, directive
from azure_pipelines_local.expansion.template_files import missing, resolve_reference
from azure_pipelines_local.expressions.syntax import Index, Literal, Name
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.rules.cases import SourceFile
from azure_pipelines_local.rules.source_expressions import source_expressions
from azure_pipelines_local.rules.walks import nodes

EXTENDS = "extends"
LISTS = {item: name for name, item in ITEMS.items()}


def bad_references(source: SourceFile) -> Iterator[Finding]:
    """Find literal references within the repository that expansion would refuse.

    Raises:
        PipelineError: something in the document is not a directive.
    """
    for reference in _references(source.document, PIPELINE):
        try:
            _refuse(reference, source.overview.documents, source.overview.root)
        except PipelineError as error:
            yield Finding.of(error)
    if isinstance(source.document, Mapping):
        yield from _undeclared(source.document, source.name in source.overview.entries)


def _undeclared(document: Mapping, entry: bool) -> Iterator[Finding]:
    """Find parameters that expressions name and the file does not declare: Azure DevOps minds where it reads one."""
    declared = declarations(fold_literals(document), entry)
    for expression, tree in source_expressions(document, CONTEXTS):
        for each in nodes(tree):
            if isinstance(each, Index) and isinstance(each.base, Name) and isinstance(each.key, Literal):
                name = str(each.key.value) if each.base.name == "parameters" else ""
                if problem := declared.undeclared(name) if name else "":
                    yield Finding.of(expression.error(ExpressionError(problem, each.position)))


def _refuse(reference: Mapping, templates: Object[str, Node], root: Path) -> None:
    """Raise PipelineError if the reference leads nowhere, or gives a parameter that is not declared there."""
    name, given = reference.find("template"), reference.find("parameters")
    if not isinstance(name, Scalar) or "${{" in name.text:
        return
    file = resolve_reference(name, name.place.file)
    template = templates.get(file)
    if "@" not in file and template is None and not (root / file).is_file():
        raise PipelineError(name.place, missing(file))
    if isinstance(template, Mapping) and isinstance(given, Mapping):
        literal = [key for key, _ in given.pairs if "${{" not in key.text]
        declarations(fold_literals(template), entry=False).refuse_others(literal)


def _references(node: Node, position: str) -> Iterator[Mapping]:
    """Yield the mappings with `template` where a template can stand; elsewhere they are data."""
    if isinstance(node, Sequence):
        for each in node.nodes:
            yield from _references(each, ITEMS.get(position, DATA))
    elif isinstance(node, Mapping):
        if position in (*LISTS, EXTENDS) and node.find("template") is not None:
            yield node
        for key, value in node.pairs:
            yield from _references(value, _below(position, key, value))


def _below(position: str, key: Scalar, value: Node) -> str:
    if directive(key):  # a list under it is one like that in which it stands
        return LISTS.get(position, position) if isinstance(value, Sequence) else position
    return EXTENDS if position == PIPELINE and key.text == EXTENDS else child(position, key.text)
