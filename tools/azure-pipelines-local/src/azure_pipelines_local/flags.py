"""The flags of the verb `ado`: which go together, and what their texts mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from azure_pipelines_local.errors import PipelinesLocalError


@dataclass(frozen=True)
class Asked:
    """The flags, as the command line has them."""

    check: bool
    expand: str | None
    run: str | None
    stage: str | None
    job: str | None
    parameter: Sequence[str]
    keep: bool


ALLOWED = {"check": (), "expand": ("parameter",), "run": ("stage", "job", "parameter", "keep")}


def action_of(asked: Asked) -> str:
    """What to do; raises PipelinesLocalError for none or several of these, and for a flag of another."""
    given = [name for name, value in vars(asked).items() if value not in (None, False, ())]
    actions = [name for name in given if name in ALLOWED]
    if len(actions) != 1:
        also = f" Not {' and '.join(f'--{name}' for name in actions)} at once." if actions else ""
        raise PipelinesLocalError(f"Say what to do: --check, --expand FILE, or --run FILE.{also}")
    for name in given:
        if name not in (*actions, *ALLOWED[actions[0]]):
            owners = " and ".join(f"--{action}" for action, allowed in ALLOWED.items() if name in allowed)
            raise PipelinesLocalError(
                f"--{name} does nothing with --{actions[0]}: it goes with {owners}. Leave it out."
            )
    return actions[0]


def names(flag: str, text: str | None) -> list[str]:
    """The names between commas; raises PipelinesLocalError where there is no name, since none would stand for all."""
    found = [each.strip() for each in (text or "").split(",") if each.strip()]
    if text is not None and not found:
        raise PipelinesLocalError(f"{flag} {text!r}: names are expected, with commas between them.")
    return found


def pairs(parameters: Sequence[str]) -> Mapping[str, str]:
    """`name=value`, each; raises PipelinesLocalError for any other, and for a name that stands twice."""
    found: dict[str, str] = {}
    for each in parameters:
        name, sign, value = each.partition("=")
        if not name or not sign:
            raise PipelinesLocalError(f"--parameter {each!r}: NAME=VALUE is expected.")
        if name.lower() in map(str.lower, found):
            raise PipelinesLocalError(f"--parameter {name} is given twice (case does not count): give it once.")
        found[name] = value
    return found
