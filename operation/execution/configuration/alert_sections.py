"""The section `monitoring` of `configuration/*.yaml`: above all whom `invoke monitor` alerts, under a name each.

No address and no secret stands in a file: keys that lead to one hold the name of an environment variable.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from operation.execution.configuration.section import NAME, Section, VariableName


def _variable(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError("must be the name of an environment variable, which holds the value")
    return name


def _never_in_clear(password: str, info: ValidationInfo) -> str:
    if password and info.data.get("security") == "none":
        raise ValueError("a password is never sent in clear: security must be starttls or tls")
    return password


Variable = Annotated[str, AfterValidator(_variable)]


class Webhook(Section):
    """A channel of Slack or Teams: `address` is the variable with the whole URL, which is the secret."""

    kind: Literal["webhook"]
    form: Literal["slack", "teams"]
    address: Variable


class WorkItem(Section):
    """A work item of Azure DevOps: `address` is the variable with the project's URL, `token` that with a token."""

    kind: Literal["work_item"]
    type: str
    address: Variable
    token: Variable


class Smtp(Section):
    """A mail: the variables with `HOST:PORT`, the sender, the recipients (with commas), user and password."""

    kind: Literal["smtp"]
    security: Literal["starttls", "tls", "none"]
    server: Variable
    sender: Variable
    recipients: Variable
    user: VariableName
    password: Annotated[VariableName, AfterValidator(_never_in_clear)]


Alert = Annotated[Webhook | WorkItem | Smtp, Field(discriminator="kind")]
AlertName = Annotated[str, Field(pattern=NAME)]
KINDS: dict[str, type[Section]] = {"webhook": Webhook, "work_item": WorkItem, "smtp": Smtp}


class Monitoring(Section):
    """When the reference of a model is made, and what `invoke monitor` does beside writing its decision."""

    reference: Literal["on_demand", "with_model"]
    alerts: dict[AlertName, Alert]
