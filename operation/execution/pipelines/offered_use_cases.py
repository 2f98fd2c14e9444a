"""The use cases that pipelines offer: the `values`, on one line, of their parameter `use_case`."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from operation.errors import OperationError
from operation.execution.configuration.loading import use_cases

FOLDER = "azure-pipelines"
CONFIGURED = "configured"  # stands for what configuration.yaml names
# From the parameter's name to its values, with no other parameter between them.
VALUES = re.compile(r"^(- name: use_case\n(?:  .*\n)*?  values: \[)([^\]\n]*)(\])", re.MULTILINE)


def offer(text: str, name: str, instead_of: Sequence[str] = ()) -> str:
    """Add a use case to those that a pipeline offers, in alphabetical order, in place of others or beside them.

    The text of a pipeline that does not list them on one line stays as it is.
    """

    def changed(found: re.Match[str]) -> str:
        named = {*_split(found[2]), name} - {CONFIGURED, *instead_of}
        return f"{found[1]}{', '.join([CONFIGURED, *sorted(named)])}{found[3]}"

    return VALUES.sub(changed, text)


def offering(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield the pipelines that offer use cases, with their texts."""
    for path in sorted((root / FOLDER).glob("*.yml")):
        text = path.read_text(encoding="utf-8")
        if VALUES.search(text):
            yield path, text


def check_offered(root: Path) -> None:
    """Raise OperationError where a pipeline offers use cases and leaves one of `configuration/` out."""
    for path, text in offering(root):
        found = VALUES.search(text)
        offered = _split(found[2]) if found else []
        lacking = [name for name in use_cases(root / "configuration") if name not in offered]
        if found and lacking:
            line = text.count("\n", 0, found.start(2)) + 1
            values = ", ".join([CONFIGURED, *sorted({*offered, *lacking} - {CONFIGURED})])
            raise OperationError(
                f"{path.relative_to(root).as_posix()}:{line}: use_case offers {', '.join(offered)}, and not "
                f"{', '.join(lacking)}, of which configuration/use_cases has a file. Write: values: [{values}]"
            )


def _split(values: str) -> list[str]:
    return [name.strip() for name in values.split(",") if name.strip()]
