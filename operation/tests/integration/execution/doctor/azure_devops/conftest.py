"""A project in Azure DevOps that has all of required.yaml."""

import pytest

from operation.execution.doctor.azure_devops.required import read_required
from operation.tests.azure_cli import StandIn
from operation.tests.integration.execution.doctor.azure_devops.answers import (
    ADDRESS,
    CHECKS,
    checks_of,
    connection,
    definition,
    listed,
    permissions_of,
    retention,
)


@pytest.fixture
def az(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    stand_in = StandIn.made(tmp_path_factory.mktemp("az") / "bin")
    wanted = read_required()
    definitions = [
        definition(number, file) for number, file in enumerate((*wanted.pipelines, *wanted.optional_pipelines), start=1)
    ]
    stand_in.answers(f"{ADDRESS}/_apis/build/definitions", "includeAllProperties=true", out=listed(definitions))
    connections = [connection(one.name) for one in wanted.service_connections]
    stand_in.answers(f"{ADDRESS}/_apis/serviceendpoint/endpoints", "type=azurerm", out=listed(connections))
    environments = [{"id": number, "name": one.name} for number, one in enumerate(wanted.environments, start=1)]
    stand_in.answers(f"{ADDRESS}/_apis/distributedtask/environments", out=listed(environments))
    stand_in.answers(f"{ADDRESS}/_apis/build/retention", out=retention(wanted.keep_runs_days))
    for one in wanted.service_connections:
        checks_of(stand_in, "endpoint", f"id-of-{one.name}", *(CHECKS[name] for name in one.checks))
        permissions_of(stand_in, "endpoint", f"id-of-{one.name}")
    for number, one in enumerate(wanted.environments, start=1):
        checks_of(stand_in, "environment", str(number), *(CHECKS[name] for name in one.checks))
        permissions_of(stand_in, "environment", str(number))
    monkeypatch.setenv("PATH", stand_in.environment()["PATH"])
    return stand_in
