"""Read `configuration/*.yaml`, overlay an environment and `--set`, and check every key before anything runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from operation.errors import OperationError
from operation.execution.configuration.declared import SOURCE, configuration_model
from operation.execution.configuration.explanation import explain, shorten
from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.configuration.yaml_files import parse, read_mapping

FOLDER = ROOT / "configuration"


def environments(folder: Path = FOLDER) -> list[str]:
    """List the names that `--environment` takes."""
    return sorted(path.stem for path in (folder / "environments").glob("*.yaml"))


def load(
    environment: str = "local", settings: Sequence[str] = (), folder: Path = FOLDER, scripts: Path = SOURCE
) -> Configuration:
    """Load the configuration of one environment, with `settings` ("section.key=value") on top.

    The core scripts in the folder `scripts` declare what is valid in it.

    Raises:
        OperationError: an unknown environment, or an unknown, missing or mistyped key; the message names the file and
            line, the key, and the nearest valid one.
    """
    if environment not in environments(folder):
        choices = ", ".join(environments(folder)) or "none"
        raise OperationError(f"There is no environment {environment!r}. Choose one of: {choices}.")
    sources = [folder / "configuration.yaml", folder / "environments" / f"{environment}.yaml"]
    values: dict[str, Any] = {}
    for source in sources:
        values = _overlaid(values, read_mapping(source))
    for setting in settings:
        values = _overlaid(values, _parsed(setting))
    model = configuration_model(scripts)
    try:
        configuration = model.model_validate(values)
    except ValidationError as error:
        raise OperationError(explain(error, model, sources, settings)) from error
    configuration._environment = environment
    return configuration


def _parsed(setting: str) -> dict[str, Any]:
    name, equals, text = setting.partition("=")
    if not equals or not all(name.split(".")):
        raise OperationError(
            f"--set {shorten(setting)}: write it as section.key=value, for instance training.trees=300."
        )
    value = parse(text, f"--set {name}")
    for key in reversed(name.split(".")):
        value = {key: value}
    return dict(value)


def _overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two mappings: `above` wins key by key, mapping within mapping."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = _overlaid(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged
