"""Logging commands: `##vso[area.action name=value;…]text`, with which a step speaks to its agent.

Source: https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
"""

import re
from dataclasses import dataclass

COMMAND = re.compile(r"##vso\[([A-Za-z]+)\.([A-Za-z]+)(?: ([^\]]*))?\](.*)")
ESCAPED = {"%3B": ";", "%0D": "\r", "%0A": "\n", "%5D": "]", "%AZP25": "%"}
AREAS = {  # what Azure Pipelines has
    "task": (
        *("addattachment", "complete", "debug", "logdetail", "logissue", "prependpath", "setendpoint", "setprogress"),
        *("setsecret", "settaskvariable", "setvariable", "uploadfile", "uploadsummary"),
    ),
    "artifact": ("associate", "upload"),
    "build": ("addbuildtag", "updatebuildnumber", "uploadlog"),
    "codecoverage": ("publish",),
    "plugininternal": (),
    "release": ("updatereleasename",),
    "results": ("publish",),
    "telemetry": ("publish",),
}


@dataclass(frozen=True)
class Command:
    """One logging command; area, action and the names of properties are in lower case."""

    area: str
    action: str
    properties: dict[str, str]
    text: str

    def flag(self, name: str) -> bool:
        """Whether the property is true."""
        return self.properties.get(name, "").lower() == "true"


def find(line: str) -> Command | None:
    """The command in a line of output, if there is one."""
    found = COMMAND.search(line)
    if found is None:
        return None
    pairs = (each.partition("=") for each in (found[3] or "").split(";"))
    properties = {name.strip().lower(): unescaped(value) for name, equals, value in pairs if equals}
    return Command(found[1].lower(), found[2].lower(), properties, unescaped(found[4]))


def unescaped(text: str) -> str:
    """The text with what is escaped in commands put back."""
    for escaped, plain in ESCAPED.items():
        text = text.replace(escaped, plain)
    return text
