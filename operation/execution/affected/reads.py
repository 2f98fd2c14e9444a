"""What tests and sessions read beside what they import: all of the work tree, unless it is said here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from operation.execution.affected.changes import MODIFIED
from operation.execution.affected.patterns import match

# Where the files of a use case are. A test compares this with what `invoke new --replace` deletes.
PLACES = (
    "src/{}/",
    "configuration/use_cases/{}.yaml",
    "operation/tests/data_validation/great_expectations/expectations/{}/",
    "operation/tests/data_validation/{}/",
    "operation/tests/use_cases/{}/",
    "docs/data/{}.md",
    "docs/data/{}.svg",
    "docs/data/{}-features.svg",
    "notebooks/{}.ipynb",
)
BELONGS = "operation/tests/use_cases/*/belongs.txt"  # says what else `invoke new --replace` deletes
DOCS = ("docs/", "**/*.md", "notebooks/", "LICENSE", "tools/*/LICENSE")
CODE_OF_TESTS = (  # what is used of it is imported, or a conftest file, or lies beside the test
    *("operation/tests/**/*.py", "tools/*/tests/"),
    *(f"operation/tests/{name}/" for name in ("ado", "azureml", "integration", "serving", "unit")),
)
OF_PEOPLE = (".azuredevops/", ".devcontainer/", ".github/", ".vscode/")  # what hosts and editors read
PIPELINES = ("azure-pipelines/",)
BESIDE = ("tools/azure-pipelines-local/", "tools/azureml-offline/")  # tools that train nothing
CONFIGURATION = ("configuration/",)
BESIDE_GUIDES = (  # pages whose commands no test runs
    *("docs/*.md", "docs/code/", "docs/data/", "docs/decisions/", "docs/media/", "docs/references/", "CHANGELOG.md"),
    *("LICENSE", "*/*.md", "src/**/*.md", "operation/**/*.md", "tools/**/*.md", "azure-pipelines/**/*.md"),
)
SPECIAL_LOCKS = tuple(
    f"requirements-{name}.lock"
    for name in ("ado", "container", "docs", "evidently", "infrastructure", "mutants", "notebook", "spark")
)
USE_CASES = "(use cases)"  # stands for all files of all use cases but their values in configuration/

# A change in one of these changes how every session runs. A file of a kind that is not in KNOWN counts like them.
BASIS = (
    *("noxfile.py", "setup.py", "pyproject.toml", "tools/*/pyproject.toml", ".gitignore", ".gitattributes"),
    *("operation/execution/affected/", "operation/git.py"),  # who changes the judge is judged by everything
    *(".ci/", "operation/bootstrap.py", "operation/start.py", "operation/tests/conftest.py"),
)
KNOWN = (
    *("src/", "operation/", "tools/*/", "docs/", "notebooks/", "configuration/", "azure-pipelines/"),
    *(*OF_PEOPLE, "CODEOWNERS", ".template.yaml"),
    *("*.md", "LICENSE", "tasks.py", "environment.yml", "requirements*.lock", ".pre-commit-config.yaml"),
)


@dataclass(frozen=True)
class Reads:
    """Files that are read: those that fit `only` and not `but`. Of `listed`, it matters only which there are."""

    only: tuple[str, ...] = ("**/*",)
    but: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()

    def include(self, path: str, change: str, use_cases: tuple[str, ...]) -> bool:
        """Whether the change of a file can be seen; `use_cases` are the patterns that USE_CASES stands for."""
        if match(path, self.listed):
            return change != MODIFIED
        return match(path, self.only) and not match(path, resolve(self.but, use_cases))


def resolve(patterns: tuple[str, ...], use_cases: tuple[str, ...]) -> tuple[str, ...]:
    """Put the files of the use cases in the place of USE_CASES."""
    return (*patterns, *use_cases) if USE_CASES in patterns else patterns


NOTHING = Reads(only=())
ALL = Reads()
# Of a copy of this repository that serves parcels alone: nobody looks at its pages, its pipelines or its tests.
CORE = Reads(but=(USE_CASES, *CONFIGURATION, *DOCS, *CODE_OF_TESTS, *PIPELINES, *BESIDE, *SPECIAL_LOCKS, *OF_PEOPLE))
# Of code in operation/ and src/ that a test imports: the scripts that it starts or reads, and what is pinned for them.
ENGINE = Reads(only=("src/*.py", "src/learning/", "operation/configuration/"))
VALUES = Reads(only=("configuration/", "src/"))
# They train the default use case and look at what comes of it, at no page and no other test.
NOTEBOOKS = Reads(but=("docs/", "**/*.md", *CODE_OF_TESTS, *PIPELINES, *SPECIAL_LOCKS, *OF_PEOPLE, BESIDE[0]))
OF_A_USE_CASE = Reads(  # a use case knows no other one; its own files are added to these
    but=(USE_CASES, *DOCS, *PIPELINES, *BESIDE, *CODE_OF_TESTS), listed=("configuration/use_cases/",)
)
# The project's own pipelines, run in clones: which use cases there are is offered, what they are is nobody's business.
OF_PIPELINES = Reads(but=(USE_CASES, *DOCS, *CODE_OF_TESTS), listed=("configuration/use_cases/",))

PACKAGES = Reads(only=("tools/", "requirements*.lock", "environment.yml", "operation/*.py", "operation/housekeeping/"))

# Code of the engine that reads, or lets be read, more than ENGINE: whoever leads to it does so, too.
OF_ENGINE: Mapping[str, Reads] = {
    "operation/execution/doctor/azure_devops/required.py": Reads(only=("azure-pipelines/required.yaml",)),
    "operation/execution/infrastructure/arm_templates.py": Reads(only=("azure-pipelines/infrastructure/",)),
    "operation/execution/infrastructure/deployment.py": VALUES,
    "operation/execution/doctor/doctor.py": VALUES,
    "operation/execution/doctor/setup.py": VALUES,
    "operation/execution/notebook.py": Reads(only=("notebooks/", "requirements-notebook.lock")),
    "operation/execution/monitoring/reference.py": Reads(only=("operation/monitoring/",)),  # it hashes them
    "operation/execution/registration/promote.py": NOTHING,  # only `run` loads values, which one test calls: see READS
    "operation/execution/status/status.py": VALUES,
    "operation/housekeeping/licences.py": Reads(only=("docs/references/", "requirements*.lock")),
    "operation/housekeeping/mutants.py": Reads(only=("docs/mutants.md", "pyproject.toml")),
    "operation/housekeeping/sbom.py": Reads(only=("requirements*.lock",)),
}

# Names in a test's code, and what is read by what they stand for.
SIGNS: Mapping[str, Reads] = {
    **dict.fromkeys(("own_repository", "load_own", "own_suites", "copy_repository"), CORE),
    **dict.fromkeys(("repository", "copy_work_tree", "ROOT", "__file__", "cwd", "getcwd"), ALL),
}
NO_ATTRIBUTE = ("repository",)  # which many values have
LOADED: Mapping[str, Reads] = {  # likewise, full names of what is imported
    **dict.fromkeys((f"operation.execution.configuration.loading.{name}" for name in ("load", "use_cases")), VALUES),
    "operation.execution.configuration.loading.FOLDER": VALUES,
    "operation.execution.validation.checkpoints.PROJECT": ALL,
    "operation.execution.tables.sources.EXPECTATIONS": ALL,
}
# In texts of the code: who has none of the first reads no pages, who has none of the second no tests of others.
OF_PAGES = re.compile(r"(?:^|/)(?:docs|notebooks)(?:/|$)|\.(?:md|ipynb)$|README|CHANGELOG|LICENSE")
OF_TESTS = re.compile(r"(?:^|/)tests(?:/|$)|pytest|(?:^|/)test_")
LOOKING = ("copy_work_tree", "rglob", "walk")  # names of what meets files that no text of the code names
PAGE_READERS = ("operation.tests.documentation", "operation.housekeeping.diagrams")

# Tests, and what they share, that reach the work tree and do not read all of it.
READS: Mapping[str, Reads] = {
    "operation/tests/clones.py": NOTHING,  # it is handed the folder that it copies
    "operation/tests/conftest.py": NOTHING,  # likewise, it hands over the root alone
    "operation/tests/import_graph.py": NOTHING,
    "operation/tests/azure_cli.py": NOTHING,
    "operation/tests/toy.py": NOTHING,
    "operation/tests/pictures.py": NOTHING,  # pictures by name, which are declared with the tests
    "operation/tests/parcels/__init__.py": Reads(only=("operation/tests/parcels/",)),
    "operation/tests/ado/conftest.py": OF_PIPELINES,
    "operation/tests/ado/pipelines/conftest.py": OF_PIPELINES,
    "operation/tests/ado/shortened.py": OF_PIPELINES,
    "operation/tests/ado/test_affected.py": OF_PIPELINES,
    "operation/tests/ado/test_golden.py": OF_PIPELINES,
    "operation/tests/ado/test_missing_tools.py": OF_PIPELINES,
    "operation/tests/ado/test_monitoring.py": OF_PIPELINES,
    "operation/tests/ado/test_mutants.py": OF_PIPELINES,
    "operation/tests/ado/test_scoring.py": OF_PIPELINES,
    "operation/tests/ado/test_script_commands.py": OF_PIPELINES,
    "operation/tests/ado/test_verb.py": OF_PIPELINES,
    "operation/tests/azureml/conftest.py": NOTHING,  # its own folder
    "operation/tests/azureml/parts.py": ENGINE,
    "operation/tests/azureml/test_backend_data.py": ENGINE,
    "operation/tests/azureml/test_backend_services.py": ENGINE,
    "operation/tests/azureml/test_documented_commands.py": Reads(but=BESIDE_GUIDES),
    "operation/tests/azureml/test_environments.py": ENGINE,
    "operation/tests/azureml/test_sdk_surface.py": Reads(only=("tools/azureml-offline/README.md",)),
    "operation/tests/data_validation/test_card_picture.py": Reads(only=("docs/media/model_card.png",)),
    "operation/tests/data_validation/test_monitoring_picture.py": Reads(
        only=("docs/media/monitoring-labels.png", "docs/media/monitoring-attributions.png")
    ),
    "operation/tests/data_validation/test_pictures.py": Reads(only=("docs/media/data-docs.png",)),
    "operation/tests/data_validation/test_step.py": CORE,
    "operation/tests/evidently/test_evidently_page.py": NOTHING,  # it runs a module that it imports
    "operation/tests/infrastructure/test_checkov.py": Reads(only=("azure-pipelines/infrastructure/",)),
    "operation/tests/integration/conftest.py": CORE,
    "operation/tests/integration/execution/affected/test_mutated.py": NOTHING,  # a repository of its own
    "operation/tests/integration/execution/affected/test_repository.py": Reads(but=DOCS),  # of pages, the names
    "operation/tests/integration/execution/deployment/test_path.py": Reads(only=("operation/tests/serving/",)),
    "operation/tests/integration/execution/infrastructure/test_deployment.py": NOTHING,  # files beside it
    "operation/tests/integration/execution/new/test_files.py": Reads(
        only=("azure-pipelines/", "pyproject.toml", "operation/tests/use_cases/*.py")
    ),
    "operation/tests/integration/execution/reproduction/test_reproduction.py": ENGINE,  # copies of the core scripts
    "operation/tests/integration/execution/steps/test_leash.py": CORE,
    "operation/tests/integration/execution/steps/test_scheduler.py": CORE,
    "operation/tests/integration/execution/test_two_commands.py": NOTHING,  # it starts code of ours that it names
    "operation/tests/integration/execution/validation/test_without_the_tool.py": NOTHING,  # likewise
    "operation/tests/integration/serving/conftest.py": Reads(only=("operation/tests/serving/",)),
    "operation/tests/integration/serving/test_hosts.py": Reads(only=(*ENGINE.only, "requirements-container.lock")),
    "operation/tests/integration/test_any_reuse.py": CORE,
    "operation/tests/integration/test_bootstrap.py": Reads(but=(*DOCS, *CODE_OF_TESTS, *PIPELINES)),
    "operation/tests/integration/test_bare_copy.py": CORE,  # it copies all, and deletes src
    "operation/tests/integration/test_edits.py": Reads(but=(*DOCS, *PIPELINES)),  # it runs tests of unit
    "operation/tests/integration/test_hooks.py": Reads(
        only=(".pre-commit-config.yaml", "operation/housekeeping/", "pyproject.toml")
    ),
    "operation/tests/integration/test_imports.py": Reads(only=("tasks.py", "configuration/", "notebooks/workbench.py")),
    "operation/tests/integration/test_interrupts.py": Reads(only=("tasks.py", "operation/*.py")),
    "operation/tests/integration/test_nox_sessions.py": NOTHING,  # noxfile.py, of which BASIS says enough
    "operation/tests/integration/test_registry.py": CORE,
    "operation/tests/integration/test_telemetry.py": ENGINE,
    "operation/tests/integration/test_ui_picture.py": Reads(only=("docs/media/mlflow-runs.png",)),
    "operation/tests/integration/tools/test_alone.py": PACKAGES,
    "operation/tests/integration/tools/test_installing.py": PACKAGES,
    "operation/tests/integration/tools/test_wheels.py": PACKAGES,
    "operation/tests/notebooks/test_opening.py": NOTEBOOKS,
    "operation/tests/unit/execution/registration/test_transfer.py": VALUES,
    "operation/tests/unit/execution/steps/test_recipe.py": Reads(but=CODE_OF_TESTS),  # it copies whole folders
    "operation/tests/use_cases/broken.py": NOTHING,  # suites, by the name of the use case that a test hands over
    "operation/tests/use_cases/conftest.py": OF_A_USE_CASE,
}

# What a test cannot see, though something that it uses reads it.
UNSEEN: Mapping[str, tuple[str, ...]] = {
    # It deletes the default use case; that no page then names what is gone, test_replaced_pages.py shows.
    "operation/tests/adoption/test_adoption.py": (USE_CASES, *DOCS, *BESIDE),
    # It updates copies of this repository, and runs test_docs.py there, which unit runs here.
    "operation/tests/adoption/test_template.py": (USE_CASES, *DOCS, *BESIDE),
    # They write repositories of a few files, also pages, with the names of those here.
    "operation/tests/integration/execution/expectations/test_expectations.py": (USE_CASES, *DOCS),
    "operation/tests/integration/execution/new/test_replacement.py": (USE_CASES, *DOCS),
    "operation/tests/integration/execution/template/test_bad_input.py": (USE_CASES, *DOCS),
    "operation/tests/integration/execution/template/test_template.py": (USE_CASES, *DOCS),
    # It runs test_docs.py in clones without a tool, in which that passes over whatever lies in the tool.
    "operation/tests/integration/tools/test_deleting.py": (USE_CASES, *DOCS),
}
