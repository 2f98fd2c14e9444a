"""`invoke infra` refuses an environment that needs nothing in Azure before it asks for anything else."""

import pytest

from operation.errors import OperationError
from operation.execution.infrastructure import infra


@pytest.mark.parametrize(
    "flags",
    [(False, False, False), (True, False, False), (False, True, False), (False, False, True)],
    ids=["no flag", "plan", "yes", "destroy"],
)
def test_an_environment_without_azure_is_refused_at_once(flags: tuple[bool, bool, bool]) -> None:
    with pytest.raises(OperationError, match=r"^local needs nothing in Azure. Choose --environment: dev, prd\.$"):
        infra.run("local", (), *flags)
