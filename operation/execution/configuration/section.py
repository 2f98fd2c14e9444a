"""What every section of the configuration is, and the types of their keys."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

# YAML has lists only; the configuration is frozen, so they become tuples.
Names = Annotated[tuple[str, ...], Field(strict=False)]
Value = int | float | str
# What MLflow, Azure ML and every file system take as a name, and no path: found out before the work, not after it.
NAME, MODEL = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$", r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
ExperimentName = Annotated[str, Field(pattern=NAME)]
ModelName = Annotated[str, Field(pattern=MODEL)]
MOST = 2**31 - 1  # of any whole number, as learning/arguments.py says
Count = Annotated[int, Field(ge=1, le=MOST)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
LONGEST_SERVICE = 32  # characters of a service's name in Azure
# Azure's rule, kept everywhere, so that a service can move there; "" is the default.
SERVICE = r"^([a-z][a-z0-9-]{1,30}[a-z0-9])?$"
ServiceName = Annotated[str, Field(pattern=SERVICE)]
Tolerance = Annotated[float, Field(ge=0, allow_inf_nan=False)]  # how much of a metric
# At least one, each checked as a value of the section training when a sweep makes its trials of them.
Choices = Annotated[tuple[Any, ...], Field(strict=False, min_length=1)]
VARIABLE = r"^([A-Za-z_][A-Za-z0-9_]*)?$"
VariableName = Annotated[str, Field(pattern=VARIABLE)]
IN_WORDS = {  # what a text of each pattern is
    NAME: "a name of up to 100 letters, digits, _ and -, which begins with a letter or a digit",
    MODEL: "a name of up to 100 letters, digits, _, - and dots, which begins with a letter or a digit",
    SERVICE: "empty, or a name of 3 to 32 small letters, digits and -, which begins with a letter and ends with no -",
    VARIABLE: "empty, or the name of an environment variable, of letters, digits and _",
}


class Section(BaseModel):
    """Complete and frozen: a missing, unknown or mistyped key stops the run by name.

    Only a key that came later has a default, which changes nothing for configurations written before it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
