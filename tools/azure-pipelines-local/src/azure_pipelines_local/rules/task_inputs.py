"""Tasks: known, current, and with the inputs that they have."""

from collections.abc import Iterator
from difflib import get_close_matches

from azure_pipelines_local.findings import Finding
from azure_pipelines_local.linters.task_schema import Input, Task
from azure_pipelines_local.model import Entry, Step
from azure_pipelines_local.model.fields import AT_RUN_TIME, FALSE, TRUE, nearest
from azure_pipelines_local.rules.cases import Case


def unknown_tasks(case: Case) -> Iterator[Finding]:
    """Find tasks that the schema does not have: misspelt, or of a publisher other than Microsoft."""
    known = case.schema.tasks if case.schema else {}
    for step in _steps(case):
        if step.task.text.lower() not in known:
            close = get_close_matches(step.task.text.lower(), known, n=1, cutoff=0.8)
            end = f"did you mean {known[close[0]].name!r}?" if close else "tasks that are not Microsoft's are unknown."
            yield Finding(step.task.place, f"there is no task {step.task.text!r}; {end}")


def deprecated_tasks(case: Case) -> Iterator[Finding]:
    """Find tasks that Microsoft gives up, with what to use in their place."""
    for step, task in _known(case):
        if task.deprecated and case.schema:
            yield Finding(
                step.task.place, f"the task {task.name} is deprecated; {_successor(task, case.schema.tasks)}."
            )


def bad_inputs(case: Case) -> Iterator[Finding]:
    """Find inputs that a task does not have, does not take, or lacks."""
    for step, task in _known(case):
        for entry in step.inputs:
            yield from _input(entry, task)
        yield from _missing(step, task)


def _steps(case: Case) -> Iterator[Step]:
    """Yield the steps of tasks, if there is a schema to compare them with."""
    yield from (step for _, step in case.steps if case.schema and "@" in step.task.text)


def _known(case: Case) -> Iterator[tuple[Step, Task]]:
    for step in _steps(case):
        if case.schema and (task := case.schema.tasks.get(step.task.text.lower())):
            yield step, task


def _missing(step: Step, task: Task) -> Iterator[Finding]:
    filled = {entry.name.text.lower(): entry.value.text for entry in step.inputs if entry.value.text.strip()}
    given = {known.name: filled[name] for name, known in task.inputs.items() if name in filled}
    for name in task.required:
        if name not in given:
            yield Finding(step.task.place, f"the task {task.name} needs the input `{name}`.")
    for needs in task.needs:
        value = given.get(needs.input, needs.default)
        why = f"since `{needs.input}` is {value!r}{'' if needs.input in given else ' by default'}"
        for name in needs.inputs.get(value.lower(), ()):
            if name not in given:
                yield Finding(step.task.place, f"the task {task.name} needs the input `{name}`, {why}.")


def _successor(task: Task, tasks: dict[str, Task]) -> str:
    if task.deprecated.startswith("use "):  # the overlay's
        return task.deprecated
    called, _, own = task.name.partition("@")
    same = [each for each in tasks.values() if each.name.lower().startswith(f"{called.lower()}@")]
    newest = max(int(each.name.partition("@")[2]) for each in same if not each.deprecated or each is task)
    if newest > int(own):
        return f"use {called}@{newest}"
    _, _, said = task.deprecated.partition(" - ")
    return f"Microsoft says: {said.rstrip('.')}" if "use " in said.lower() else "see Microsoft's reference"


def _input(entry: Entry, task: Task) -> Iterator[Finding]:
    known = task.inputs.get(entry.name.text.lower())
    if known is None:
        hint = nearest(entry.name.text, dict.fromkeys(each.name for each in task.inputs.values()))
        yield Finding(entry.name.place, f"{task.name} has no input {entry.name.text!r}; {hint}")
    elif problem := _value(entry.value.text, known):
        yield Finding(entry.value.place, f"the input `{known.name}` of {task.name} is {entry.value.text!r}; {problem}")


def _value(text: str, known: Input) -> str | None:
    if AT_RUN_TIME.search(text):
        return None
    if known.boolean and text.lower() not in TRUE + FALSE:
        return "true or false is expected."
    if known.values and text.lower() not in {each.lower() for each in known.values}:
        return f"{nearest(text, known.values)}"
    return None
