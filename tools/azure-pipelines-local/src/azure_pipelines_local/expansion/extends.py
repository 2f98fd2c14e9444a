"""Merge a pipeline with the template that it extends."""

from collections.abc import Collection, Iterable

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence
from azure_pipelines_local.errors import PipelineError

Pair = tuple[Scalar, Node]
TRIGGERS = ("trigger", "pr", "schedules")  # of the pipeline itself: in a template they can only say that there are none
OF_TEMPLATES = ("resources", "variables", "stages", "jobs", "steps")  # what else it may have: azure-devops-docs 7783
RESOURCES = "resources"  # the only key whose values are merged


def merge_pairs(pipeline: list[Pair], template: Iterable[Pair]) -> list[Pair]:
    """Merge the pairs of both.

    Raises:
        PipelineError: the template has what belongs to the pipeline itself, or a key is in both.
    """
    own = [pair for pair in template if not _no_trigger(*pair)]
    others = {key.text.lower() for key, _ in own}.difference(OF_TEMPLATES)
    refuse(own, others, "in a template that is extended is not supported. Write it in the pipeline, or in its jobs.")
    both = {key.text.lower() for key, _ in pipeline} - {RESOURCES}
    refuse(own, both, "in a template and in the pipeline that extends it is not supported. Write it in one of them.")
    ours = next((value for key, value in pipeline if key.text.lower() == RESOURCES), None)
    theirs = next((value for key, value in own if key.text.lower() == RESOURCES), None)
    if ours is None or theirs is None:
        return [*pipeline, *own]
    joined = _join(ours, theirs)
    rest = [pair for pair in own if pair[0].text.lower() != RESOURCES]
    return [(key, joined if value is ours else value) for key, value in pipeline] + rest


def refuse(pairs: Iterable[Pair], keys: Collection[str], why: str) -> None:
    """Raise PipelineError at the first pair with one of the keys, which are in lower case."""
    for key, _ in pairs:
        if key.text.lower() in keys:
            raise PipelineError(key.place, f"{key.text!r} {why}")


def _no_trigger(key: Scalar, value: Node) -> bool:
    return key.text.lower() in TRIGGERS and isinstance(value, Scalar) and value.text == "none"


def _join(ours: Node, theirs: Node) -> Mapping:
    if not isinstance(ours, Mapping) or not isinstance(theirs, Mapping):
        raise PipelineError(theirs.place, "resources of a template and of the pipeline that extends it are mappings.")
    joined = {key.text.lower(): (key, value) for key, value in ours.pairs}
    for key, value in theirs.pairs:
        name, before = joined.get(key.text.lower(), (key, Sequence((), key.place)))
        if not isinstance(before, Sequence) or not isinstance(value, Sequence):
            raise PipelineError(value.place, f"a sequence of {key.text} is expected.")
        joined[key.text.lower()] = (name, Sequence((*before.nodes, *value.nodes), before.place))
    return Mapping(tuple(joined.values()), ours.place)
