"""What every section of the configuration is, and the types that sections in several files share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

VariableName = Annotated[str, Field(pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")]


class Section(BaseModel):
    """Complete, frozen, without defaults: a missing, unknown or mistyped key stops the run by name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
