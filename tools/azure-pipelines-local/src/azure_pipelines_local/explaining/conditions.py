"""Say whether the condition of a stage, a job or a step holds, as far as that is known before a run, and why."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.explaining.origins import INDENT, leaves, path_of
from azure_pipelines_local.expressions.conditions import (
    RUNTIME_NAMES,
    VARIABLE_NAMES,
    Status,
    of_dependencies,
    of_step,
    variable,
)
from azure_pipelines_local.expressions.conversions import Value, to_boolean
from azure_pipelines_local.expressions.evaluation import evaluate
from azure_pipelines_local.expressions.functions import FUNCTIONS
from azure_pipelines_local.expressions.signatures import CONDITION, STATUS, VARIABLE
from azure_pipelines_local.expressions.syntax import Call, Literal, Tree, parse
from azure_pipelines_local.expressions.writing import write_tree, write_value
from azure_pipelines_local.model import Group, Variable
from azure_pipelines_local.model.pipeline import Variables
from azure_pipelines_local.rules import predefined_names
from azure_pipelines_local.rules.walks import nodes

IN_A_RUN = "known only in a run"
SHOWN = {True: "true", False: "false", None: IN_A_RUN}
LOGICAL = ("and", "or", "not")


@dataclass(frozen=True)
class Known:
    """What is known of a run before it starts: its variables, innermost last, and what it is queued with."""

    levels: tuple[Variables, ...]
    predefined: Mapping[str, str]  # by names in lower case
    whence: Callable[[str], str]  # where a predefined one is from
    needs: list[str] | None  # what the stage or job waits for, directly or not; None for a step
    _named: dict[str, Variable] = field(init=False)

    def __post_init__(self) -> None:
        """Find the innermost variable of each name."""
        ones = (one for level in self.levels for one in level if isinstance(one, Variable))
        object.__setattr__(self, "_named", {one.name.lower(): one for one in ones})

    @property
    def groups(self) -> list[Group]:
        """List the variable groups, which may hold any name."""
        return [one for level in self.levels for one in level if isinstance(one, Group)]

    @property
    def status(self) -> Status:
        """Make the status functions of a run in which all has gone well so far."""
        if self.needs is None:
            return of_step("Succeeded")
        return of_dependencies(dict.fromkeys(self.needs, "Succeeded"), canceled=False)

    def variable(self, name: str) -> tuple[str | None, str]:
        """Return the value, None where only a run knows it, and where it is from."""
        one = self._named.get(name.lower())
        if one is None:
            return self._other(name.lower())
        text, said = one.value.text, f"defined at {one.place}"
        if not text.strip().startswith("$["):
            return text, said
        tree = parse(text.strip()[2:-1], VARIABLE, VARIABLE_NAMES)
        if any(path_of(each)[0] != "variables" for each in leaves(tree)) or _counts(tree):
            return None, f"{said} as {text.strip()}"
        values = {each: self.variable(path_of(each)[1])[0] for each in leaves(tree) if len(path_of(each)) > 1}
        if None in values.values():
            return None, f"{said} as {text.strip()}"
        texts: dict[str, Value] = {path_of(each)[1]: value for each, value in values.items()}
        return variable(text, {"variables": texts}), f"{said} as {text.strip()}"

    def _other(self, name: str) -> tuple[str | None, str]:
        if name in self.predefined:
            return self.predefined[name], self.whence(name)
        if predefined_names.known(name):
            return None, "which Azure DevOps defines"
        if self.groups:
            places = ", ".join(f"{group.name} ({group.place})" for group in self.groups)
            return None, f"which only a variable group can define: {places}"
        if self.needs is None:
            return None, "which only an earlier step can set; else it is empty"
        return "", "which nothing defines, so it is empty"


def explain_condition(text: Scalar, known: Known) -> Iterator[str]:
    """Yield whether it holds, and each part of it with its value, indented; nothing to explain of a text that is none.

    Raises:
        ExpressionError: it is not a condition.
    """
    tree, reader = parse(text.text, CONDITION, RUNTIME_NAMES), _Reader(known)
    status = any(isinstance(each, Call) and each.function in STATUS for each in nodes(tree))
    end = ", as long as nothing before it fails" if status else ""
    yield f"{INDENT}→ {SHOWN[reader.holds(tree)]}{end}"
    yield from reader.parts(tree, 1)


@dataclass(frozen=True)
class _Reader:
    known: Known

    def parts(self, tree: Tree, depth: int) -> Iterator[str]:
        if isinstance(tree, Literal):
            return
        if isinstance(tree, Call) and tree.function in LOGICAL:
            for each in tree.arguments:
                yield f"{INDENT * depth}{write_tree(each)} → {SHOWN[self.holds(each)]}"
                yield from self.parts(each, depth + 1)
            return
        for leaf in distinct(tree):
            yield f"{INDENT * depth}{write_tree(leaf)} {self.said(leaf)}"

    def holds(self, tree: Tree) -> bool | None:
        """Return whether the part is true; None where only a run knows."""
        if isinstance(tree, Call) and tree.function in LOGICAL:
            found = [self.holds(each) for each in tree.arguments]
            if tree.function == "not":
                return None if found[0] is None else not found[0]
            decides = tree.function == "or"
            return decides if decides in found else None if None in found else not decides
        if _counts(tree) or any(self.value(leaf) is None for leaf in leaves(tree)):
            return None
        return to_boolean(evaluate(self.filled(tree), {}, FUNCTIONS | self.known.status))

    def value(self, leaf: Tree) -> str | None:
        first, *keys = path_of(leaf)
        if first == "variables" and keys:
            return self.known.variable(keys[0])[0]
        if first in ("dependencies", "stagedependencies") and keys[-1:] and keys[-1].lower() == "result":
            return "Succeeded"
        return None

    def said(self, leaf: Tree) -> str:
        first, *keys = path_of(leaf)
        value = self.value(leaf)
        shown = f"is {IN_A_RUN}" if value is None else f"is {write_value(value)}"
        if first == "variables" and keys:
            return f"{shown}, {self.known.variable(keys[0])[1]}"
        return shown if value is None else f"{shown}, as long as nothing before it fails"

    def filled(self, tree: Tree) -> Tree:
        """Copy the tree with the values that are known in place of names."""
        if isinstance(tree, Call):
            return replace(tree, arguments=tuple(map(self.filled, tree.arguments)))
        return tree if isinstance(tree, Literal) else Literal(self.value(tree), tree.position)


def distinct(tree: Tree) -> list[Tree]:
    """List what the tree reads, each name once."""
    return list({write_tree(leaf): leaf for leaf in leaves(tree)}.values())


def _counts(tree: Tree) -> bool:
    return any(isinstance(each, Call) and each.function == "counter" for each in nodes(tree))
