"""The form in which templates see steps, jobs and stages that are passed to them: short forms are written out.

A template that forbids scripts looks for `task: CmdLine@2`, and would miss `script:`. Measured by
PGielniak/azdo-pipeline-emulator: E03-parameters/pass-steplist-valid, E03-normalizer (N1 to N5).
"""

from collections.abc import Callable, Iterator

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence, kind
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.model import keys
from azure_pipelines_local.model.fields import nearest
from azure_pipelines_local.model.task_names import SHORT_FORMS

FIRST = {
    "steps": (*keys.STEPS,),
    "jobs": ("job", "deployment"),
    "stages": ("stage",),
    "containers": ("container",),
}
Pair = tuple[Scalar, Node]


def normalize(node: Node, position: str, word: str = "") -> Node:
    """Write out the short forms of a step, a job or a stage that stands in such a list; `word` is what it must be.

    Raises:
        PipelineError: it does not begin as one does.
    """
    if not isinstance(node, Mapping):
        raise PipelineError(node.place, f"a mapping is expected in {position}, not {kind(node)}.")
    known = (word,) if word == "deployment" else FIRST[position]
    if not any(key.text in known for key, _ in node.pairs):
        first = node.pairs[0][0] if node.pairs else Scalar("", node.place)
        expected = f"an item of {position} begins with one of {', '.join((*known, 'template'))}"
        raise PipelineError(first.place, f"{expected}; {nearest(first.text, known)}")
    return NORMAL[position](node)


def _step(step: Mapping) -> Mapping:
    short = next((key for key, _ in step.pairs if key.text in SHORT_FORMS), None)
    if short is None:
        return step
    form, place = SHORT_FORMS[short.text], short.place
    inputs: list[Pair] = [(Scalar(name, place), Scalar(text, place)) for name, text in form.implied.items()]
    others: list[Pair] = [(Scalar("task", place), Scalar(form.task, place))]
    for key, value in step.pairs:
        if key is short:
            inputs.append((Scalar(form.main, place), value))
        elif key.text in keys.STEPS[short.text]:
            inputs.append((Scalar(form.renamed.get(key.text, key.text), key.place), value))
        else:
            others.append((key, value))
    if _is_none(step, short.text) and step.find("condition") is None:
        others.append((Scalar("condition", place), Scalar("false", place)))  # so that the agent leaves it out
    return Mapping((*others, (Scalar("inputs", place), Mapping(tuple(inputs), place))), step.place)


def _is_none(step: Mapping, kind: str) -> bool:
    node = step.find(kind) if kind in ("checkout", "download") else None
    return isinstance(node, Scalar) and node.text.lower() == "none"


def _job(job: Mapping) -> Mapping:
    return Mapping(tuple((key, OF_JOBS.get(key.text, _same)(value)) for key, value in job.pairs), job.place)


def _stage(stage: Mapping) -> Mapping:
    return Mapping(tuple((key, OF_STAGES.get(key.text, _same)(value)) for key, value in stage.pairs), stage.place)


def _same(node: Node) -> Node:
    return node


def _items(position: str) -> Callable[[Node], Node]:
    def normalize_items(node: Node) -> Node:
        if not isinstance(node, Sequence):
            return node
        return Sequence(tuple(normalize(each, position) for each in node.nodes), node.place)

    return normalize_items


def _under(name: str) -> Callable[[Node], Node]:
    def put_under(node: Node) -> Node:
        if not isinstance(node, Scalar) or not node.text:
            return node
        return Mapping(((Scalar(name, node.place), node),), node.place)

    return put_under


def _list(node: Node) -> Node:
    return Sequence((node,) if node.text else (), node.place) if isinstance(node, Scalar) else node


def _variables(node: Node) -> Node:
    return Sequence(tuple(_named(node)), node.place) if isinstance(node, Mapping) else node


def _named(variables: Mapping) -> Iterator[Mapping]:
    for name, value in variables.pairs:
        pairs = ((Scalar("name", name.place), name), (Scalar("value", name.place), value))
        yield Mapping(pairs, name.place)


def _services(node: Node) -> Node:
    if not isinstance(node, Mapping):
        return node
    return Mapping(tuple((name, _under("alias")(value)) for name, value in node.pairs), node.place)


def _strategy(node: Node) -> Node:
    """Write out the steps of every hook, however deep: `runOnce: {on: {failure: {steps: …}}}`."""
    if not isinstance(node, Mapping):
        return node
    pairs = ((key, STEPS(value) if key.text == "steps" else _strategy(value)) for key, value in node.pairs)
    return Mapping(tuple(pairs), node.place)


STEPS, JOBS = _items("steps"), _items("jobs")
OF_JOBS: dict[str, Callable[[Node], Node]] = {
    "container": _under("alias"),
    "dependsOn": _list,
    "environment": _under("name"),
    "pool": _under("name"),
    "services": _services,
    "steps": STEPS,
    "strategy": _strategy,
    "variables": _variables,
}
OF_STAGES: dict[str, Callable[[Node], Node]] = {
    "dependsOn": _list,
    "jobs": JOBS,
    "pool": _under("name"),
    "variables": _variables,
}
NORMAL: dict[str, Callable[[Mapping], Mapping]] = {
    "steps": _step,
    "jobs": _job,
    "stages": _stage,
    "containers": lambda container: container,
}
