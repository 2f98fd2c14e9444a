"""The tasks that the short forms of steps stand for, and their inputs.

Measured by PGielniak/azdo-pipeline-emulator: what the service writes for each (fixtures/oracle, 02, 03, 09 and 10, and
E03-parameters/pass-steplist-valid). Those of checkout, publish and download have no name that it would take.
"""

from dataclasses import dataclass, field

CHECKOUT = "6d15af64-176c-496d-b583-fd2ae21d4df4@1"
DOWNLOAD = "30f35852-3f7e-4c0c-9a88-e127b4f97211@1"
PUBLISH = "ecdc45f6-832d-4ad9-b52b-ee49e94659be@1"


@dataclass(frozen=True)
class ShortForm:
    """The task of a short form; `main` is the input that stands under its key, `implied` are inputs that it means."""

    task: str
    main: str
    implied: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)  # keys that are inputs of another name


INLINE = {"targetType": "inline"}
SHORT_FORMS = {
    "script": ShortForm("CmdLine@2", "script"),
    "bash": ShortForm("Bash@3", "script", INLINE),
    "pwsh": ShortForm("PowerShell@2", "script", INLINE | {"pwsh": "true"}),
    "powershell": ShortForm("PowerShell@2", "script", INLINE),
    "checkout": ShortForm(CHECKOUT, "repository"),
    "download": ShortForm(DOWNLOAD, "alias"),
    "publish": ShortForm(PUBLISH, "path", renamed={"artifact": "artifactName"}),
    "upload": ShortForm(PUBLISH, "path", renamed={"artifact": "artifactName"}),
}
OF_IDS = {SHORT_FORMS[kind].task: kind for kind in ("checkout", "download", "publish")}
