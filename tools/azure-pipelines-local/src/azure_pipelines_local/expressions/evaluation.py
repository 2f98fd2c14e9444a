"""Evaluate the tree of an expression."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from azure_pipelines_local.errors import ExpressionError
from azure_pipelines_local.expressions.conversions import Value, equal, to_boolean, to_number, to_text, weight
from azure_pipelines_local.expressions.functions import FUNCTIONS
from azure_pipelines_local.expressions.syntax import Call, Index, Literal, Name, Tree

Functions = Mapping[str, Callable[..., Value]]
Spend = Callable[[int], None]


class Closed(dict[str, Value]):
    """An object in which a name that is missing is an error; `explain` says which, or nothing where it is none."""

    def __init__(self, values: Mapping[str, Value], explain: Callable[[str], str]) -> None:
        super().__init__(values)
        self.explain = explain


class Filtered(list[Value]):
    """A filtered array (`foo.*`): what follows applies to each of its items."""


def evaluate(
    tree: Tree, names: Mapping[str, Value], functions: Functions = FUNCTIONS, spend: Spend | None = None
) -> Value:
    """Evaluate the tree; `names` and `functions` have lower-case keys. `spend` hears how much is worked through.

    Raises:
        ExpressionError: a value cannot be converted as a function needs it.
    """
    return _Evaluator(names, functions, spend or (lambda _: None)).value(tree)


@dataclass(frozen=True)
class _Evaluator:
    names: Mapping[str, Value]
    functions: Functions
    spend: Spend

    def value(self, tree: Tree) -> Value:
        if isinstance(tree, Literal):
            return tree.value
        if isinstance(tree, Name):
            return self.names[tree.name]
        try:
            return self.member(tree) if isinstance(tree, Index) else self.call(tree)
        except ExpressionError as error:
            raise error if error.position else ExpressionError(error.message, tree.position) from error

    def call(self, tree: Call) -> Value:
        values = (self.value(argument) for argument in tree.arguments)
        if early := EARLY.get(tree.function):
            return early(values)
        arguments = list(values)
        self.spend(sum(map(weight, arguments)))
        return self.functions[tree.function](*arguments)

    def member(self, tree: Index) -> Value:
        base = self.value(tree.base)
        if tree.key is None or isinstance(base, Filtered):
            self.spend(weight(base))
        if tree.key is None:
            return _filtered(base)
        key = self.value(tree.key)
        if isinstance(base, Filtered):
            return Filtered(each for item in base if (each := _item(item, key)) is not None)
        return _item(base, key)


def _in(values: Iterator[Value]) -> bool:
    wanted = next(values)
    return any(equal(wanted, each) for each in values)


def _iif(values: Iterator[Value]) -> Value:
    condition, yes, no = values
    return yes if to_boolean(condition) else no


EARLY: dict[str, Callable[[Iterator[Value]], Value]] = {  # they stop evaluating their arguments when they know
    "and": lambda values: all(to_boolean(each) for each in values),
    "or": lambda values: any(to_boolean(each) for each in values),
    "in": _in,
    "notin": lambda values: not _in(values),
    "coalesce": lambda values: next((each for each in values if each is not None and each != ""), None),
    "iif": _iif,
}


def _filtered(base: Value) -> Filtered:
    if isinstance(base, Filtered):
        return Filtered(each for item in base for each in _items(item))
    return Filtered(_items(base))


def _items(value: Value) -> list[Value]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else []


def _item(base: Value, key: Value) -> Value:
    """Find what stands under the key, in any case, or at the index; null if nothing does."""
    if isinstance(base, Mapping):
        if not isinstance(base, dict):  # in an object from a document, case counts
            return base.get(to_text(key))
        name = to_text(key).lower()
        if isinstance(base, Closed) and (problem := base.explain(to_text(key))):
            raise ExpressionError(problem)
        return base[name] if name in base else next((base[each] for each in base if each.lower() == name), None)
    if isinstance(base, Sequence) and not isinstance(base, str):
        try:
            index = int(to_number(key))
        except ExpressionError:
            return None
        return base[index] if 0 <= index < len(base) else None
    return None
