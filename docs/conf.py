"""Settings of Sphinx for the documentation site, which `nox -s docs` builds from the pages that it has gathered.

The sources are in outputs/docs/source: operation/housekeeping/site_pages.py puts the pages there, and autodoc2 those of
the code. So nothing here names a page.
"""

import sys
from pathlib import Path
from typing import Any

from pygments.lexers.special import TextLexer

HERE = Path(__file__).parent
ROOT = HERE.parent
UP = "../../.."  # from outputs/docs/source to the repository
sys.path[:0] = [str(HERE), str(ROOT)]  # for code_pages.py, and for what has gathered the pages

from operation.housekeeping.site_pages import packages  # noqa: E402

project = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
extensions = ["myst_parser", "autodoc2"]
source_suffix = {".md": "markdown"}
nitpicky = False  # annotations name types of libraries, whose pages a site without network cannot link
suppress_warnings = [
    "autodoc2.dup_item",  # a name that is bound twice, as a fallback behind an `except`
    "ref.python",  # an annotation `type`, which is also the name of attributes
]

myst_enable_extensions = ["fieldlist"]  # how code_pages.py writes errors and arguments
myst_heading_anchors = 6  # the anchors that GitHub and Azure DevOps give headings

autodoc2_packages = [{"path": f"{UP}/{path}", "exclude_dirs": ["__pycache__", "tests"]} for path in packages(ROOT)]
autodoc2_skip_module_regexes = [rf"{Path(path).name}\..*" for path in packages(ROOT) if path.startswith("tools/")]
autodoc2_output_dir = "code"
autodoc2_render_plugin = "code_pages.Renderer"
autodoc2_docstring_parser_regexes = [(".*", "code_pages")]
autodoc2_hidden_objects = ["private", "dunder", "inherited"]
autodoc2_class_docstring = "merge"
autodoc2_index_template = None  # docs/code/README.md is the index

add_module_names = False  # the title of each page is its module

html_theme = "furo"
html_title = project
html_static_path = [str(HERE / "static")]
html_css_files = ["site.css"]
html_show_copyright = False  # README.md and LICENSE say it
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False  # a browser fetches no pages from file://, from which it would cut the summaries


def setup(app: Any) -> None:
    """Teach Sphinx the names of fences that Pygments has no language for."""
    for name in ("mermaid", "output"):
        app.add_lexer(name, TextLexer)
