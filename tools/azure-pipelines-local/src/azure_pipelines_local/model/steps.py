"""Read steps."""

from dataclasses import replace

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.model import fields, keys, shapes
from azure_pipelines_local.model.pipeline import Entry, Number, Step
from azure_pipelines_local.model.task_names import OF_IDS, SHORT_FORMS

SCRIPTS = ("script", "inlinescript")  # the inputs that a shell runs
LONGEST = 10_000  # characters of a script line: Windows takes 8,191, and nobody reads as many
AS_TASKS = {
    kind: form for kind, form in SHORT_FORMS.items() if form.task not in OF_IDS
}  # the others stay what they are


def read_steps(node: Node) -> tuple[Step, ...]:
    """Read the steps of one job; their names are its own."""
    seen: dict[str, Place] = {}
    steps = tuple(_step(each) for each in fields.items(node, "`steps`"))
    if not steps:
        raise PipelineError(node.place, "a job without steps; at least one is expected.")
    for step in steps:
        if step.name:
            fields.once(seen, step.name, step.place, "the step")
    return steps


def _step(node: Node) -> Step:
    mapping = _named(fields.mapping(node, "a step"))
    kind = _kind(mapping)
    fields.known_keys(mapping, (kind, *keys.STEPS[kind], *keys.ANY_STEP), f"a step of the kind {kind!r}")
    shapes.check_parts(mapping, {"target": shapes.TARGET})
    form = AS_TASKS.get(kind)
    task = fields.text(mapping, "task") or Scalar(form.task if form else kind, mapping.key(kind).place)
    inputs = fields.entries(mapping, "inputs") if kind == "task" else _inputs(mapping, kind)
    _refuse_long_lines(inputs)
    return Step(
        task=_require_version(task) if kind == "task" else task,
        inputs=inputs,
        name=fields.name(mapping, "name"),
        display_name=fields.text(mapping, "displayName"),
        condition=fields.condition(mapping),
        enabled=fields.boolean(mapping, "enabled", default=True),
        continue_on_error=fields.boolean(mapping, "continueOnError", default=False),
        timeout_minutes=_number(mapping, "timeoutInMinutes"),
        retries=_number(mapping, "retryCountOnTaskFailure"),
        env=fields.entries(mapping, "env"),
        target=mapping.find("target"),
        place=mapping.place,
    )


def _named(mapping: Mapping) -> Mapping:
    """Read a task by its number, such as lists of steps have it that templates get, as the short form that it was."""
    task = mapping.find("task")
    kind = OF_IDS.get(task.text.lower()) if isinstance(task, Scalar) else None
    if kind is None:
        return mapping
    form, inputs = SHORT_FORMS[kind], mapping.find("inputs")
    names = {form.main: kind, **{name: key for key, name in form.renamed.items()}}
    given = inputs.pairs if isinstance(inputs, Mapping) else ()
    short = [(replace(key, text=names.get(key.text, key.text)), value) for key, value in given]
    rest = [(key, value) for key, value in mapping.pairs if key.text not in ("task", "inputs")]
    return Mapping((*short, *rest), mapping.place)


def _kind(mapping: Mapping) -> str:
    found = [key for key, _ in mapping.pairs if key.text in keys.STEPS]
    if not found:
        first = mapping.pairs[0][0] if mapping.pairs else Scalar("", mapping.place)
        expected = f"a step begins with one of {', '.join(keys.STEPS)}"
        raise PipelineError(first.place, f"{expected}; {fields.nearest(first.text, keys.STEPS)}")
    if len(found) > 1:
        both = " and ".join(f"`{each.text}`" for each in found[:2])
        raise PipelineError(found[1].place, f"a step has one of {both}, not both; is there a `-` missing?")
    return found[0].text


def _refuse_long_lines(inputs: tuple[Entry, ...]) -> None:
    for entry in inputs:
        if entry.name.text.lower() in SCRIPTS and max(map(len, entry.value.text.splitlines()), default=0) > LONGEST:
            raise PipelineError(entry.value.place, f"a script line has more than {LONGEST:,} characters; shorten it.")


def _require_version(task: Scalar) -> Scalar:
    called, at, version = task.text.rpartition("@")
    if not (called and at and version.split(".")[0].isdecimal()):
        raise PipelineError(task.place, f"`task` must be NAME@VERSION, such as Bash@3, not {task.text!r}.")
    return task


def _inputs(mapping: Mapping, kind: str) -> tuple[Entry, ...]:
    """Translate a short form to the inputs of its task."""
    place = mapping.key(kind).place
    form = AS_TASKS.get(kind)
    implied = form.implied.items() if form else ()
    found = [Entry(Scalar(name, place), Scalar(text, place)) for name, text in implied]
    main = Scalar(form.main if form else kind, place)
    found.append(Entry(main, fields.text(mapping, kind) or Scalar("", place)))
    rest = [each for each in keys.STEPS[kind] if mapping.find(each) is not None]
    return (*found, *(Entry(mapping.key(each), fields.text(mapping, each) or main) for each in rest))


def _number(mapping: Mapping, key: str) -> Number:
    return fields.number(mapping, key, 0) or 0
