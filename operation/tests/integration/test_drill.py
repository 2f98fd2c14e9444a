"""The whole loop: a changed world is noticed by labels that come later, learned, and served; then all is in order."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from operation.execution.backends import connect
from operation.execution.configuration.sections import Configuration
from operation.execution.deployment import deploy
from operation.execution.json_files import read_json
from operation.execution.monitoring.monitor import Asked, monitor
from operation.execution.monitoring.requests import read_log
from operation.execution.training import train
from operation.tests.integration.conftest import configured

SETTINGS = (
    *("serving.port=0", "serving.watch_seconds=0", "serving.most_p99_ms=10000", "monitoring.reference=with_model"),
    "gate.largest_gain=0.6",  # a world that changes at a stroke gains more than the gate takes for likely
)
FEATURES = ["courier", "town", "distance", "weight", "hour", "temp", "rain"]


def change_world(source: Path, folder: Path) -> Path:
    """Write tables of a world in which nothing but weight and another courier makes parcels slow."""
    parcels = pq.read_table(source / "parcels.parquet")
    cat = np.array(parcels["courier"].to_pylist()) == "Cat"
    noise = np.random.default_rng(3).normal(0, 6, len(parcels))
    hours = np.clip(30 + 5 * parcels["weight"].to_numpy() + 12 * cat + noise, 1, 400).round(0)
    lost = pc.is_null(parcels["hours"]).to_numpy(zero_copy_only=False)
    folder.mkdir()
    changed = parcels.set_column(parcels.column_names.index("hours"), "hours", pa.array(hours, mask=lost))
    pq.write_table(changed, folder / "parcels.parquet")
    (folder / "weather.parquet").symlink_to(source / "weather.parquet")
    return folder


@dataclass(frozen=True)
class World:
    """What clients send to the service, and what becomes of it."""

    configuration: Configuration
    rows: pa.Table
    hours: dict[int, float | None]

    def send(self, month: int, labels: Path) -> Path:
        """Ask for the parcels of a month, a request a day, and write their outcomes as labels."""
        written = []
        rows = self.rows.filter(pc.equal(pc.month(self.rows["sent_date"]), month))
        for day in pc.unique(rows["sent_date"]):
            chosen = rows.filter(pc.equal(rows["sent_date"], day))
            answer = self._ask({"data": chosen.select(FEATURES).to_pylist()})
            for row, parcel in enumerate(chosen["parcel"].to_pylist()):
                hours = self.hours[parcel]
                outcome = None if hours is None else int(hours > 48)
                name = f"{answer['request_id']}/{row}"
                written.append({"prediction_id": name, "sent_date": day.as_py(), "overdue": outcome})
        labels.mkdir()
        pq.write_table(pa.Table.from_pylist(written), labels / "labels.parquet")
        self._await({str(each["prediction_id"]).partition("/")[0] for each in written})
        return labels

    @property
    def log(self) -> Path:
        return self.configuration.outputs / "services" / self.configuration.service / "requests"

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request as a client does: those of our own verbs are told apart by their ids."""
        service = connect(self.configuration).services.find(self.configuration.service)
        assert service is not None
        with urlopen(service.address, json.dumps(request).encode(), timeout=10) as answer:  # noqa: S310  our own
            found: dict[str, Any] = json.load(answer)
        return found

    def _await(self, ids: set[str]) -> None:
        """Wait for the log, which is written once a second."""
        end = time.monotonic() + 20
        while not any(self.log.glob("*.jsonl")) or ids - {each.id for each in read_log(self.log)[0]}:
            assert time.monotonic() < end, "the log lacks requests"
            time.sleep(0.1)

    def look(self, labels: Path) -> dict[str, Any]:
        """Monitor, and return the decision."""
        monitor(self.configuration, Asked(requests=str(self.log), labels=str(labels)))
        return read_json(sorted((self.configuration.outputs / "monitoring").iterdir())[-1] / "decision.json")


@pytest.fixture
def world(sample: Path, reused: str, tmp_path: Path) -> Iterator[World]:
    """Version 1, which has learned from the world of before, serves."""
    configuration = configured(sample, tmp_path / "outputs", reused, *SETTINGS)
    train.train(configuration)
    deploy.deploy(configuration)
    (prepared,) = configuration.outputs.glob("runs/*/prepared")
    rows = pa.concat_tables([pq.read_table(prepared / f"{part}.parquet") for part in ("train", "test")])
    new = pq.read_table(change_world(sample, tmp_path / "new") / "parcels.parquet")
    yield World(configuration, rows, dict(zip(new["parcel"].to_pylist(), new["hours"].to_pylist(), strict=True)))
    connect(configuration).services.delete(configuration.service)


def test_a_changed_world_is_noticed_learned_served_and_found_in_order(
    world: World, reused: str, tmp_path: Path
) -> None:
    first = world.look(world.send(10, tmp_path / "october"))
    assert (first["version"], first["decision"], first["train"]) == (1, "investigate", False)
    assert [alarm["measure"] for alarm in first["alarms"]] == ["performance/roc_auc"]
    second = world.look(world.send(11, tmp_path / "november"))
    assert (second["decision"], second["train"]) == ("retrain", True)

    new = configured(tmp_path / "new", tmp_path / "outputs", reused, *SETTINGS)
    train.train(new)
    champion = connect(new).registry.find(new.model)
    assert champion is not None
    assert (champion.version, champion.tags["verdict"]) == (2, "promote")
    assert deploy.deploy(new).traffic[2] == 100

    third = world.look(world.send(12, tmp_path / "december"))
    assert (third["version"], third["decision"], third["alarms"]) == (2, "wait", [])
