"""Choose the trials of a sweep. Pure: the same configuration gives the same trials in the same order."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from random import Random
from typing import Any

from pydantic import ValidationError

from operation.errors import OperationError
from operation.execution.configuration.explanation import requirement
from operation.execution.configuration.sections import Configuration, Parameters


@dataclass(frozen=True)
class Trial:
    """One combination: `values` by parameter, and the configuration whose steps try them; `number` is from 1."""

    number: int
    values: Mapping[str, Any]
    configuration: Configuration


def trials_of(configuration: Configuration) -> list[Trial]:
    """List every trial that the section sweep asks for.

    Raises:
        OperationError: a parameter or a value that the section training would refuse.
    """
    space = space_of(configuration)
    trials = []
    for number, place in enumerate(_places(configuration, space), start=1):
        values = _combination(space, place)
        training = _training(configuration, values)
        trials.append(Trial(number, values, configuration.model_copy(update={"training": training})))
    return trials


def space_of(configuration: Configuration) -> dict[str, list[Any]]:
    """List the values to try by parameter, as the section training holds them; one that stands twice counts once.

    Raises:
        OperationError: an unknown parameter, or a value that it cannot have.
    """
    space = {}
    for name, choices in configuration.sweep.parameters.items():
        _require_known(configuration, name)
        held = [_training(configuration, {name: choice})[name] for choice in choices]
        space[name] = list(dict.fromkeys(held))
    return space


def varying(space: Mapping[str, Sequence[Any]]) -> list[str]:
    """List the parameters with more than one value; all of them where there is none."""
    return [name for name, choices in space.items() if len(choices) > 1] or list(space)


def _places(configuration: Configuration, space: Mapping[str, Sequence[Any]]) -> Iterator[int]:
    """Yield numbers of combinations: all in order, or random ones.

    Drawn one after the other, so that a search with more trials begins with those of the shorter one.
    """
    size, sweep = math.prod(map(len, space.values())), configuration.sweep
    if sweep.search == "grid":
        yield from range(size)
        return
    generator, drawn = Random(configuration.seed), set[int]()  # noqa: S311  a search, not a secret
    while len(drawn) < min(sweep.trials, size):
        place = generator.randrange(size)
        if place not in drawn:
            drawn.add(place)
            yield place


def _combination(space: Mapping[str, Sequence[Any]], place: int) -> dict[str, Any]:
    """Return the combination of that number: the last parameter changes first, as in nested loops."""
    values = {}
    for name, choices in reversed(list(space.items())):
        place, index = divmod(place, len(choices))
        values[name] = choices[index]
    return {name: values[name] for name in space}


def _training(configuration: Configuration, values: Mapping[str, Any]) -> Parameters:
    try:
        training = configuration.training
        return type(training).model_validate({**training.model_dump(), **values})
    except ValidationError as error:
        tried = ", ".join(f"{name} {value!r}" for name, value in values.items())
        complaint = requirement(error.errors()[0])
        raise OperationError(
            f"sweep.parameters.{', '.join(values)}: the section training cannot have {tried}: {complaint}."
        ) from error


def _require_known(configuration: Configuration, name: str) -> None:
    known = list(type(configuration.training).model_fields)
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"Did you mean sweep.parameters.{near[0]}?" if near else f"Valid: {', '.join(known)}."
        raise OperationError(f"sweep.parameters.{name}: the section training has no key {name}. {hint}")
