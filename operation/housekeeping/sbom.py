"""Write a bill of materials (CycloneDX 1.6) for each lock: `nox -s sbom`.

The same locks give the same documents, byte for byte: there is no time in them, and the serial number is a hash.
"""

import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from operation.bootstrap import find_tools
from operation.housekeeping import licences

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "outputs" / "reports" / "sbom"
ENTRY = re.compile(
    r"^([A-Za-z0-9._-]+)==([^\s;]+)(?: ; ([^\\\n]*?))?(?: \\)?\n((?:    --hash=\S+(?: \\)?\n)*)", re.MULTILINE
)
SPDX_ID = re.compile(r"[A-Za-z0-9.+-]+")
EXPRESSION = re.compile(r".+ (?:AND|OR|WITH) .+")


@dataclass(frozen=True)
class Package:
    """A pin of a lock: `marker` says where it is installed, "" for everywhere; `hashes` are SHA-256 of its files."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def purl(self) -> str:
        """The package's address in the form that scanners look up."""
        return f"pkg:pypi/{licences.canonical(self.name)}@{self.version}"


def main(argv: Sequence[str] | None = None) -> int:
    """Write a document for each lock; exit code 1, and a line for each, if packages have no licence on the page."""
    del argv
    known = licences.read(licences.PAGE.read_text(encoding="utf-8"))
    OUTPUT.mkdir(parents=True, exist_ok=True)
    missing = set()
    for lock in sorted(ROOT.glob("requirements*.lock")):
        packages = list(read_lock(lock.read_text(encoding="utf-8")))
        missing |= {
            each.name for each in packages if known.get(licences.canonical(each.name)) in (None, licences.UNKNOWN)
        }
        file = OUTPUT / f"{lock.stem}.cdx.json"
        file.write_text(json.dumps(document(packages, known, ROOT), indent=2) + "\n", encoding="utf-8", newline="\n")
        print(f"{file.relative_to(ROOT).as_posix()}: {len(packages)} packages")
    page = licences.PAGE.relative_to(ROOT).as_posix()
    for name in sorted(missing):
        print(f"{name} has no licence in {page}. List it: {licences.REMEDY}", file=sys.stderr)
    return 1 if missing else 0


def read_lock(text: str) -> Iterator[Package]:
    """Yield the packages that a lock pins; one may be pinned twice, for different Pythons."""
    for name, version, marker, hashes in ENTRY.findall(text):
        yield Package(name, version, marker.strip(), tuple(re.findall(r"--hash=sha256:([0-9a-f]+)", hashes)))


def document(packages: Sequence[Package], known: Mapping[str, str], root: Path) -> dict[str, Any]:
    """Return the CycloneDX document of a lock: its packages, our own tools, and the project itself."""
    components = [component(each, known) for each in packages] + [tool(folder) for folder in find_tools(root)]
    serial = uuid5(NAMESPACE_URL, json.dumps(components, sort_keys=True))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": project(root)},
        "components": components,
    }


def component(package: Package, known: Mapping[str, str]) -> dict[str, Any]:
    """Return a package as CycloneDX has it."""
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": package.purl + (f"#{package.marker}" if package.marker else ""),
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "hashes": [{"alg": "SHA-256", "content": each} for each in package.hashes],
    }
    licence = known.get(licences.canonical(package.name), licences.UNKNOWN)
    if licence != licences.UNKNOWN:
        found["licenses"] = [licence_choice(licence)]
    if package.marker:  # installed on some systems or Pythons only
        found["properties"] = [{"name": "python:marker", "value": package.marker}]
    return found


def licence_choice(licence: str) -> dict[str, Any]:
    """Return a licence as CycloneDX has it: an expression, or a name that people gave it."""
    if EXPRESSION.fullmatch(licence) and SPDX_ID.fullmatch(licence.replace(" ", "").replace("(", "").replace(")", "")):
        return {"expression": licence}
    return {"license": {"name": licence}}


def tool(folder: Path) -> dict[str, Any]:
    """Return a package of tools/ as CycloneDX has it."""
    described = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, version = described["name"], described["version"]
    return {"type": "library", "bom-ref": f"tools/{name}", "name": name, "version": version}


def project(root: Path) -> dict[str, Any]:
    """Return the project itself: name and version that setup.py gives it."""
    tree = ast.parse((root / "setup.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "setup"]
    given = {each.arg: each.value.value for each in calls[0].keywords if isinstance(each.value, ast.Constant)}
    return {"type": "application", "bom-ref": "project", "name": given["name"], "version": given["version"]}


if __name__ == "__main__":
    raise SystemExit(main())
