"""What is installed here, against what a lock pins."""

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def differences(lock: Path) -> Iterator[tuple[str, str, str | None]]:
    """Each package whose installed version is not the pinned one: name, pinned and installed version."""
    described = (one.metadata for one in metadata.distributions())  # read anew by each use of it
    installed = {canonicalize_name(one["Name"]): one["Version"] for one in described}
    for line in lock.read_text(encoding="utf-8").splitlines():
        if "==" not in line or line.startswith((" ", "#")):
            continue
        pin = Requirement(line.removesuffix("\\"))
        if pin.marker and not pin.marker.evaluate():
            continue
        found = installed.get(canonicalize_name(pin.name))
        if found is None or not pin.specifier.contains(found, prereleases=True):
            yield pin.name, str(pin.specifier), found
