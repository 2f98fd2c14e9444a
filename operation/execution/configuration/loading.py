"""Read `configuration/*.yaml`, overlay use case, environment and `--set`, and check every key before anything runs."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from operation.errors import OperationError, shorten
from operation.execution.configuration.declared import SOURCE, configuration_model
from operation.execution.configuration.explanation import explain
from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.configuration.taken_names import RESERVED
from operation.execution.configuration.yaml_files import dropped, line_of, parse, read_mapping

FOLDER = ROOT / "configuration"


def environments(folder: Path = FOLDER) -> list[str]:
    """List the names that `--environment` takes."""
    return sorted(path.stem for path in (folder / "environments").glob("*.yaml"))


def use_cases(folder: Path = FOLDER) -> list[str]:
    """List the names that `--use-case` takes."""
    return sorted(path.stem for path in (folder / "use_cases").glob("*.yaml"))


def load(
    environment: str = "local",
    settings: Sequence[str] = (),
    use_case: str | None = None,
    folder: Path = FOLDER,
    scripts: Path = SOURCE,
) -> Configuration:
    """Load the configuration of a use case, by default the configured one, and of one environment.

    The `settings` ("section.key=value") come on top. The core scripts in the folder `scripts` declare what is valid.

    Raises:
        OperationError: an unknown use case or environment, or an unknown, missing or mistyped key; the message names
            the file and line, the key, and the nearest valid one.
    """
    if environment not in environments(folder):
        choices = ", ".join(environments(folder)) or "none"
        raise OperationError(f"There is no environment {environment!r}. Choose one of: {choices}.")
    shared = folder / "configuration.yaml"
    values = read_mapping(shared)
    default = values.get("use_case")
    name = _chosen(use_case or default, folder)
    sources = [shared, folder / "use_cases" / f"{name}.yaml", folder / "environments" / f"{environment}.yaml"]
    for source in sources[1:]:
        values = _overlaid(values, _without_use_case(read_mapping(source), source, shared))
    for setting in settings:
        values = _overlaid(values, _parsed(setting))
    values["use_case"] = name
    model = configuration_model(name, scripts)
    try:
        configuration = model.model_validate(values)
    except ValidationError as error:
        problem = explain(error, model, sources, settings)
    else:
        configuration._environment, configuration._default_use_case = environment, str(default)
        configuration._scripts = scripts
        return configuration
    # Not from pydantic's error: it holds the frames of our validators, and the garbage collector cannot look into it.
    raise OperationError(problem)


def _chosen(name: Any, folder: Path) -> str:
    """Return the name if there is a use case of that name; raises OperationError with the nearest."""
    names = use_cases(folder)
    if name in RESERVED:
        raise OperationError(f"No use case can be named {name}: it is taken. Rename its folder in src/ and its file.")
    if isinstance(name, str) and name in names:
        return name
    near = get_close_matches(str(name), names, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    which = f"There is no use case {name!r}." if name else f"{folder.name}/configuration.yaml names no use_case."
    raise OperationError(f"{which}{hint} Give --use-case one of: {', '.join(names) or 'none'}.")


def _without_use_case(values: dict[str, Any], source: Path, shared: Path) -> dict[str, Any]:
    """Return the values themselves; raises OperationError where they choose the use case, which has been chosen."""
    if "use_case" in values:
        place = f"{source.relative_to(shared.parents[1]).as_posix()}:{line_of(source, ('use_case',))}"
        raise OperationError(
            f"{place}: use_case can stand in {shared.name} alone. Remove it, and give --use-case NAME."
        )
    return values


def _parsed(setting: str) -> dict[str, Any]:
    name, equals, text = setting.partition("=")
    if not equals or not all(name.split(".")):
        raise OperationError(
            f"--set {shorten(setting) or repr('')}: write it as section.key=value, for instance training.trees=300."
        )
    if name.split(".")[0] == "use_case":
        raise OperationError(f"--set {setting}: choose the use case by --use-case {text}")
    value = parse(text, f"--set {name}")
    if cut := dropped(text):
        raise OperationError(
            f"--set {shorten(setting)}: YAML would leave out {shorten(cut)}. Put the value in quotes within those of "
            f"the shell: --set \"{name}='...'\""
        )
    for key in reversed(name.split(".")):
        value = {key: value}
    return dict(value)


def _overlaid(below: Mapping[str, Any], above: Mapping[str, Any], place: str = "") -> dict[str, Any]:
    """Merge two mappings: `above` wins key by key, mapping within mapping.

    Raises:
        OperationError: a mapping above is empty, as if to delete what is below, which it would not.
    """
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if under and isinstance(under, dict) and value == {}:
            raise OperationError(
                f"{place}{key} is {{}}, which would change nothing: a mapping is merged with what is there. Give "
                f"{', '.join(map(str, under))} values, or delete them where they stand."
            )
        if isinstance(under, dict) and isinstance(value, dict):
            value = _overlaid(under, value, f"{place}{key}.")
        merged[key] = value
    return merged
