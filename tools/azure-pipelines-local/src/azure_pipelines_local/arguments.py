"""Parse the texts of a command line."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.queued import Queued

REASONS = (  # of Build.Reason; source: https://learn.microsoft.com/azure/devops/pipelines/build/variables
    *("Manual", "IndividualCI", "BatchedCI", "Schedule", "ValidateShelveset", "CheckInShelveset", "PullRequest"),
    *("BuildCompletion", "ResourceTrigger"),
)


def parse_names(flag: str, text: str | None) -> list[str]:
    """Split at commas; raises PipelinesLocalError where there is no name, since none would stand for all."""
    found = [each.strip() for each in (text or "").split(",") if each.strip()]
    if text is not None and not found:
        raise PipelinesLocalError(f"{flag} {text!r}: names are expected, with commas between them.")
    return found


def parse_parameters(parameters: Sequence[str]) -> Mapping[str, str]:
    """Split each `NAME=VALUE`; raises PipelinesLocalError for anything else, and for a name that appears twice."""
    return _pairs("--parameter", "VALUE", parameters)


def parse_queued(
    reason: str | None = None,
    branch: str | None = None,
    variables: Sequence[str] = (),
    repositories: Sequence[str] = (),
) -> Queued:
    """Read what a run is queued with; raises PipelinesLocalError for what is none of it, or no folder."""
    folders = _pairs("--repository", "FOLDER", repositories)
    for name, folder in folders.items():
        if not Path(folder).is_dir():
            raise PipelinesLocalError(f"--repository {name}={folder}: there is no such folder.")
    given = _pairs("--variable", "VALUE", variables)
    _refuse_both(given, reason, branch)
    return Queued(
        reason="" if reason is None else _reason(reason),
        branch="" if branch is None else _branch(branch),
        variables=given,
        repositories={name: Path(folder).resolve() for name, folder in folders.items()},
    )


def _refuse_both(variables: Mapping[str, str], reason: str | None, branch: str | None) -> None:
    """Refuse a variable beside the option that gives it."""
    options = {"build.reason": ("--reason", reason)}
    options |= dict.fromkeys(("build.sourcebranch", "build.sourcebranchname"), ("--branch", branch))
    for name in variables:
        flag, value = options.get(name.lower(), ("", None))
        if value is not None:
            raise PipelinesLocalError(f"--variable {name} and {flag} {value} say the same: give one of them.")


def _pairs(flag: str, wanted: str, texts: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in texts:
        name, sign, value = each.partition("=")
        if not name or not sign:
            raise PipelinesLocalError(f"{flag} {each!r}: NAME={wanted} is expected.")
        if name.lower() in map(str.lower, found):
            raise PipelinesLocalError(f"{flag} {name} is given twice (case does not count): give it once.")
        found[name] = value
    return found


def _reason(text: str) -> str:
    found = next((each for each in REASONS if each.lower() == text.lower()), None)
    if found is None:
        close = get_close_matches(text, REASONS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(REASONS)}."
        raise PipelinesLocalError(f"--reason {text!r}: nothing starts a run like that; {hint}")
    return found


def _branch(text: str) -> str:
    if not text or text.endswith("/") or any(each.isspace() for each in text):
        raise PipelinesLocalError(f"--branch {text!r}: a branch such as main, or refs/tags/v1, is expected.")
    return text if text.startswith("refs/") else f"refs/heads/{text}"
