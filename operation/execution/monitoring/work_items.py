"""Keep one open work item of Azure DevOps for each key: file it, or say in it what is new."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from operation.execution.configuration.alert_sections import WorkItem
from operation.execution.monitoring.web import AlertError, call

API = "api-version=7.1"
PATCH = {"Content-Type": "application/json-patch+json"}
ENDED = ("Closed", "Done", "Removed")  # the last states of the processes Agile, Scrum, Basic and CMMI


def file_work_item(key: str, title: str, text: str, alert: WorkItem, values: Mapping[str, str]) -> None:
    """Update the open item that has the key as its tag, or file one.

    Raises:
        AlertError: Azure DevOps cannot be reached or refuses.
    """
    items = values["address"].rstrip("/") + "/_apis/wit"
    login = {"Authorization": "Basic " + base64.b64encode(f":{values['token']}".encode()).decode()}
    tag, ended = key.replace("'", "''"), ", ".join(f"'{state}'" for state in ENDED)
    query = (
        "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project "  # noqa: S608  the tag is escaped
        f"AND [System.Tags] CONTAINS '{tag}' AND [System.State] NOT IN ({ended}) ORDER BY [System.Id]"
    )
    answer = call("POST", f"{items}/wiql?{API}", {"query": query}, alert.address, login)
    try:
        known = [int(each["id"]) for each in answer["workItems"]]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise AlertError(f"{alert.address} must hold the address of a project of Azure DevOps.") from error
    fields = {"System.Title": title}
    if known:
        fields["System.History"] = text  # a comment, beneath what was said before
        call("PATCH", f"{items}/workitems/{known[0]}?{API}", _patch(fields), alert.address, {**login, **PATCH})
    else:
        fields |= {"System.Description": text, "System.Tags": key}
        address = f"{items}/workitems/${quote(alert.type, safe='')}?{API}"
        call("POST", address, _patch(fields), alert.address, {**login, **PATCH})


def _patch(fields: Mapping[str, str]) -> list[dict[str, Any]]:
    """Write a JSON patch; the long fields are HTML in Azure DevOps."""
    plain = ("System.Title", "System.Tags")
    values = {name: value if name in plain else _html(value) for name, value in fields.items()}
    return [{"op": "add", "path": f"/fields/{name}", "value": value} for name, value in values.items()]


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")
