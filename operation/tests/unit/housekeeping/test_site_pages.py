"""The pages of the documentation site, gathered from a small repository and from this one."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.housekeeping import site_pages

FILES = {
    "README.md": f"# Ours\nWhat it is.\n{site_pages.HOME_ENDS}\n## More\nSee [boats](docs/data/boats.md#size).\n",
    "CHANGELOG.md": "# Changelog\n",
    "docs/README.md": "# Documentation\n![Map](media/map.svg) and [start](how-to/start.md)\n",
    "docs/media/map.svg": "<svg/>",
    "docs/how-to/start.md": "# Start\n[Up](../README.md), [the tool](../../tools/oars/README.md), [web](https://a.org)\n",
    "docs/how-to/row.md": "# Row\n[Settings](../../oars.yaml), [all](../../tools), [here](#row)\n",
    "docs/data/README.md": "# Data\n",
    "docs/data/boats.md": "# Boats\n## Size\n```\n[not](a-link.md)\n```\n",
    "docs/code/README.md": "# Code\n",
    "docs/contents.yaml": "Start:\n- README\n- docs/how-to/start\nMore:\n- docs/how-to/*\n- docs/data/README\n- '*'\n"
    "- docs/code/README\n- tools/*/README\n",
    "tools/oars/README.md": "# Oars\n",
    "tools/oars/CHANGELOG.md": "# Changes\n",
    "tools/oars/pyproject.toml": "",
    "oars.yaml": "length: 2\n",
    "tasks.py": '"""Verbs."""\n',
    "noxfile.py": '"""Sessions.\n\nMore."""\n',
    "src/boats/__init__.py": '"""Boats."""\n',
    "operation/__init__.py": '"""Operation."""\n',
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def texts(root: Path) -> dict[str, str]:
    return site_pages.texts(site_pages.gather(root))


def change(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text(encoding="utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new), encoding="utf-8")


def test_the_site_holds_every_page_of_the_repository(root: Path) -> None:
    assert set(texts(root)) == {
        *("index.md", "overview.md", "CHANGELOG.md", "how-to/start.md", "how-to/row.md", "code/index.md"),
        *("data/index.md", "data/boats.md", "tools/oars/index.md", "tools/oars/CHANGELOG.md"),
    }


def test_the_readme_stands_on_the_site_once(root: Path) -> None:
    found = texts(root)
    assert found["index.md"].startswith("# Ours\nWhat it is.\n")
    assert "# Documentation" not in found["index.md"]
    assert found["overview.md"].startswith("# Overview\n")
    assert "What it is." not in found["overview.md"]


def test_lines_keep_their_numbers(root: Path) -> None:
    assert texts(root)["overview.md"].splitlines().index("## More") == FILES["README.md"].splitlines().index("## More")


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("overview.md", "[boats](data/boats.md#size)"),
        ("index.md", "![Map](media/map.svg)"),
        ("index.md", "[start](how-to/start.md)"),
        ("how-to/start.md", "[Up](../index.md)"),
        ("how-to/start.md", "[the tool](../tools/oars/index.md)"),
        ("how-to/start.md", "[web](https://a.org)"),
        ("how-to/row.md", "[Settings](../files/oars.yaml)"),
        ("how-to/row.md", "), all, ["),
        ("how-to/row.md", "[here](#row)"),
        ("data/boats.md", "[not](a-link.md)"),
    ],
    ids=["anchor", "picture", "page", "home", "tool", "web", "file", "folder", "same-page", "fence"],
)
def test_a_link_leads_to_the_same_from_its_place_in_the_site(root: Path, page: str, link: str) -> None:
    assert link in texts(root)[page]


def test_what_pages_link_and_show_is_taken_along(root: Path) -> None:
    found = site_pages.linked_files(site_pages.gather(root))
    assert found == {"docs/media/map.svg": "media/map.svg", "oars.yaml": "files/oars.yaml"}


def test_a_link_to_nowhere_is_refused_with_page_and_line(root: Path) -> None:
    change(root, "docs/data/boats.md", "## Size", "```\nx\n```\n[Sails](sails.md)")
    with pytest.raises(OperationError, match=r"^docs/data/boats\.md:5: the link sails\.md leads nowhere"):
        texts(root)


def test_a_link_of_the_changelog_to_what_is_gone_becomes_plain_words(root: Path) -> None:
    (root / "CHANGELOG.md").write_text("# Changelog\n* [Sails](docs/sails.md), [boats](docs/data/boats.md)\n")
    assert texts(root)["CHANGELOG.md"] == "# Changelog\n* Sails, [boats](data/boats.md)\n"


def test_a_link_into_a_tool_that_a_team_has_deleted_becomes_plain_words(root: Path) -> None:
    for name in ("README.md", "CHANGELOG.md", "pyproject.toml"):
        (root / "tools" / "oars" / name).unlink()
    assert "[Up](../index.md), the tool, [web]" in texts(root)["how-to/start.md"]


def test_the_sidebar_has_groups_in_their_order_and_patterns_take_what_is_left(root: Path) -> None:
    site = site_pages.gather(root)
    assert site.groups["Start"] == ("README.md", "docs/how-to/start.md")
    assert site.groups["More"][:2] == ("docs/how-to/row.md", "docs/data/README.md")
    assert (
        "\n:caption: More\n\nhow-to/row\ndata/index\nCHANGELOG\ncode/index\ntools/oars/index\n"
        in texts(root)["index.md"]
    )


def test_a_page_hangs_below_the_page_of_its_folder(root: Path) -> None:
    assert texts(root)["data/index.md"].endswith("```{toctree}\n:hidden:\n\nboats\n```\n")
    assert site_pages.gather(root).below["tools/oars/README.md"] == ("tools/oars/CHANGELOG.md",)


def test_the_page_of_the_code_lists_the_packages_with_what_they_say(root: Path) -> None:
    assert "* [`noxfile`](noxfile/noxfile.md): Sessions.\n" in texts(root)["code/index.md"]
    assert site_pages.packages(root) == ["src/boats", "operation", "tasks.py", "noxfile.py"]


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        (
            "docs/contents.yaml",
            "- docs/data/README\n",
            "",
            r"docs/data/README\.md is in no group of docs/contents\.yaml",
        ),
        ("docs/contents.yaml", "how-to/start", "how-to/stop", r"names docs/how-to/stop\.md, which is not there"),
        ("docs/contents.yaml", "'*'", "README", r"names README\.md twice"),
        ("docs/contents.yaml", "Start:", "Start: {", r"docs/contents\.yaml cannot be read: while"),
        ("docs/contents.yaml", "Start:\n- README", "Start: README\nX:", "must have groups, each a list of pages"),
        ("README.md", "the home page", "a page", r"README\.md must have the line <!-- the home page"),
    ],
    ids=["left-out", "unknown", "twice", "not-yaml", "no-list", "no-mark"],
)
def test_what_does_not_fit_is_refused_by_its_name(root: Path, path: str, old: str, new: str, message: str) -> None:
    change(root, path, old, new)
    with pytest.raises(OperationError, match=message):
        texts(root)


@pytest.mark.unmeasured
def test_every_page_of_this_repository_is_on_the_site_with_links_that_lead_somewhere(repository: Path) -> None:
    found = texts(repository)
    assert {"index.md", "overview.md", "CONTRIBUTING.md", "how-to/FAQ.md", "code/index.md"} <= set(found)
