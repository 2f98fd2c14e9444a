"""The functions that an expression may call, depending on where it stands, and their numbers of arguments."""

from dataclasses import dataclass

from azure_pipelines_local.errors import ExpressionError


@dataclass(frozen=True)
class Signature:
    """A function's name and how many arguments it takes; without a maximum as many as one likes."""

    name: str
    minimum: int
    maximum: int | None

    def check(self, count: int, position: int) -> None:
        """Raise ExpressionError unless it takes so many arguments."""
        if self.minimum <= count and (self.maximum is None or count <= self.maximum):
            return
        at_most = "or more" if self.maximum is None else f"to {self.maximum}" if self.maximum != self.minimum else ""
        wanted = f"{self.minimum} {at_most}".strip()
        raise ExpressionError(f"{self.name} takes {wanted} arguments, and has {count}.", position)


def _table(*signatures: Signature) -> dict[str, Signature]:
    return {each.name.lower(): each for each in signatures}


GENERAL = _table(
    Signature("and", 2, None),
    Signature("coalesce", 2, None),
    Signature("contains", 2, 2),
    Signature("containsValue", 2, 2),
    Signature("convertToJson", 1, 1),
    Signature("endsWith", 2, 2),
    Signature("eq", 2, 2),
    Signature("format", 1, None),
    Signature("ge", 2, 2),
    Signature("gt", 2, 2),
    Signature("iif", 3, 3),
    Signature("in", 2, None),
    Signature("join", 2, 2),
    Signature("le", 2, 2),
    Signature("length", 1, 1),
    Signature("lower", 1, 1),
    Signature("lt", 2, 2),
    Signature("ne", 2, 2),
    Signature("not", 1, 1),
    Signature("notIn", 2, None),
    Signature("or", 2, None),
    Signature("replace", 3, 3),
    Signature("split", 2, 2),
    Signature("startsWith", 2, 2),
    Signature("substring", 2, 3),  # not in the reference, but in pipelines that run: runner.server, issue 656
    Signature("trim", 1, 1),
    Signature("upper", 1, 1),
    Signature("xor", 2, 2),
)
VARIABLE = GENERAL | _table(Signature("counter", 1, 2))
STATUS = _table(
    Signature("always", 0, 0),
    Signature("canceled", 0, 0),
    Signature("failed", 0, None),
    Signature("succeeded", 0, None),
    Signature("succeededOrFailed", 0, None),
)
CONDITION = GENERAL | STATUS
