from dataclasses import asdict
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.utils import PEOPLE_SET, TASK_SETS, AzureCli, Interactive, ServicePrincipal, identity, sign_in

MARK = "planted-" + "8f3c"
PEOPLE = dict(zip(PEOPLE_SET, ("tenant", "client", MARK), strict=True))
TASK = dict(zip(TASK_SETS, ("task-tenant", "task-client", MARK), strict=True))


def asked(environment: dict[str, str], az: str | None = None, terminal: bool = False) -> Any:
    return identity(environment, lambda name: az, terminal)


@pytest.mark.parametrize(("environment", "client"), [(PEOPLE, "client"), (TASK, "task-client")], ids=["people", "task"])
def test_a_service_principal_comes_before_every_other_login(environment: dict[str, str], client: str) -> None:
    found = asked(environment, az="/usr/bin/az", terminal=True)
    assert (found.client_id, found.client_secret) == (client, MARK)


def test_the_names_that_people_set_come_before_those_of_the_task() -> None:
    assert asked(PEOPLE | TASK).client_id == "client"


def test_the_login_of_the_azure_cli_comes_before_the_browser() -> None:
    assert asked({}, az="/usr/bin/az", terminal=True) == AzureCli("/usr/bin/az")


def test_the_browser_is_for_people_at_a_terminal() -> None:
    assert asked({"AZURE_TENANT_ID": "tenant"}, terminal=True) == Interactive("tenant")
    with pytest.raises(OperationError, match="az login"):
        asked({}, terminal=False)


def test_with_workload_identity_the_task_has_logged_in_the_azure_cli() -> None:
    federated = {name: TASK[name] for name in TASK_SETS[:2]} | {"idToken": MARK}
    assert asked(federated, az="/usr/bin/az") == AzureCli("/usr/bin/az")


@pytest.mark.parametrize(
    ("environment", "az", "terminal", "shown"),
    [
        (
            PEOPLE,
            "/usr/bin/az",
            False,
            "service principal client (AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET)",
        ),
        ({}, "/usr/bin/az", True, "login of the Azure CLI (/usr/bin/az)"),
        ({}, None, True, "login in the browser"),
    ],
    ids=["principal", "cli", "browser"],
)
def test_the_order_is_told_with_who_would_sign_in_and_what_is_there(
    environment: dict[str, str], az: str | None, terminal: bool, shown: str
) -> None:
    found = [("no", "yes")[bool(there)] for there in (environment, az, terminal)]
    order = "1. service principal set ({}), 2. Azure CLI installed ({}), 3. browser from a terminal ({})".format(*found)
    assert sign_in(environment, lambda name: az, terminal) == f"{shown}. Order: {order}"


def test_when_nobody_can_sign_in_each_way_of_the_order_says_what_to_do() -> None:
    with pytest.raises(OperationError, match=r"1\. Set AZURE_TENANT_ID.* 2\. install .*az login.* 3\. start this"):
        sign_in({}, lambda name: None, terminal=False)


@pytest.mark.parametrize("missing", PEOPLE_SET)
def test_a_part_of_a_service_principal_names_what_is_missing(missing: str) -> None:
    rest = {name: value for name, value in PEOPLE.items() if name != missing}
    with pytest.raises(OperationError, match=f"set {missing} as well"):
        asked(rest, az="/usr/bin/az")


def test_a_variable_that_the_pipeline_does_not_define_is_missing() -> None:
    with pytest.raises(OperationError, match="set AZURE_CLIENT_SECRET as well"):
        asked(PEOPLE | {"AZURE_CLIENT_SECRET": "$(AZURE_CLIENT_SECRET)"})


def test_no_text_about_an_identity_holds_the_secret() -> None:
    found = asked(PEOPLE)
    assert isinstance(found, ServicePrincipal)
    assert MARK in asdict(found).values()
    assert MARK not in f"{found} {found!r} {sign_in(PEOPLE, lambda name: None, terminal=False)}"


def test_no_complaint_holds_the_secret() -> None:
    with pytest.raises(OperationError) as raised:
        asked(PEOPLE | {"AZURE_TENANT_ID": ""})
    assert MARK not in str(raised.value)
