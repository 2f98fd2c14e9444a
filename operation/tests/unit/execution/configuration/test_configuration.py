"""What people write into the configuration is checked by name before anything runs."""

import json
import shutil
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.configuration.sections import KnownDefect
from operation.execution.configuration.taken_names import NO_CACHES, RESERVED
from operation.tests.parcels import CONFIGURATION, load, own_scripts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONFIGURATION, tmp_path / "configuration"))


@pytest.fixture
def scripts(folder: Path, tmp_path: Path) -> Path:
    """Scripts beside `folder` that serve a second use case, churn: a copy of parcels under another name."""
    (folder / "use_cases" / "churn.yaml").write_bytes((folder / "use_cases" / "parcels.yaml").read_bytes())
    scripts = Path(shutil.copytree(own_scripts(), tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__")))
    shutil.copytree(scripts / "parcels", scripts / "churn")
    return scripts


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / "use_cases" / "parcels.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("environment", ["local", "dev", "prd"])
def test_every_environment_loads(environment: str) -> None:
    assert load(environment).model == "parcel-delays"


def test_an_environment_overlays_the_base(folder: Path) -> None:
    overlay = folder / "environments" / "local.yaml"
    overlay.write_text(overlay.read_text() + "training: {trees: 7}\n")
    loaded = load(folder=folder).training
    assert (loaded["trees"], loaded["leaves"]) == (7, 63)


def test_set_overlays_the_environment() -> None:
    loaded = load(settings=["training.trees=300", "training.trees=400", "data.source=elsewhere"])
    assert loaded.training["trees"] == 400
    assert loaded.data.source == "elsewhere"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param(
            "  trees: 200", "  tres: 200", "unknown key training.tres. Did you mean training.trees?", id="unknown"
        ),
        pytest.param(
            "  resamples: 1000", "  resamples: 1000\n  leafs: 1", "Did you mean training.leaves?", id="wrong-section"
        ),
        pytest.param(
            "  trees: 200", "  trees: 200\n  zzz: 1", "Valid: training.model, training.trees", id="unlike-any"
        ),
        pytest.param("  leaves: 63\n", "", "the key training.leaves is missing", id="missing"),
        pytest.param("  trees: 200", "  trees: many", 'must be a whole number, not "many"', id="wrong-type"),
        pytest.param("  trees: 200", '  trees: "200"', 'must be a whole number, not "200"', id="number-in-quotes"),
        pytest.param("  trees: 200", "  trees: 0", "training.trees must be at least 1, not 0.", id="out-of-range"),
        pytest.param("  metric: roc_auc", "  metric: roc", "'roc_auc', 'average_precision'", id="unknown-metric"),
        pytest.param("  metric: roc_auc", "  metric: roc-auc", "Did you mean roc_auc?", id="near-metric"),
        pytest.param("  model: lightgbm", "  model: lightgmb", "Did you mean lightgbm?", id="near-model"),
        pytest.param("    log_loss: 0.60", "    logloss: 0.60", "unknown key gate.at_most.logloss", id="bound"),
        pytest.param("  trees: 200", "  trees: 200\n  trees: 300", "the key 'trees' stands twice", id="twice"),
        pytest.param("training:", "training: [", "Fix the YAML there", id="no-yaml"),
    ],
)
def test_a_bad_key_is_named(folder: Path, old: str, new: str, message: str) -> None:
    edit(folder, old, new)
    with pytest.raises(OperationError) as raised:
        load(folder=folder)
    assert message in str(raised.value)
    assert "use_cases/parcels.yaml" in str(raised.value)


@pytest.mark.parametrize("name", ["a'b", "a/b", "../x", "", " a", "-a", "a b", "a\n", "a" * 101, "é", "a\\b"])
@pytest.mark.parametrize("key", ["model", "experiment"])
def test_a_name_that_some_registry_would_not_take_is_refused_before_any_work(key: str, name: str) -> None:
    with pytest.raises(OperationError, match=rf"(?s)^\S+.*: {key} must be a name of up to 100 letters, digits, _"):
        load(settings=[f"{key}={json.dumps(name)}"])


@pytest.mark.parametrize("text", ["0o17", "1e400", "1e-400", "inf", "x"])
def test_no_number_is_suggested_for_a_text_that_means_none(text: str) -> None:
    with pytest.raises(OperationError, match=r"must be a whole number, not \"[^\"]+\"\.$"):
        load(settings=[f"training.trees={text}"])


@pytest.mark.parametrize("setting", ["model='a\n\nb'", "experiment='a\rb'", "seed=[a,\n b]"])
def test_a_setting_of_several_lines_is_refused_in_one(setting: str) -> None:
    with pytest.raises(OperationError) as raised:
        load(settings=[setting])
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["parcel-delays", "parcels_2", "Ab"])
def test_a_plain_name_is_taken(name: str) -> None:
    assert load(settings=[f"model={name}", f"experiment={name}"]).model == name


@pytest.mark.parametrize("key", ["at_least", "at_most", "too_good", "not_worse"])
def test_every_bound_of_the_gate_is_a_number_of_a_known_metric(key: str) -> None:
    for setting in (f"gate.{key}.roc_auc=.nan", f"gate.{key}.rocauc=0.5"):
        with pytest.raises(OperationError, match=rf"gate\.{key}\.roc_?auc"):
            load(settings=[setting])


def test_the_message_says_the_line(folder: Path) -> None:
    edit(folder, "  trees: 200", "  tres: 200")
    text = (folder / "use_cases" / "parcels.yaml").read_text(encoding="utf-8")
    line = text.splitlines().index("  tres: 200") + 1
    with pytest.raises(
        OperationError, match=rf"configuration/use_cases/parcels.yaml:{line}: unknown key training.tres"
    ):
        load(folder=folder)


def test_a_bad_key_of_an_environment_names_its_file(folder: Path) -> None:
    (folder / "environments" / "local.yaml").write_text("backend: {kind: local, output: x}\n")
    with pytest.raises(OperationError) as raised:
        load(folder=folder)
    assert "configuration/environments/local.yaml:1: unknown key backend.output. Did you mean backend.outputs?" in str(
        raised.value
    )


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("training.tres=3", "--set training.tres=3: unknown key training.tres. Did you mean training.trees?"),
        ("training.trees=x", '--set training.trees=x: training.trees must be a whole number, not "x".'),
        ("training.trees", "write it as section.key=value"),
        ("", "--set '': write it as section.key=value"),
        ("=3", "write it as section.key=value"),
        ("training=3", "--set training=3: training must be a mapping of keys to values, not 3."),
        ("training.trees=[", "--set training.trees"),
        ("use_case=churn", "--set use_case=churn: choose the use case by --use-case churn"),
        ("threads=900", "threads must be at most 256, not 900."),
        ("gate.confidence=1", "gate.confidence must be less than 1, not 1."),
        ("gate.largest_gain=0", "gate.largest_gain must be greater than 0, not 0."),
        ("training.learning_rate=.inf", "training.learning_rate must be a finite number, not Infinity."),
        ("training.learning_rate=x", 'training.learning_rate must be a number, not "x".'),
        ("split.test=soon", 'split.test is "soon": must be "last 61 days", "20 %" or "2013-11-01 to 2013-12-31".'),
        ("split.test=2013-02-30 to 2013-03-01", "must be a span of days, and day is out of range for month."),
        ("split.selection=2013-03-02 to 2013-03-01", "must be a span of days, and it ends before it begins."),
        ("split.test=0.0 %", 'split.test is "0.0 %": must be above 0 %.'),
        ("seed=4294967296", "seed must be at most 2147483647, not 4294967296."),
        ("preparation.overdue_after_hours=4294967296", "must be at most 2147483647, not 4294967296."),
        ("sweep.trials=4294967296", "sweep.trials must be at most 2147483647, not 4294967296."),
        ("data.tables=[parcels, parcels]", "parcels stands twice."),
        ("data.share=5", "data.share must be at most 1, not 5."),
        ("evaluation.slices=[month, month]", "month stands twice."),
        ("evaluation.slices=[Curier]", "prepared rows have no column Curier: did you mean courier?"),
        ("evaluation.resample_by=x", "no column x: there are sent_date, sent_at, parcel, month, courier, town,"),
        ("backend.outputs=''", 'backend.outputs is "": must be a path without control characters, and not empty.'),
        ('backend.outputs="a\\nb"', "must be a path without control characters, and not empty."),
        ("backend.outputs=~/x", "must be a whole path, for ~ is not replaced by a home folder."),
        ("backend.cache=~/x", "must be a whole path, for ~ is not replaced by a home folder."),
        ("backend.outputs=.", "must be a folder of its own, not that of the repository."),
        ("backend.outputs=src/..", "must be a folder of its own, not that of the repository."),
        ("gate.at_least.roc_auc=0.95", "no roc_auc could pass, as gate.at_least.roc_auc is 0.95."),
        ("gate.too_good.roc_auc=0.5", "no roc_auc could pass, as gate.at_least.roc_auc is 0.65."),
        ("gate.at_most.log_loss=0.2", "no log_loss could pass, as gate.at_most.log_loss is 0.2."),
        ("gate.at_least.log_loss=0.3", "a lower log_loss is better, so its bound belongs in gate.at_most."),
        ("gate.at_most.roc_auc=0.65", "a higher roc_auc is better, so its bound belongs in gate.at_least."),
        ("gate.least_gain=0.2", "gate.largest_gain is 0.1: no gain could be promoted, as gate.least_gain is 0.2."),
        ("data.tables=3", "data.tables must be a list, not 3."),
        ("gate.at_most=3", "gate.at_most must be a mapping of keys to values, not 3."),
        ("sweep.search=best", "sweep.search must be 'random' or 'grid', not \"best\"."),
        ("sweep.minutes=-1", "sweep.minutes must be at least 0, not -1."),
        ("sweep.early_stopping_trials=1.5", "sweep.early_stopping_trials must be a whole number, not 1.5."),
        ("backend.kind=sagemaker", "backend.kind must be 'local', 'azureml', 'emulator', not \"sagemaker\"."),
        ("backend.kind=locl", "Did you mean local?"),
        ("training.learning_rate=1e-3", 'must be a number, not "1e-3". Write 0.001, without quotes.'),
        ("training.trees=1e2", 'must be a whole number, not "1e2". Write 100, without quotes.'),
        ("monitoring.alerts={team: {kind: pigeon}}", "monitoring.alerts.team.kind must be "),
        ("monitoring.alerts={team: x}", 'monitoring.alerts.team must be a mapping of keys to values, not "x".'),
        ("training={on: 4}", "training: a key must be text, not true. Put it in quotes."),
        ("backend.outputs=3", "--set backend.outputs=3: backend.outputs must be text, not 3."),
    ],
)
def test_a_bad_setting_is_named(setting: str, message: str) -> None:
    with pytest.raises(OperationError) as raised:
        load(settings=[setting])
    assert message in str(raised.value)


@pytest.mark.parametrize(
    "settings",
    [
        ["gate.at_least.roc_auc=0.9", "gate.at_most.log_loss=0.25", "gate.least_gain=0.1"],
        ["split.test=2013-03-01 to 2013-03-01", "split.selection=0.5 %", "data.share=1.0"],
        ["evaluation.slices=[sent_date, town, overdue]", "evaluation.resample_by=''", "seed=2147483647"],
    ],
    ids=["bounds that meet", "one day", "columns"],
)
def test_values_on_the_border_are_taken(settings: list[str]) -> None:
    load(settings=settings)


def test_an_unknown_environment_lists_the_choices() -> None:
    with pytest.raises(OperationError, match=r"no environment 'stage'. Choose one of: dev, emulator, local, prd"):
        load("stage")


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "configuration.yaml").unlink()
    with pytest.raises(OperationError, match=r"configuration\.yaml is missing"):
        load(folder=folder)


def test_use_case_environment_and_settings_overlay_what_is_shared_in_this_order(folder: Path) -> None:
    assert load(folder=folder).threads == 1
    for number, layer in enumerate(["use_cases/parcels.yaml", "environments/local.yaml"], start=5):
        file = folder / layer
        file.write_text(f"{file.read_text(encoding='utf-8')}threads: {number}\n", encoding="utf-8")
        assert load(folder=folder).threads == number
    assert load(settings=["threads=7"], folder=folder).threads == 7


def test_a_use_case_is_chosen_by_name_and_has_outputs_of_its_own(folder: Path, scripts: Path) -> None:
    churn = load(use_case="churn", folder=folder, scripts=scripts)
    parcels = load(folder=folder, scripts=scripts)
    assert (parcels.use_case, churn.use_case) == ("parcels", "churn")
    assert churn.outputs == parcels.outputs.with_name("churn")
    assert churn.cache == parcels.cache
    assert churn.command("models") == "invoke models --use-case churn"
    assert parcels.command("models") == "invoke models"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("parcles", "There is no use case 'parcles'. Did you mean parcels? Give --use-case one of: churn, parcels."),
        ("wine", "There is no use case 'wine'. Give --use-case one of: churn, parcels."),
    ],
)
@pytest.mark.usefixtures("scripts")
def test_an_unknown_use_case_lists_the_choices(folder: Path, name: str, message: str) -> None:
    with pytest.raises(OperationError) as raised:
        load(use_case=name, folder=folder)
    assert str(raised.value) == message


@pytest.mark.parametrize("name", RESERVED)
def test_a_use_case_cannot_have_the_name_of_what_lies_beside_it(folder: Path, name: str) -> None:
    (folder / "use_cases" / f"{name}.yaml").touch()
    with pytest.raises(OperationError, match=rf"^No use case can be named {name}: it is taken\."):
        load(use_case=name, folder=folder)


def test_a_use_case_without_code_names_the_file(folder: Path, scripts: Path) -> None:
    shutil.rmtree(scripts / "churn")
    with pytest.raises(OperationError, match=r"src/churn/use_case.py is missing"):
        load(use_case="churn", folder=folder, scripts=scripts)


@pytest.mark.parametrize("layer", ["use_cases/parcels.yaml", "environments/local.yaml"])
def test_only_the_shared_file_names_the_use_case(folder: Path, layer: str) -> None:
    (folder / layer).write_text("threads: 1\nuse_case: parcels\n", encoding="utf-8")
    with pytest.raises(
        OperationError, match=rf"configuration/{layer}:2: use_case can stand in configuration.yaml alone"
    ):
        load(folder=folder)


def test_a_configuration_that_names_no_use_case_asks_for_one(folder: Path) -> None:
    file = folder / "configuration.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("use_case: parcels", ""), encoding="utf-8")
    with pytest.raises(OperationError, match=r"configuration.yaml names no use_case. Give --use-case one of: parcels"):
        load(folder=folder)
    assert load(use_case="parcels", folder=folder).command("ui") == "invoke ui --use-case parcels"


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("configuration.yaml|seed: 2013", "configuration/configuration.yaml: the key seed"),
        ("use_cases/parcels.yaml|  leaves: 63", "configuration/use_cases/parcels.yaml: the key training.leaves"),
        ("environments/local.yaml|  outputs: outputs", "environments/local.yaml: the key backend.outputs"),
    ],
)
def test_a_missing_key_is_named_with_the_file_it_belongs_in(folder: Path, line: str, place: str) -> None:
    name, _, text = line.partition("|")
    file = folder / name
    file.write_text(file.read_text(encoding="utf-8").replace(f"{text}", ""), encoding="utf-8")
    with pytest.raises(OperationError) as raised:
        load(folder=folder)
    assert place in str(raised.value)


@pytest.mark.parametrize(
    ("content", "message"), [(b"\xff\xfe", "not UTF-8"), (b"- a", "key: value"), (b"\x01", "YAML")]
)
def test_a_file_that_is_no_mapping_is_named(folder: Path, content: bytes, message: str) -> None:
    (folder / "configuration.yaml").write_bytes(content)
    with pytest.raises(OperationError, match=message):
        load(folder=folder)


def test_the_hash_follows_the_values_alone(folder: Path) -> None:
    before = load(folder=folder).sha256()
    edit(folder, "  trees: 200", "  # a comment\n  trees: 200")
    assert load(folder=folder).sha256() == before
    assert load(folder=folder, settings=["training.trees=201"]).sha256() != before
    assert load(folder=folder, settings=["seed=7"]).sha256() != before
    assert load(folder=folder, settings=["backend.outputs=elsewhere"]).sha256() == before
    assert load(folder=folder, settings=["sweep.trials=3"]).sha256() == before


@pytest.mark.parametrize(
    "setting",
    [
        "card.owner=us",
        "serving.port=1234",
        "retention.runs=99",
        "monitoring.reference=with_model",
        "sweep.trials=3",
    ],
)
def test_values_that_shape_no_model_are_no_part_of_the_hash(setting: str, folder: Path) -> None:
    changed = load(folder=folder, settings=[setting])
    assert changed != load(folder=folder)
    assert changed.sha256() == load(folder=folder).sha256()


@pytest.mark.parametrize("name", ["../../x", "a/b", "", "1st"])
def test_a_table_s_name_is_plain(name: str) -> None:
    with pytest.raises(OperationError, match=r"data\.tables.*must be a plain name"):
        load(settings=[f"data.tables=['{name}']"])


@pytest.mark.parametrize("outputs", ["outputs", "/shared/outputs"])
@pytest.mark.parametrize("cache", [".", "..", "/", "runs", "runs/cache", "data", "mutants", "../outputs"])
def test_a_cache_in_the_place_of_something_else_is_refused(outputs: str, cache: str) -> None:
    others = ", ".join([*NO_CACHES, "that of a use case"])
    message = f"must be a folder of its own, not the outputs folder, one above it, or one of {others}."
    with pytest.raises(OperationError) as raised:
        load(settings=[f"backend.outputs={outputs}", f"backend.cache={cache}"])
    assert str(raised.value) == f'--set backend.cache={cache}: backend.cache is "{cache}": {message}'


@pytest.mark.parametrize("cache", ["cache", "my/runs", "/elsewhere/runs", "../another"])
def test_a_cache_of_its_own_is_taken(cache: str) -> None:
    configuration = load(settings=["backend.outputs=/shared/outputs", f"backend.cache={cache}"])
    assert configuration.cache == Path("/shared/outputs") / cache


@pytest.mark.parametrize(
    ("environment", "words"), [("local", "invoke train"), ("dev", "invoke train --environment dev")]
)
def test_a_command_names_its_environment(environment: str, words: str) -> None:
    assert load(environment).command("train") == words


def test_a_known_defect_reads_as_a_line() -> None:
    defect = KnownDefect(
        table="weather", key={"origin": "EWR", "hour": 3}, column="wind", value=1048.4, reason="a typo"
    )
    assert str(defect) == "weather.wind 1048.4 (origin EWR, hour 3): a typo"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            "data.tables=[1st]",
            'data.tables.0 is "1st": must be a plain name: a letter or _, then letters, digits, _ and -.',
        ),
        (
            "model=a b",
            '_, - and dots, which begins with a letter or a digit, not "a b".',
        ),
        (
            "serving.key=1x",
            "serving.key must be empty, or the name of an environment variable, of letters",
        ),
        ("serving.service=A", "serving.service must be empty, or a name of 3 to 32 small letters, digits and -, which"),
        ("split.test=2013", "split.test must be text, not 2013."),
        ("training.trees=2013-10-31", 'training.trees must be a whole number, not "2013-10-31".'),
        ("sweep.search=zzz", "sweep.search must be 'random' or 'grid', not \"zzz\"."),
        ("sweep.search=gridd", 'not "gridd". Did you mean grid?'),
        ("gate.zzz=1", "unknown key gate.zzz. Valid: gate.metric, gate.confidence, gate.least_gain"),
        ("gate.slices.least=1", "unknown key gate.slices.least. Did you mean gate.slices.least_rows?"),
        ("gate.slices.zzz=1", "unknown key gate.slices.zzz. Valid: gate.slices.least_rows, gate.slices.not_worse."),
        ("training.trees=a=b", 'training.trees must be a whole number, not "a=b".'),
        ("zzz=1", "unknown key zzz. Valid: experiment, model"),
        ("lightgbm.learning_rate=1", "unknown key lightgbm. "),
        ("gate.metric.log_loss=1", "gate.metric"),
    ],
)
def test_a_setting_is_refused_in_one_plain_line(setting: str, message: str) -> None:
    with pytest.raises(OperationError) as raised:
        load(settings=[setting])
    assert str(raised.value).startswith(f"--set {setting}: ")
    assert message in str(raised.value)
    assert str(raised.value).endswith(message) or not message.endswith(".")


def test_each_problem_has_its_own_line() -> None:
    with pytest.raises(OperationError) as raised:
        load(settings=["training.trees=0", "training.leaves=0"])
    assert [line.partition(":")[0] for line in str(raised.value).splitlines()] == [
        "--set training.trees=0",
        "--set training.leaves=0",
    ]


def test_a_value_may_hold_an_equals_sign_and_a_key_no_empty_part() -> None:
    assert load(settings=["data.source=a=b"]).data.source == "a=b"
    for setting in ("training..trees=3", ".trees=3", "training.=3"):
        with pytest.raises(OperationError, match=rf"^--set {setting}: write it as section\.key=value, for instance"):
            load(settings=[setting])


def test_without_environments_there_is_no_choice(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=r"There is no environment 'local'. Choose one of: none\.$"):
        load(folder=tmp_path)


def test_a_missing_key_is_looked_for_in_the_file_that_has_its_section(folder: Path) -> None:
    edit(folder, "  leaves: 63\n", "")
    with pytest.raises(
        OperationError, match=r"^configuration/use_cases/parcels\.yaml: the key training\.leaves is missing"
    ):
        load(folder=folder)


@pytest.mark.parametrize("name", ["outputs", "outputs/cache"])
def test_a_link_that_leads_in_a_circle_is_no_fault_of_the_configuration(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).symlink_to(tmp_path / name)
    assert load(settings=[f"backend.outputs={tmp_path / 'outputs'}"]).common_outputs == tmp_path / "outputs"
