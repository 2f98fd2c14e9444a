"""`${{ variables.name }}`: known when a pipeline is compiled, or empty without a word."""

from collections.abc import Iterator
from functools import lru_cache

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence
from azure_pipelines_local.expansion.template_expressions import CONTEXTS, Expression
from azure_pipelines_local.expressions.syntax import Index, Literal, Name
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.model.fields import nearest
from azure_pipelines_local.rules import predefined_names
from azure_pipelines_local.rules.cases import Overview, SourceFile
from azure_pipelines_local.rules.source_expressions import source_expressions
from azure_pipelines_local.rules.walks import nodes


def bad_variables(source: SourceFile) -> Iterator[Finding]:
    """Find variables that are empty in `${{ }}`."""
    yield from undefined_where_read(source)
    yield from unknown_at_compile_time(source)


def unknown_at_compile_time(source: SourceFile) -> Iterator[Finding]:
    """Find variables in `${{ }}` that no file defines, or that are set only when the pipeline runs."""
    overview = source.overview
    known = {*_definers(overview), *(each.variable.name for each in overview.reads if each.defined)}
    for expression, tree in source_expressions(source.document, CONTEXTS):
        for each in nodes(tree):
            if isinstance(each, Index) and isinstance(each.base, Name) and each.base.name == "variables":
                yield from _variable(expression, each, known)


def undefined_where_read(source: SourceFile) -> Iterator[Finding]:
    """Find variables that are defined too late for an expression: in another file, or further down in this one."""
    here = [each for each in source.overview.reads if each.place.file == source.name and not each.defined]
    definers = {name.lower(): file for name, file in _definers(source.overview).items()} if here else {}
    for each in here:
        name = each.variable.name
        if not each.variable.may_be_empty and name in definers and not predefined_names.known(name):
            said = f"the variable {name!r} is not defined where this reads it, and so it is empty"
            yield Finding(each.place, f"{said}; its definition in {definers[name]} is expected before, in this scope.")


@lru_cache(maxsize=1)
def _definers(overview: Overview) -> dict[str, str]:
    """Map each variable, as it is written, to a file that defines it."""
    return {name: file for file, document in overview.documents.items() for name in _defined(document)}


def _defined(document: Node) -> Iterator[str]:
    """Yield the names of all variables that the file defines anywhere."""
    for mapping in _mappings(document):
        variables = mapping.find("variables")
        if isinstance(variables, Mapping):
            yield from (key.text for key, _ in variables.pairs)
        name = mapping.find("name")
        if mapping.find("value") is not None and isinstance(name, Scalar):
            yield name.text


def _variable(expression: Expression, index: Index, known: set[str]) -> Iterator[Finding]:
    if not isinstance(index.key, Literal):
        return
    name = str(index.key.value)
    if name.lower() in predefined_names.AT_RUN_TIME:
        message = f"{name} is known only when the pipeline runs, and so empty in ${{{{ }}}}; write $({name})."
        yield Finding(expression.place, message)
    elif name.lower() not in {each.lower() for each in known} and not predefined_names.known(name):
        hint = nearest(name, [*known, *predefined_names.NAMES])
        end = hint if hint.startswith("did") else "define it in `variables`."
        yield Finding(expression.place, f"no file defines the variable {name!r}, and so it is empty; {end}")


def _mappings(node: Node) -> Iterator[Mapping]:
    if isinstance(node, Mapping):
        yield node
        for _, value in node.pairs:
            yield from _mappings(value)
    elif isinstance(node, Sequence):
        for each in node.nodes:
            yield from _mappings(each)
