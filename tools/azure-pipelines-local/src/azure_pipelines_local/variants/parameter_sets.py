"""The sets of parameters for which an entry pipeline is checked."""

import json
from collections.abc import Iterator
from itertools import product

from azure_pipelines_local.documents.nodes import Mapping, Scalar, Sequence
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.literals import fold_literals
from azure_pipelines_local.expansion.parameter_types import LISTS, MAPPINGS, SIMPLE, STRINGS, Declaration
from azure_pipelines_local.expansion.parameters import declarations

MAXIMUM_SETS = 32
STAND_INS = {"number": "1", "object": "{}"}


def parameter_sets(document: Mapping) -> list[dict[str, str]]:
    """Combine what `values` and booleans allow, with the defaults of all others, or a stand-in where there is none.

    Where the combinations are more than MAXIMUM_SETS, each value once, with the defaults of the rest.

    Raises:
        PipelineError: a declaration is wrong, or nothing can stand in for a value, as for a step.
    """
    declared = declarations(fold_literals(document), entry=True).declared.values()
    choices = {each.name: _values(each) for each in declared}
    choices = {name: values for name, values in choices.items() if values}
    count = 1
    for values in choices.values():
        count *= len(values)
    if count <= MAXIMUM_SETS:
        return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]
    return list(_each_once(choices))


def _each_once(choices: dict[str, list[str]]) -> Iterator[dict[str, str]]:
    first = {name: values[0] for name, values in choices.items()}
    yield first
    for name, values in choices.items():
        yield from (first | {name: value} for value in values[1:])


def _values(declaration: Declaration) -> list[str]:
    """List the values to try, the default first; none where the default is all there is."""
    if declaration.default is not None:
        declaration.convert(declaration.default)
    default = declaration.default.text if isinstance(declaration.default, Scalar) else None
    allowed = [each.text for each in declaration.allowed if isinstance(each, Scalar)]
    if declaration.type == STRINGS:
        return _lists(declaration, allowed)
    if declaration.type not in SIMPLE:  # whose `values` mean nothing
        allowed = []
    if declaration.type == "boolean" and not allowed:
        allowed = ["true", "false"]
    if not allowed:
        return [] if declaration.default is not None else [_stand_in(declaration)]
    same = [each for each in allowed if default is not None and each.lower() == default.lower()]
    return [*same, *(each for each in allowed if each not in same)]


def _lists(declaration: Declaration, allowed: list[str]) -> list[str]:
    """List the default, or all values where there is none; then each value alone, as YAML."""
    default = declaration.default
    first = (
        [each.text for each in default.nodes if isinstance(each, Scalar)] if isinstance(default, Sequence) else allowed
    )
    return list(dict.fromkeys(json.dumps(each) for each in (first, *([one] for one in allowed))))


def _stand_in(declaration: Declaration) -> str:
    """Make up a value, so that the rest of the pipeline can be checked."""
    if declaration.type in MAPPINGS:
        expected = "a default is expected, for nothing can stand in for it"
        raise PipelineError(declaration.place, f"the parameter {declaration.name!r} has no default; {expected}.")
    return STAND_INS.get(declaration.type, "[]" if declaration.type in LISTS else "value")
