"""List the licence of every package in the locks: `nox -s sbom -- --write` installs each lock and asks its packages.

It runs in the environment of each lock in turn, so it imports the standard library alone.
"""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "references" / "licences.md"
REMEDY = "python noxfile.py -s sbom -- --write"
UNKNOWN = "?"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
ROW = re.compile(r"^\| `([^`]+)` \| (.+?) \|", re.MULTILINE)
HEAD = f"""# Licences

What the packages that this project installs say of their licence, and the locks that hold them. Written by
`{REMEDY}`, which keeps the lines that are there; delete this page to ask every package again.
`nox -s sbom` fails while a package is missing here, and writes a bill of materials (CycloneDX) for each lock.

| package | licence | in |
|---|---|---|
"""
LONGEST = 60  # characters of a licence's name: some packages give the whole text
CLASSIFIED = {  # names of Python's classifiers, and words of packages, as SPDX has them
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "CC0": "CC0-1.0",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL-2.1-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Zope Public License": "ZPL-2.1",
}


ELSEWHERE = {  # what Linux or the Python here does not install
    "appnope": "BSD-2-Clause",
    "colorama": "BSD-3-Clause",
    "pyreadline3": "BSD-3-Clause",
    "pywin32": "PSF-2.0",
    "pywinpty": "MIT",
    "pyyaml-ft": "MIT",
    "standard-imghdr": "PSF-2.0",
    "waitress": "ZPL-2.1",
}
TEXTS = ("", ".md", ".rst", ".txt")
PHRASES = {  # words of the licences' texts, the first that are there decide
    ("Apache License",): "Apache-2.0",
    ("Zope Public License",): "ZPL-2.1",
    ("Permission is hereby granted, free of charge",): "MIT",
    ("Redistribution and use in source and binary forms", "Neither the name"): "BSD-3-Clause",
    ("Redistribution and use in source and binary forms",): "BSD-2-Clause",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Add what the packages installed here say to the page, and take out what no lock holds any more."""
    del argv
    known = read(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    locks = {path.name: pinned(path.read_text(encoding="utf-8")) for path in sorted(ROOT.glob("requirements*.lock"))}
    PAGE.write_text(page({**ELSEWHERE, **known, **installed()}, locks), encoding="utf-8", newline="\n")
    return 0


def read(text: str) -> dict[str, str]:
    """Return the licences by package that a page lists."""
    return dict(ROW.findall(text))


def pinned(lock: str) -> set[str]:
    """Return the names of the packages in the text of a lock."""
    return {canonical(name) for name, _ in PIN.findall(lock)}


def canonical(name: str) -> str:
    """Return a package's name as locks write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed() -> dict[str, str]:
    """Return the licences of the packages in this environment, as far as they say it."""
    found = {canonical(each.metadata["Name"]): licence_of(each) for each in metadata.distributions()}
    return {name: licence for name, licence in found.items() if licence != UNKNOWN}


def licence_of(package: metadata.Distribution) -> str:
    """Return a package's licence: as SPDX if it says so, else by its classifiers, its words or its licence file."""
    described = package.metadata
    if expressions := described.get_all("License-Expression"):
        return str(expressions[0])
    classifiers = [each for each in described.get_all("Classifier") or [] if each.startswith("License ::")]
    named = [each.rpartition(" :: ")[2] for each in classifiers]
    found = sorted({CLASSIFIED.get(name, name) for name in named if name != "OSI Approved"})
    words = " ".join(described.get_all("License") or []).strip().partition("\n")[0]
    short_enough = CLASSIFIED.get(words, words) if 0 < len(words) <= LONGEST else ""
    return " AND ".join(found) or short_enough or by_text(package)


def by_text(package: metadata.Distribution) -> str:
    """Recognize a licence by words of its file."""
    files = [file for file in package.files or () if re.search(r"licen[cs]e|copying", file.name, re.IGNORECASE)]
    text = " ".join(" ".join(file.read_text(encoding="utf-8").split()) for file in files if file.suffix in TEXTS)
    return next((licence for words, licence in PHRASES.items() if all(word in text for word in words)), UNKNOWN)


def page(licences: Mapping[str, str], locks: Mapping[str, Iterable[str]]) -> str:
    """Return the page: a line for each package that a lock holds."""
    holders: dict[str, list[str]] = {}
    for lock, names in locks.items():
        for name in names:
            holders.setdefault(name, []).append(short(lock))
    lines = [
        f"| `{name}` | {licences.get(name, UNKNOWN)} | {', '.join(sorted(holders[name]))} |\n"
        for name in sorted(holders)
    ]
    return HEAD + "".join(lines)


def short(lock: str) -> str:
    """Return what tells a lock from the others: requirements-ado.lock is "ado", the first of all is "default"."""
    return lock.removeprefix("requirements").removesuffix(".lock").removeprefix("-") or "default"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
