"""Follow references to templates: find the template, and what its expressions can name."""

from collections.abc import Callable
from dataclasses import replace

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, kind
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.positions import PIPELINE
from azure_pipelines_local.expansion.template_expressions import Origin, Scope
from azure_pipelines_local.expansion.template_files import Library, Template

REFERENCE = ("template", "parameters")
CompleteIn = Callable[[str, Node, Scope], Node]


def find_template(mapping: Mapping, templates: Library, scope: Scope, position: str) -> Template:
    """Find the template that the expanded mapping refers to; for lists it must have that list and nothing else.

    Raises:
        PipelineError: there is no such template.
    """
    for key, _ in mapping.pairs:
        if key.text not in REFERENCE:
            raise PipelineError(key.place, f"{key.text!r} cannot be used beside `template`; `parameters` can.")
    reference = mapping.find("template")
    if not isinstance(reference, Scalar):
        raise PipelineError(mapping.place, "`template: FILE` is expected.")
    template = templates.load(reference, scope.files)
    if position == PIPELINE:
        return template
    for key, _ in template.document.pairs:
        if key.text not in ("parameters", position):
            message = f"a template of {position} has `parameters` and `{position}`, and no `{key.text}`"
            raise PipelineError(key.place, f"{message} (included at {reference.place}).")
    if template.document.find(position) is None:
        raise PipelineError(reference.place, f"the template {template.file} has no `{position}`.")
    return template


def inner_scope(template: Template, mapping: Mapping, scope: Scope, complete: CompleteIn) -> Scope:
    """Make the scope of the template: its parameters, and the variables defined so far.

    `complete` expands the templates in lists of steps, jobs and stages, as the template sees them that gets them.
    """
    node = mapping.find("parameters")
    given: dict[str, tuple[Scalar, Node]] = {}
    if isinstance(node, Mapping):
        given = {key.text.lower(): (key, value) for key, value in node.pairs}
    elif node is not None and not (isinstance(node, Scalar) and node.text == ""):
        raise PipelineError(node.place, f"a mapping of parameters is expected, not {kind(node)}.")
    inner = Scope(
        {},
        scope.variables,
        (*scope.files, template.file),
        scope.budget,
        scope.reads,
        written=scope.written,
        places=scope.places,
        origin=Origin(template.declared.sources(given), scope, mapping.place),
        trace=scope.trace,
    )
    parameters = template.declared.bind(
        given,
        mapping.place,
        lambda type_, value: complete(type_, value, inner),
    )
    return replace(inner, parameters=parameters)
