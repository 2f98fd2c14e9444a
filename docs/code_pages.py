"""Write the pages of docs/code from the docstrings: a page a module, its names in the order of its file."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from autodoc2.render.myst_ import MystRenderer
from autodoc2.utils import ItemData
from docutils import nodes
from myst_parser.sphinx_ import Parser as MystParser

from operation.housekeeping.docstrings import with_fields

ROOT = Path(__file__).resolve().parent.parent
LONGEST_VALUE = 80  # characters
MODULES = ("package", "module")


def is_tool(file: Path) -> bool:
    """Say whether the file is of a tool, whose public names are those of its `__all__`, and no module below it."""
    return file.is_relative_to(ROOT / "tools")


class Parser(MystParser):  # type: ignore[misc]  # not installed with mypy; docutils asks for the class of this name
    """Parse docstrings: Markdown, in which `Args:`, `Returns:` and `Raises:` head indented lines."""

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Parse a docstring into `document`."""
        super().parse(with_fields(inputstring), document)


class Renderer(MystRenderer):  # type: ignore[misc]  # likewise
    """Render a module as its file, its docstring, the modules below it and all of its public names."""

    def render_package(self, item: ItemData) -> Iterator[str]:
        """Yield the lines of a page; the sidebar, which every page repeats, has only the top of a package."""
        name, file = item["full_name"], Path(str(item.get("file_path"))).resolve()
        above = name.rpartition(".")[0]
        if above:
            yield from ("---", "orphan: true", "---")
        within = f" in [{above}]({above}.md)" if above else ""
        yield from (f"# {name}", "", f"`{file.relative_to(ROOT).as_posix()}`{within}", "")
        yield from (f"```{{py:module}} {name}", "```", "", *self._docstring(item))
        if is_tool(file):
            yield from self._exported(item, file)
            return
        for each in sorted(self.get_children(item, {*MODULES}), key=lambda each: str(each["full_name"])):
            yield f"* [{each['full_name']}]({each['full_name']}.md): {each['doc'].strip().partition(chr(10))[0]}"
        yield ""
        for each in self.get_children(item):
            if each["type"] not in MODULES:
                yield from self.render_item(each["full_name"])

    def _exported(self, item: ItemData, file: Path) -> Iterator[str]:
        """Yield the lines of what a tool exports, by the names in its `__all__`; most is imported at its first use."""
        nodes_of = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        imports = [node for node in nodes_of if isinstance(node, ast.ImportFrom)]
        places = {each.asname or each.name: f"{node.module}.{each.name}" for node in imports for each in node.names}
        for name in item.get("all") or ():
            found = self.get_item(places.get(name, f"{item['full_name']}.{name}"))
            if found is None:
                self.warn(f"{item['full_name']}: {name} of __all__ is nowhere")
                continue
            first, *rest = self.render_item(found["full_name"])
            yield from (first.replace(found["full_name"].rpartition(".")[2], name, 1), *rest)

    def render_data(self, item: ItemData) -> Iterator[str]:
        """Yield the lines of a constant or an attribute, with its value where that is short and stands in the code."""
        name = item["full_name"]
        yield from (f"````{{py:{item['type']}}} {name.rpartition('.')[2]}", f":canonical: {name}")
        if annotation := item.get("annotation"):
            yield f":type: {json.dumps(self.format_annotation(annotation))}"
        value = item.get("value")
        if isinstance(value, str | int | float) and len(repr(value)) <= LONGEST_VALUE:
            yield f":value: {json.dumps(repr(value))}"
        yield from ("", *self._docstring(item), "````", "")

    def _docstring(self, item: ItemData) -> Iterator[str]:
        name = item["full_name"]
        if self.show_docstring(item):
            yield from (f"```{{autodoc2-docstring}} {name}", f":parser: {self.get_doc_parser(name)}", "```", "")
