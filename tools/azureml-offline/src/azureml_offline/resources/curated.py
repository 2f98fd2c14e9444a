"""Curated environments: Microsoft's own, whose packages are in images, which the offline workspace does not have.

They are listed and read as in Azure. A job or a service takes its packages from a conda file that whoever starts the
workspace gives (`--curated`); without one it is refused, for any other packages would show what Azure would not.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from azureml_offline.errors import OfflineError
from azureml_offline.resources import curated_names
from azureml_offline.workspace.refusals import refuse
from azureml_offline.workspace.state import Json, State

PREFIXES = ("AzureML", "Microsoft")  # azureml.core.Environment: "reserved for curated environments"
# As seen in MicrosoftDocs/azure-docs 65770 (of AzureML, with the code UserError).
RESERVED = (
    "Environment name can not start with the prefix {}. To alter a curated environment first create a copy of it."
)
SECTIONS = ("python", "docker", "environmentVariables")
IN_IMAGE = re.compile(rf"{re.escape(curated_names.IMAGES)}/(curated/[^:@]+|[^:@]+-inference)(?=[:@]|$)")
PLATFORM = {"os": "Linux", "architecture": "amd64"}
BY_IMAGE = {curated_names.image(name, 1).partition(":")[0]: name for name in curated_names.LISTED}


def read_files(files: Mapping[str, str | Path]) -> dict[str, Json]:
    """Return the conda specification of each name.

    Raises:
        OfflineError: a name is unknown, or a file is not a conda file.
    """
    if not files:
        return {}
    from azureml_offline.resources import conda_files  # which imports PyYAML, a tenth of the start

    for name in files:
        if name not in curated_names.NEWEST:
            raise OfflineError(f"--curated: {_unknown(name)}")
    return {name: conda_files.read(file) for name, file in files.items()}


def is_reserved(name: str) -> bool:
    """Say whether only Microsoft may give an environment that name."""
    return name.startswith(PREFIXES)


def refuse_reserved(name: str) -> None:
    """Refuse to register or to label an environment with a reserved name, in Azure's words."""
    if is_reserved(name):
        refuse(400, "UserError", _reserved(name))


def _reserved(name: str) -> str:
    return RESERVED.format(next(prefix for prefix in PREFIXES if name.startswith(prefix)))


def listed(workspace: State) -> list[Json]:
    """Return the newest version of each that a list shows."""
    return [_describe(workspace, name, str(version)) for name, version in curated_names.LISTED.items()]


def read(workspace: State, name: str, version: str = "") -> Json:
    """Return a version of a curated environment, without one the newest; refuse what is not known of it."""
    newest = curated_names.NEWEST.get(name)
    if newest is None:
        refuse(501, "UnknownEnvironment", _unknown(name))
    if version and not _is_known(version, newest):
        words = f"The offline workspace knows versions 1 to {newest} of {name}, not {version}: leave the version out."
        refuse(501, "UnknownEnvironment", words)
    return _describe(workspace, name, version or str(newest))


def _is_known(version: str, newest: int) -> bool:
    return version in map(str, range(1, newest + 1))


def _unknown(name: str) -> str:
    longer = [one for one in curated_names.NEWEST if one.lower().startswith(name.lower())]
    near = (longer or get_close_matches(name, curated_names.NEWEST, n=1, cutoff=0))[0]
    return f"The offline workspace knows no curated environment {name!r}. The nearest is {near}."


def _describe(workspace: State, name: str, version: str) -> Json:
    return {
        "name": name,
        "version": version,
        "assetId": f"azureml://registries/azureml/environments/{name}/versions/{version}",
        "python": _python(workspace, name),
        "environmentVariables": {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"},  # as in Azure, and as the SDK makes one
        "docker": {
            "enabled": False,
            "arguments": [],
            "baseImage": curated_names.image(name, version),
            "baseDockerfile": None,
            "platform": PLATFORM,
            "sharedVolumes": True,
            "shmSize": None,
        },
        "spark": {"repositories": [], "packages": [], "precachePackages": True},
        "inferencingStackVersion": None,
        "r": None,
    }


def _python(workspace: State, name: str) -> Json:
    """Return the packages: those of the file; else of an image, or of nobody under the name, which a copy keeps."""
    own = {"name": name, "channels": ["conda-forge"], "dependencies": []} if name in curated_names.HIDDEN else None
    conda = workspace.curated.get(name) or own
    return {
        "interpreterPath": "python",
        "userManagedDependencies": conda is None,
        "condaDependenciesFile": None,
        "condaDependencies": conda,
        "baseCondaEnvironment": None,
    }


def reason_to_refuse(workspace: State, used: Json, *sections: str) -> str | None:
    """Return why a job or a service cannot use the environment; of a curated one, these sections must be unchanged."""
    name = str(used.get("name") or "")
    if is_reserved(name):
        newest, version = curated_names.NEWEST.get(name), str(used.get("version") or "")
        if newest is None or not _is_known(version, newest):
            return _reserved(name)
        if is_changed(used, _describe(workspace, name, version), *sections):
            return _reserved(name)
    origin = _origin(used)
    if origin is None:
        return None
    if origin not in curated_names.NEWEST:
        return f"The environment {name} has its packages in the image {origin} of Azure's: name conda dependencies."
    what = f"{name} is a curated environment" if name == origin else f"{name} is a copy of the curated {origin}"
    remedy = f"start the offline workspace with --curated {origin}=FILE.yml, a conda file of these packages."
    if origin in workspace.curated:
        remedy = f"the environment that Environment.get returns for {origin} names them: use that, or a copy of it."
    return f"The environment {what}, whose packages are in an image of Azure's: {remedy}"


def is_changed(used: Json, known: Json, *sections: str) -> bool:
    """Say whether an environment differs from a known one in what counts for a job or a service."""
    return any(_essence(used, section) != _essence(known, section) for section in sections)


def _essence(environment: Json, section: str) -> Json:
    """Return what makes a difference of a section: the SDK fills in and leaves out the rest."""
    found = environment.get(section) or {}
    if section == "python":
        return {
            "userManagedDependencies": bool(found.get("userManagedDependencies")),
            "condaDependencies": found.get("condaDependencies") or {},
        }
    if section == "docker":
        return {key: found.get(key) or None for key in ("baseImage", "baseDockerfile")}
    return dict(found)


def _origin(used: Json) -> str | None:
    """Return the curated environment whose unknown packages are used, under whatever name; else their image."""
    python = used.get("python") or {}
    if python.get("userManagedDependencies"):
        image = str((used.get("docker") or {}).get("baseImage") or "")
        found = IN_IMAGE.match(image)
        return BY_IMAGE.get(found[0], found[0]) if found else None
    marked = (python.get("condaDependencies") or {}).get("name")
    return marked if marked in curated_names.HIDDEN else None
