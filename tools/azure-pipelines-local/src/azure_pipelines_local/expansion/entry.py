"""Expand an entry pipeline, given its parameters."""

from collections.abc import Mapping as Object
from dataclasses import replace
from pathlib import Path

from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence, kind
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import PipelineError, PipelinesLocalError
from azure_pipelines_local.expansion.expander import Expander
from azure_pipelines_local.expansion.extends import Pair, merge_pairs, refuse
from azure_pipelines_local.expansion.inclusion import find_template, inner_scope
from azure_pipelines_local.expansion.parameter_types import SIMPLE
from azure_pipelines_local.expansion.positions import DATA, PIPELINE
from azure_pipelines_local.expansion.template_expressions import Origin, Scope, Trace
from azure_pipelines_local.expansion.template_files import Library, Template
from azure_pipelines_local.expansion.variables_read import Read
from azure_pipelines_local.expressions.conversions import Value

NOTHING: Object[str, str] = {}
WORK = ("stages", "jobs", "steps")


def expand(
    root: Path,
    entry: str,
    parameters: Object[str, str] = NOTHING,
    variables: Object[str, str] = NOTHING,
    folders: Object[str, Path] | None = None,
    reads: set[Read] | None = None,
    trace: Trace | None = None,
) -> Mapping:
    """Expand the pipeline `entry`, a path below `root`, until nothing is left for compile time.

    Args:
        root: The repository's folder.
        entry: The pipeline's file, such as `azure-pipelines/ci.yml`.
        parameters: Values by name; for the types with structure, YAML.
        variables: Predefined variables that are known when a pipeline is compiled, such as `Build.SourceBranch`.
        folders: Where other repositories lie, by their names in `resources.repositories`.
        reads: Gets which variables expressions have read, also of a pipeline that is refused.
        trace: Gets every expression that is evaluated.

    Raises:
        PipelineError: something in the files is wrong, or this room does not take it.
    """
    known: dict[str, Value] = {name.lower(): value for name, value in variables.items()}
    expander = Expander(Library(root, folders or {}))
    written = {name.lower(): name for name in variables}
    scope = Scope({}, known, (entry,), expander.budget, set() if reads is None else reads, written=written, trace=trace)
    try:
        return _expand(expander, entry, parameters, scope)
    except RecursionError:  # what calls this may be deep itself
        raise PipelineError(Place(entry), "it is nested too deeply.") from None


def entry_within(root: Path, file: str) -> str:
    """Turn a path that a person gives, from `root` or absolute, into the entry for `expand`.

    Raises:
        PipelinesLocalError: it leads out of the repository.
    """
    path = (root / file).resolve()
    if not path.is_relative_to(root.resolve()):
        raise PipelinesLocalError(f"{file} is not in this repository, {root}: give the path of a file below that.")
    return path.relative_to(root.resolve()).as_posix()


def _expand(expander: Expander, entry: str, parameters: Object[str, str], scope: Scope) -> Mapping:
    template = expander.templates.open(entry, Scalar(entry, Place(entry)), entry=True)
    expander.templates.repositories += declared_repositories(template.document)

    def complete(type_: str, node: Node) -> Node:
        return expander.complete(type_, node, scope)

    given = _given(template, parameters)
    bound = template.declared.bind(given, Place(template.file), complete)
    origin = Origin(template.declared.sources(given))
    return _body(template, replace(scope, parameters=bound, origin=origin), expander)


def _given(template: Template, parameters: Object[str, str]) -> dict[str, tuple[Scalar, Node]]:
    given: dict[str, tuple[Scalar, Node]] = {}
    for name, text in parameters.items():
        key = Scalar(name, Place(f"--parameter {name}", 0))
        yaml_reader.check_size(len(text), key.place)
        declared = template.declared.declared.get(name.lower())
        node: Node = Scalar(text, key.place, literal=True)
        if declared and declared.type not in SIMPLE:
            node = yaml_reader.parse(text, key.place.file, f"YAML for the type {declared.type}")
        given[name.lower()] = (key, node)
    return given


def _body(template: Template, scope: Scope, expander: Expander) -> Mapping:
    """Expand the document of a pipeline, or of a template that one extends."""
    document = template.document
    scope = scope.own(PIPELINE)
    if scope.trace is not None:
        scope.trace.pipelines.append(scope)
    rest = tuple((key, node) for key, node in document.pairs if key.text not in ("parameters", "extends"))
    pairs = list(expander.pairs(Mapping(rest, document.place), scope, PIPELINE).values())
    extends = document.find("extends")
    if extends is not None:
        pairs = _extend(extends, pairs, scope, expander)
    refuse(pairs, ("parameters", "extends"), "under a directive is not supported.")
    expanded = Mapping(tuple(pairs), document.place)
    if all(expanded.find(key) is None for key in WORK):
        raise PipelineError(document.place, f"one of {', '.join(WORK)} or extends is expected.")
    return expanded


def _extend(extends: Node, pairs: list[Pair], scope: Scope, expander: Expander) -> list[Pair]:
    refuse(pairs, WORK, "beside extends is not supported. Write it in the template.")
    mapping = expander.expand(extends, scope, DATA)
    if not isinstance(mapping, Mapping):
        raise PipelineError(mapping.place, f"`template: FILE` is expected, not {kind(mapping)}.")
    template = find_template(mapping, expander.templates, scope, PIPELINE)
    # Before its parameters are bound: the stages that are passed may name repositories which the template declares.
    expander.templates.repositories += declared_repositories(template.document)
    body = _body(template, inner_scope(template, mapping, scope, expander.complete), expander)
    return merge_pairs(pairs, body.pairs)


def declared_repositories(document: Mapping) -> list[str]:
    """List the names of the other repositories that the document declares."""
    resources = document.find("resources")
    repositories = resources.find("repositories") if isinstance(resources, Mapping) else None
    nodes = repositories.nodes if isinstance(repositories, Sequence) else ()
    names = [node.find("repository") for node in nodes if isinstance(node, Mapping)]
    return [name.text for name in names if isinstance(name, Scalar)]
