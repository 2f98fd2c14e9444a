"""Variables that are known at a point of a run."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from azure_pipelines_local.model import Group, Step
from azure_pipelines_local.model.fields import nearest
from azure_pipelines_local.model.pipeline import Variables
from azure_pipelines_local.rules import predefined_names

SET = re.compile(r"##vso\[task\.setvariable[^\[\]]*\bvariable=([\w.-]+)", re.IGNORECASE)
NAMED_BY = {  # inputs of tasks that name the variables which the task sets; a vault's may be `*`, which is its default
    "azurekeyvault": ("SecretsFilter", "*"),
    "cache": ("cacheHitVar", ""),
    "azureresourcemanagertemplatedeployment": ("deploymentOutputs", ""),
}


@dataclass(frozen=True)
class Known:
    """Names of variables, in lower case; those that Azure DevOps defines itself are always known."""

    names: frozenset[str]
    anything: bool = False  # a variable group, or a vault, has names that nobody sees here
    objects: frozenset[str] = frozenset()  # what begins the names of others: `STEP.NAME`, `Date:yyyy`

    def __contains__(self, name: str) -> bool:
        begun, *rest = re.split("[.:]", name.lower(), maxsplit=1)
        defined = name.lower() in self.names or bool(rest and begun in self.objects)
        return self.anything or defined or predefined_names.known(name)

    def after(self, step: Step) -> "Known":
        """Add what this step makes known to those after it."""
        named = {each.lower() for each in _set_by(step)}
        if not named and not step.name:
            return self
        objects = self.objects | named | ({step.name.lower()} if step.name else set())
        return replace(self, names=self.names | named, objects=objects, anything=self.anything or "*" in named)

    def hint(self, name: str) -> str:
        """End a message about an unknown name."""
        meant = nearest(name, [*sorted(self.names), *predefined_names.NAMES])
        return meant if meant.startswith("did") else "define it in `variables`."


def collect_known(levels: Iterable[Variables], given: frozenset[str] = frozenset()) -> Known:
    """Collect what pipeline, stage, job and leg define, and what the run is queued with."""
    ones = [one for level in levels for one in level]
    groups = any(isinstance(one, Group) for one in ones)
    return Known(given | {one.name.lower() for one in ones if not isinstance(one, Group)}, groups)


def _set_by(step: Step) -> list[str]:
    name, default = NAMED_BY.get(step.task.text.lower().partition("@")[0], ("", ""))
    found = step.input(name)
    named = found.text if found and found.text.strip() else default
    commands = [one for each in (*step.inputs, *step.env) for one in SET.findall(each.value.text)]
    return [*commands, *(each.strip() for each in named.split(",") if each.strip())]
