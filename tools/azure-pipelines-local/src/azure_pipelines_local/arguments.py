"""Parse the texts of a command line."""

from collections.abc import Mapping, Sequence

from azure_pipelines_local.errors import PipelinesLocalError


def parse_names(flag: str, text: str | None) -> list[str]:
    """Split at commas; raises PipelinesLocalError where there is no name, since none would stand for all."""
    found = [each.strip() for each in (text or "").split(",") if each.strip()]
    if text is not None and not found:
        raise PipelinesLocalError(f"{flag} {text!r}: names are expected, with commas between them.")
    return found


def parse_parameters(parameters: Sequence[str]) -> Mapping[str, str]:
    """Split each `NAME=VALUE`; raises PipelinesLocalError for anything else, and for a name that appears twice."""
    found: dict[str, str] = {}
    for each in parameters:
        name, sign, value = each.partition("=")
        if not name or not sign:
            raise PipelinesLocalError(f"--parameter {each!r}: NAME=VALUE is expected.")
        if name.lower() in map(str.lower, found):
            raise PipelinesLocalError(f"--parameter {name} is given twice (case does not count): give it once.")
        found[name] = value
    return found
