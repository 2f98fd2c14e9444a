"""Tables of a use case that is no more than the types in its suites."""

import json

import pytest

from operation.execution.tables import sources

WHOLE = ("year", "month", "day", "sched_dep_time", "sched_arr_time", "parcel", "distance", "hour", "minute")
WANTED = {
    "parcels": {
        **dict.fromkeys(WHOLE, "int64"),
        **dict.fromkeys(("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"), "float64"),
        **dict.fromkeys(("carrier", "tailnum", "origin", "dest"), "str"),
        "time_hour": "Timestamp",
    },
    "weather": {
        "origin": "str",
        **dict.fromkeys(("year", "month", "day", "hour"), "int64"),
        **dict.fromkeys(("temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib"), "float64"),
        "time_hour": "Timestamp",
    },
}


@pytest.fixture(autouse=True)
def _suites(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path_factory.mktemp("expectations")
    (folder / "case").mkdir()
    for table, types in WANTED.items():
        typed = [{"type": sources.OF_TYPE, "kwargs": {"column": name, "type_": kind}} for name, kind in types.items()]
        (folder / "case" / f"{table}.json").write_text(json.dumps({"expectations": typed}), encoding="utf-8")
    monkeypatch.setattr(sources, "EXPECTATIONS", folder)
