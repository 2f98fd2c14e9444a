"""Parse logging commands: `##vso[area.action name=value;…]text`, with which a step speaks to its agent.

Source: https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
"""

import re
from dataclasses import dataclass

COMMAND = re.compile(r"##vso\[([A-Za-z]+)\.([A-Za-z]+)(?: ([^\]]*))?\](.*)")
# `%AZP25` is the last: put back first, the sign would begin others that were never escaped.
ESCAPED = {"%3B": ";", "%0D": "\r", "%0A": "\n", "%5D": "]", "%AZP25": "%"}
AREAS = {  # what Azure Pipelines has, so that a misspelt command is told from one that does not work here
    "task": (
        *("addattachment", "complete", "debug", "issue", "logdetail", "logissue", "prependpath", "setendpoint"),
        *("setprogress", "setsecret", "settaskvariable", "setvariable", "uploadfile", "uploadsummary"),
    ),
    "artifact": ("associate", "upload"),
    "build": ("addbuildtag", "updatebuildnumber", "uploadlog", "uploadsummary"),
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
        """Return whether the property is true."""
        return self.properties.get(name, "").lower() == "true"


def parse_command(line: str) -> Command | None:
    """Parse the command in a line of output, at any place of it; None if there is none."""
    match = COMMAND.search(line)  # not only at its beginning: tools put times and levels before what they print
    if match is None:
        return None
    pairs = (each.partition("=") for each in (match[3] or "").split(";"))
    properties = {name.strip().lower(): unescape(value) for name, equals, value in pairs if equals}
    return Command(match[1].lower(), match[2].lower(), properties, unescape(match[4]))


def unescape(text: str) -> str:
    """Put back the characters that are escaped in commands."""
    for escaped, plain in ESCAPED.items():
        text = text.replace(escaped, plain)
    return text
