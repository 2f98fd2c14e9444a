"""What a pipeline declares in `resources` and names elsewhere: pipelines, repositories, containers."""

import re
from collections.abc import Iterator, Sequence

from azure_pipelines_local.documents.nodes import Mapping, Scalar
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.model import Step, keys
from azure_pipelines_local.model.fields import AT_RUN_TIME, nearest
from azure_pipelines_local.rules.cases import Case
from azure_pipelines_local.rules.containers import containers, is_image
from azure_pipelines_local.rules.macros import texts

STEPS = (  # which steps name which resources
    ("pipelines", "download"),
    ("repositories", "checkout"),
    ("packages", "getPackage"),
    ("builds", "downloadBuild"),
)
BUILT_IN = {"download": ("current", "none"), "checkout": ("self", "none"), "target": ("host",)}
OF_A_PIPELINE = re.compile(r"(?:\$\(|\[')(resources\.pipeline\.([^.()']+)\.[^()']*)", re.IGNORECASE)


def unknown_resources(case: Case) -> Iterator[Finding]:
    """Find names that `resources` does not declare."""
    declared = {kind: _declared(case, kind) for kind in keys.RESOURCES}
    for _, step in case.steps:
        for kind, key in STEPS:
            if step.task.text == key:
                yield from _unknown(step.input(key), declared[kind], kind, BUILT_IN.get(key, ()))
        yield from _unknown(_target(step), declared["containers"], "containers", BUILT_IN["target"])
    for scope in case.scopes:
        for container in containers(scope.job):
            yield from _unknown(container, declared["containers"], "containers", ())
    for scalar in (*(text.scalar for text in texts(case)), *_conditions(case)):
        for variable, alias in OF_A_PIPELINE.findall(scalar.text):
            place = case.sources.macro_places(scalar).get(variable, scalar.place)
            yield from _unknown(Scalar(alias, place), declared["pipelines"], "pipelines", ())


def _declared(case: Case, kind: str) -> list[str]:
    return [each.name for each in case.pipeline.resources if each.kind == kind]


def _conditions(case: Case) -> Iterator[Scalar]:
    yield from (stage.condition for stage in case.pipeline.stages)
    yield from (scope.job.condition for scope in case.scopes)
    yield from (step.condition for _, step in case.steps)


def _unknown(name: Scalar | None, declared: Sequence[str], kind: str, built_in: Sequence[str]) -> Iterator[Finding]:
    if name is None or not name.text or is_image(name.text) or AT_RUN_TIME.search(name.text):
        return  # a repository can be named in full, too: git://project/name
    if name.text.lower() not in {each.lower() for each in (*declared, *built_in)}:
        image = ", or write an image as NAME:TAG" if kind == "containers" and not built_in else ""
        hint = nearest(name.text, [*declared, *built_in[:1]])  # nobody means "none" by another word
        end = hint if hint.startswith("did") else f"declare it{image}."
        yield Finding(name.place, f"`resources` has no {name.text!r} in `{kind}`; {end}")


def _target(step: Step) -> Scalar | None:
    found = step.target.find("container") if isinstance(step.target, Mapping) else step.target
    return found if isinstance(found, Scalar) else None
