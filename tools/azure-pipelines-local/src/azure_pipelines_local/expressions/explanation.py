"""Say why a condition does not hold: the part that decides, with the values that it has read."""

from collections.abc import Mapping, Sequence

from azure_pipelines_local.expressions.conversions import Value, to_boolean
from azure_pipelines_local.expressions.evaluation import Functions, evaluate
from azure_pipelines_local.expressions.signatures import CONDITION, STATUS
from azure_pipelines_local.expressions.syntax import Call, Literal, Tree
from azure_pipelines_local.expressions.writing import write_value


def explain(tree: Tree, names: Mapping[str, Value], functions: Functions, results: Mapping[str, str]) -> str:
    """Explain why the tree gives false, such as `eq('refs/heads/x', 'refs/heads/main') → false`.

    Args:
        tree: A condition that has been evaluated.
        names: What it can read, by names in lower case.
        functions: What it can call, the status functions among them.
        results: What these look at, by the names of stages, jobs, or "the job" of a step.
    """
    return _Explainer(names, functions, results).why(tree)


class _Explainer:
    def __init__(self, names: Mapping[str, Value], functions: Functions, results: Mapping[str, str]) -> None:
        self.names, self.functions, self.results = names, functions, results

    def why(self, tree: Tree) -> str:
        if isinstance(tree, Call) and tree.function == "and":
            return self.why(next(each for each in tree.arguments if not self.holds(each)))
        if isinstance(tree, Call) and tree.function == "or":
            return "; ".join(self.why(each) for each in tree.arguments)
        if isinstance(tree, Literal):
            return "it is false"
        seen = f" ({self.seen()})" if isinstance(tree, Call) and tree.function in STATUS and self.results else ""
        return f"{self.shown(tree)} → false{seen}"

    def seen(self) -> str:
        return ", ".join(f"{name} is {result}" for name, result in self.results.items())

    def holds(self, tree: Tree) -> bool:
        return to_boolean(self.value(tree))

    def value(self, tree: Tree) -> Value:
        return evaluate(tree, self.names, self.functions)

    def shown(self, tree: Tree) -> str:
        if isinstance(tree, Call):
            signature = CONDITION.get(tree.function)
            arguments = ", ".join(map(self.shown, tree.arguments))
            return f"{signature.name if signature else tree.function}({arguments})"
        value = self.value(tree)
        if isinstance(value, Mapping | Sequence) and not isinstance(value, str):  # not whole: a run prints it
            return "{…}" if isinstance(value, Mapping) else "[…]"
        return write_value(value)
