"""What the build of the site finds: in what Sphinx prints, in docstrings, and in the pages that were built."""

import subprocess
import webbrowser
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.housekeeping import docs, docstrings, screenshots, site, site_pages


@pytest.mark.parametrize(
    ("printed", "line"),
    [
        ("{source}/how-to/a.md:7: WARNING: no 'x' [myst.xref]", "docs/how-to/a.md:7: no 'x' [myst.xref]"),
        ("{source}/../../../src/train.py:12: ERROR: Unknown role.", "src/train.py:12: Unknown role."),
        ("{source}/index.md: WARNING: not in any toctree", "docs/README.md: not in any toctree"),
        ("{source}/code/train/train.md:3: WARNING: no 'x'", "the code of train: no 'x'"),
        ("WARNING: a package is missing", "a package is missing"),
    ],
    ids=["page", "docstring", "without-line", "code", "without-file"],
)
def test_a_warning_of_sphinx_names_the_file_that_a_person_edits(printed: str, line: str, tmp_path: Path) -> None:
    places = {"docs/how-to/a.md": "how-to/a.md", "docs/README.md": "index.md"}
    gathered = site_pages.Site(tmp_path, places, {}, {})
    assert [*site.messages(printed.format(source=tmp_path / site.SOURCE), gathered)] == [line]


def write(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("reference", "dead"),
    [
        ("b/c.html", False),
        ("b/c.html#there", False),
        ("b/c.html?digest=1", False),
        ("#here", False),
        ("https://example.org/x.html", False),
        ("b/d.html", True),
        ("b/c.html#gone", True),
        ("#gone", True),
    ],
)
def test_a_reference_to_what_was_not_built_is_found(reference: str, dead: bool, tmp_path: Path) -> None:
    pages = {"a.html": f'<p id="here"><a class="x" href="{reference}">it</a>', "b/c.html": '<h1 id="there">'}
    found = [*site.dead_references(write(tmp_path, pages))]
    assert found == [f"a.html: {reference} leads nowhere in the site that was built."] * dead


@pytest.mark.parametrize(
    ("name", "text", "address"),
    [
        ("a.html", '<script async src="https://cdn.org/x.js">', "https://cdn.org/x.js"),
        ("a.html", '<link rel="stylesheet" type="text/css" href="//fonts.org/x">', "//fonts.org/x"),
        ("a.html", '<img alt="b" src="http://b.org/b.png">', "http://b.org/b.png"),
        ("a.css", "src: url('https://fonts.org/f.woff2')", "https://fonts.org/f.woff2"),
        ("a.css", '@import "https://fonts.org/f.css"', "https://fonts.org/f.css"),
        ("a.html", '<a href="https://a.org">it</a><script src="_static/x.js">', None),
    ],
    ids=["script", "style", "picture", "font", "import", "link"],
)
def test_what_is_loaded_from_another_host_is_found(name: str, text: str, address: str | None, tmp_path: Path) -> None:
    found = [*site.loaded_from_network(write(tmp_path, {name: text}))]
    assert found == ([f"{name} loads {address}, so it needs a network. Keep a copy in docs/."] if address else [])


@pytest.mark.parametrize(
    ("docstring", "fault"),
    [
        ("Return `a` and `b`.", None),
        ("Return it.\n\n    Raises:\n        ValueError: it is 0.\n    ", None),
        ("Return it.\n\n    Returns:\n        The rate (rows,).\n    ", None),
        ("Return `a.", "has a backtick without a second one"),
        ("Return :func:`a`.", "has :func:`, which is not Markdown"),
        ("Return {func}`a`.", "has a role before a backtick"),
        ("Return `a{b}` and `{c}`.", None),
        ("Return ``a``.", "has ``, which is not Markdown"),
        ("Return it.\n\n    Raises:\n        when it is 0.\n    ", "has Raises: without `name: ...`"),
        ("Return it.\n\n    Args:\n\n    More.\n    ", "has Args: without `name: ...`"),
    ],
    ids=["right", "raises", "returns", "open", "role", "myst-role", "braces", "double", "unnamed", "empty"],
)
def test_a_docstring_with_wrong_markup_is_found(docstring: str, fault: str | None, tmp_path: Path) -> None:
    (file := tmp_path / "a.py").write_text(f'"""Ours."""\n\ndef f():\n    """{docstring}"""\n', encoding="utf-8")
    found = [*docstrings.faults(file)]
    assert len(found) == bool(fault)
    assert not fault or found[0].startswith(f"3: the docstring of f {fault}")


def test_the_sections_of_a_docstring_become_fields_on_the_same_lines() -> None:
    text = "Do it.\n\nArgs:\n    a: One.\n        Two.\n    *b: Three.\nRaises:\n    ValueError: a is 0."
    written = docstrings.with_fields(text)
    assert written.splitlines()[3:6] == [":param a: One.", "        Two.", ":param *b: Three."]
    assert written.splitlines()[7] == ":raises ValueError: a is 0."


@pytest.mark.unmeasured
def test_no_docstring_of_this_repository_has_wrong_markup(repository: Path) -> None:
    assert [*site.wrong_docstrings(repository)] == []


def test_sources_that_have_not_changed_stay_as_they_are_and_others_go(repository: Path, tmp_path: Path) -> None:
    gathered = site_pages.gather(repository)
    site.write_sources(gathered, tmp_path)
    before = (tmp_path / "index.md").stat().st_mtime_ns
    write(tmp_path, {"old.md": "# Old\n", "code/train/train.md": "# train\n", "code/gone/gone.md": "# gone\n"})
    site.write_sources(gathered, tmp_path)
    assert (tmp_path / "index.md").stat().st_mtime_ns == before
    assert not (tmp_path / "old.md").exists()
    assert not (tmp_path / "code" / "gone" / "gone.md").exists()
    assert (tmp_path / "code" / "train" / "train.md").exists()


def picture(file: Path, colour: int, size: tuple[int, int] = (64, 80)) -> Path:
    from PIL import Image

    Image.new("L", size, colour).save(file)
    return file


@pytest.mark.parametrize(("colour", "size", "apart"), [(255, (64, 80), 0), (204, (64, 80), 20), (255, (64, 90), 100)])
def test_pictures_are_compared_by_shades(colour: int, size: tuple[int, int], apart: float, tmp_path: Path) -> None:
    one, other = picture(tmp_path / "a.png", 255), picture(tmp_path / "b.png", colour, size)
    assert screenshots.difference(one, other) == pytest.approx(apart)


def test_without_chromium_the_home_page_is_not_compared_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert site.compare_home(tmp_path, write=False) == []
    assert "There is no Chromium on PATH" in capsys.readouterr().out


def test_a_new_picture_without_chromium_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OperationError, match="No browser was found on PATH"):
        site.compare_home(tmp_path, write=True)


def stand_in(tmp_path: Path, colour: int) -> None:
    """A Chromium that takes every page for a plain surface of `colour`."""
    shot = picture(tmp_path / "shot.png", colour)
    browser = tmp_path / "chromium"
    browser.write_text(
        f'#!/bin/sh\nfor a; do case $a in --screenshot=*) /bin/cp {shot} "${{a#*=}}";; esac; done\n', encoding="utf-8"
    )
    browser.chmod(0o755)


@pytest.mark.parametrize("hangs", [1, 3])
def test_a_browser_that_hangs_is_started_again(hangs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, 255)
    browser, started = tmp_path / "chromium", tmp_path / "started"
    count = f"echo >> {started}; if [ $(/usr/bin/wc -l < {started}) -le {hangs} ]; then exec /bin/sleep 9; fi"
    browser.write_text(browser.read_text(encoding="utf-8").replace("\n", f"\n{count}\n", 1), encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(screenshots, "SECONDS", 0.5)
    if hangs < screenshots.TRIES:
        screenshots.take(tmp_path / "page.html", tmp_path / "picture.png")
    else:
        with pytest.raises(OperationError, match=r"took no picture of .* within 0\.5 s, 3 times"):
            screenshots.take(tmp_path / "page.html", tmp_path / "picture.png")


@pytest.mark.parametrize(("colour", "faults"), [(250, 0), (100, 1)], ids=["alike", "another"])
def test_a_home_page_that_looks_different_is_refused(
    colour: int, faults: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "docs" / "media").mkdir(parents=True)
    stand_in(tmp_path, 255)
    assert site.compare_home(tmp_path, write=True) == []
    stand_in(tmp_path, colour)
    found = site.compare_home(tmp_path, write=False)
    assert len(found) == faults
    assert all("differs from docs/media/site.png by" in fault and "--write-picture" in fault for fault in found)


def test_open_without_a_browser_is_refused_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    def locate() -> None:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", locate)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("something was built"))
    with pytest.raises(OperationError, match=r"^--open: no browser was found; set BROWSER"):
        docs.build(opened=True)
