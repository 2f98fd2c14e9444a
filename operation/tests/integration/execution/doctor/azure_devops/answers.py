"""What Azure DevOps answers, in the shapes of Microsoft's REST reference (7.1).

The shapes: Definitions - List (build), Endpoints - Get Service Endpoints, Environments - List, Retention - Get,
Check Configurations - List, Pipeline Permissions - Get.
"""

from typing import Any

from operation.tests.azure_cli import StandIn

Json = dict[str, Any]
ADDRESS = "https://dev.azure.com/fabrikam/Parcel%20delays"
NAMED = "fabrikam/Parcel delays"
BRANCH_CONTROL = {
    "type": {"id": "fe1de3ee-a436-41b4-bb20-f6eb4cb879a7", "name": "Task Check"},
    "settings": {
        "displayName": "Branch control",
        "definitionRef": {
            "id": "86b05a0c-73e6-4f7d-b3cf-e38f3b39a75b",
            "name": "evaluatebranchProtection",
            "version": "0.0.1",
        },
        "inputs": {"allowedBranches": "refs/heads/release, refs/heads/main", "ensureProtectionOfBranch": "true"},
    },
}
CHECKS: dict[str, Json] = {
    "approvals": {
        "type": {"id": "8c6f20a7-a545-4486-9777-f762fafe0d4d", "name": "Approval"},
        "settings": {"approvers": [{"displayName": "Ada", "id": "3b3db741-9d03-4e32-a7c0-6c3dfc2013c1"}]},
    },
    "branch control": BRANCH_CONTROL,
    "exclusive lock": {"type": {"id": "2ef31ad6-baa0-403a-8b45-2cbc9b4e5563", "name": "ExclusiveLock"}, "settings": {}},
}


def listed(values: list[Json]) -> Json:
    return {"count": len(values), "value": values}


def definition(number: int, file: str) -> Json:
    return {
        "id": number,
        "name": file.rpartition("/")[2],
        "path": "\\",
        "type": "build",
        "queueStatus": "enabled",
        "process": {"yamlFilename": file, "type": 2},
        "repository": {"name": "parcels", "type": "TfsGit", "defaultBranch": "refs/heads/main"},
    }


def connection(name: str) -> Json:
    return {
        "id": f"id-of-{name}",
        "name": name,
        "type": "azurerm",
        "url": "https://management.azure.com/",
        "authorization": {
            "scheme": "WorkloadIdentityFederation",
            "parameters": {"tenantid": "t", "serviceprincipalid": "s"},
        },
        "data": {"environment": "AzureCloud", "scopeLevel": "Subscription"},
        "isReady": True,
        "isShared": False,
    }


def retention(days: int) -> Json:
    return {
        "purgeArtifacts": {"min": 1, "max": 60, "value": days},
        "purgeRuns": {"min": 30, "max": 731, "value": days},
        "purgePullRequestRuns": {"min": 1, "max": 30, "value": 10},
    }


def checks_of(az: StandIn, kind: str, identifier: str, *checks: Json) -> None:
    az.answers("checks/configurations", f"resourceType={kind} resourceId={identifier} ", out=listed(list(checks)))


def permissions_of(az: StandIn, kind: str, identifier: str, **more: Any) -> None:
    resource = {"type": kind, "id": identifier}
    out = {"resource": resource, "pipelines": [{"id": 2, "authorized": True}], **more}
    az.answers(f"pipelines/pipelinepermissions/{kind}/{identifier} ", out=out)
