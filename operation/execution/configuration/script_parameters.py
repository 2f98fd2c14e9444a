"""What the parsers of core scripts declare: names, types, bounds, choices, defaults and help, read from the source.

A script declares a parameter as `add("--name", type=..., default=..., help=...)` in its function `parser`, or in a
function that `parser` hands `add` to. No script is imported or run for it. What cannot be read is refused: a
declaration that was read wrong would let a wrong value pass.
"""

import ast
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from operation.execution.configuration.source_code import Module

ARGUMENTS, METRICS = "learning/arguments.py", "learning/metrics.py"  # in the folder of the scripts
PLAIN: dict[str, type] = {"int": int, "float": float, "str": str, "Path": Path, "date.fromisoformat": date}
BOUNDED: dict[str, type] = {"integer": int, "number": float, "matching": str}  # functions of ARGUMENTS
BOUNDS = ("at_least", "above", "below", "at_most")  # their arguments
FORM = ("pattern", "forms")  # those of the last: a regular expression, and in words what it takes
KEYWORDS = {"type", "default", "help", "choices", "required", "nargs"}  # of add
PARSER_KEYWORDS = {"description", "epilog", "allow_abbrev"}  # which declare nothing


@dataclass(frozen=True)
class Parameter:
    """A parameter of a script: `name` as YAML writes it, `learning_rate` for `--learning-rate`.

    `bounds` maps names of BOUNDS to numbers. With `several`, the value is a list of the `kind`. Text with a `pattern`
    must match it; `forms` says in words what does.
    """

    name: str
    kind: type = str
    bounds: Mapping[str, float] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    several: bool = False
    required: bool = False
    default: Any = None
    help: str = ""
    pattern: str = ""
    forms: str = ""


def parameters_of(script: Path, use_case: str = "") -> list[Parameter]:
    """Read the parameters of a script, in the order of their declaration; some are those of the use case.

    Raises:
        OperationError: the parser cannot be read; the message names file, line and code.
    """
    module, function = Module(script, script.parent, use_case).definition("parser")
    return list(_declared(module, function, ""))


@dataclass(frozen=True)
class Metric:
    """What the table of metrics says of one; `range` are the lowest and the highest value, infinite without a bound."""

    higher_is_better: bool
    range: tuple[float, float]
    tasks: tuple[str, ...]


def metrics_of(source: Path) -> dict[str, Metric]:
    """Read the table of metrics of the scripts in `source`, in its order.

    Raises:
        OperationError: the table cannot be read; the message names file, line and code.
    """
    module = Module(source / METRICS, source)
    return {
        name: Metric(_direction(module, entry), _range(module, entry), _tasks(module, entry))
        for name, entry in module.items(ast.Name("METRICS")).items()
    }


def task_of(source: Path, use_case: str) -> str:
    """Read the task of a use case; raises OperationError if it cannot be read."""
    asked = ast.Attribute(ast.Name("use_case"), "task")
    return str(Module(source / METRICS, source, use_case).literal(asked))


def _direction(module: Module, entry: ast.expr) -> bool:
    found = _keywords(entry).get("higher_is_better") if isinstance(entry, ast.Call) else None
    if not isinstance(found, ast.Constant) or not isinstance(found.value, bool):
        module.refuse(entry, "must say higher_is_better=True or False")
    return found.value


def _range(module: Module, entry: ast.expr) -> tuple[float, float]:
    found = _keywords(entry).get("range") if isinstance(entry, ast.Call) else None
    if not isinstance(found, ast.Tuple) or len(found.elts) != 2:
        module.refuse(entry, "must say range=(0, 1) or another, with None for no bound")
    lowest, highest = module.literal(found)
    return -math.inf if lowest is None else lowest, math.inf if highest is None else highest


def _tasks(module: Module, entry: ast.expr) -> tuple[str, ...]:
    found = _keywords(entry).get("tasks") if isinstance(entry, ast.Call) else None
    if not isinstance(found, ast.Tuple) or not found.elts:
        module.refuse(entry, 'must say tasks=("binary",) or others')
    return tuple(module.literal(found))


def _declared(module: Module, function: ast.AST, add: str) -> Iterator[Parameter]:
    """Yield what a function's statements declare; `add` is the name under which it knows `add_argument`."""
    if not isinstance(function, ast.FunctionDef):
        module.refuse(function, "must be a function")
    for statement in function.body:
        match statement:
            case ast.Expr(ast.Constant()) | ast.Return(ast.Name()):
                pass  # the docstring, and the parser that is returned
            case ast.Assign([ast.Name()], ast.Call(ast.Attribute(attr="ArgumentParser"), [], keywords)) if {
                each.arg for each in keywords
            } <= PARSER_KEYWORDS:
                pass
            case ast.Assign([ast.Name()], ast.Call(ast.Name("ScriptParser"), [ast.Name("__doc__")], [])) if _is_shared(
                module, "ScriptParser"
            ):
                pass
            case ast.Assign([ast.Name(name)], ast.Attribute(ast.Name(), "add_argument")):
                add = name
            case ast.Expr(ast.Call(ast.Name(name)) as call) if name == add:
                yield _parameter(module, call)
            case ast.Expr(ast.Call(ast.Name() | ast.Attribute() as called, [ast.Name(handed)], [])) if handed == add:
                place, other = module.resolve(called)
                yield from _declared(place, other, _first_argument(place, other))
            case _:
                module.refuse(statement, 'must be add("--name", ...)')


def _first_argument(module: Module, function: ast.AST) -> str:
    if not isinstance(function, ast.FunctionDef) or len(function.args.args) != 1:
        module.refuse(function, "must be a function of one argument")
    return function.args.args[0].arg


def _parameter(module: Module, call: ast.Call) -> Parameter:
    given = _keywords(call)
    option = module.literal(call.args[0]) if len(call.args) == 1 else ""
    if not str(option).startswith("--") or not given.keys() <= KEYWORDS:
        known = ", ".join(sorted(KEYWORDS))
        module.refuse(call, f"must have one name, which begins with --, and no keywords but {known}")
    kind, limits = _type(module, given["type"]) if "type" in given else (str, {})
    values = {name: module.literal(given[name]) for name in ("default", "help", "required", "nargs") if name in given}
    several = values.pop("nargs", None)
    if several not in (None, "*", "+"):
        module.refuse(call, 'must have "*" or "+" as nargs')
    choices = tuple(_choices(module, given["choices"])) if "choices" in given else ()
    bounds = {name: limit for name, limit in limits.items() if name in BOUNDS}
    values |= {name: limit for name, limit in limits.items() if name in FORM}
    return Parameter(option[2:].replace("-", "_"), kind, bounds, choices, several is not None, **values)


def _type(module: Module, node: ast.expr) -> tuple[type, dict[str, Any]]:
    """Return the type that `type=` stands for, and its bounds, or the form of its text."""
    code = ast.unparse(node)
    if code in PLAIN:
        return PLAIN[code], {}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BOUNDED and not node.args:
        limits = {name: module.literal(value) for name, value in _keywords(node).items()}
        kind = BOUNDED[node.func.id]
        if _is_shared(module, node.func.id) and limits.keys() <= {*(FORM if kind is str else BOUNDS)}:
            return kind, limits
    known = [*PLAIN, *(f"{name}({(FORM if kind is str else BOUNDS)[0]}=...)" for name, kind in BOUNDED.items())]
    module.refuse(node, f"must be one of {', '.join(known)}")


def _is_shared(module: Module, name: str) -> bool:
    """Whether the name is that of ARGUMENTS; another thing of the same name may do anything."""
    place, _ = module.definition(name)
    return place.file == place.folder / ARGUMENTS


def _choices(module: Module, node: ast.expr) -> list[str]:
    """Return the keys of a table, or the values of a list."""
    _, value = module.resolve(node)
    return list(module.items(node) if isinstance(value, ast.Dict) else module.literal(node))


def _keywords(call: ast.Call) -> dict[str, ast.expr]:
    return {each.arg or "**": each.value for each in call.keywords}
