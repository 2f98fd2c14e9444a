from azureml_offline.server.route_table import TABLE
from flask import Flask


def test_every_route_says_what_it_takes(app: Flask) -> None:
    free = ("identity.", "service_scoring.", "static")
    endpoints = {rule.endpoint.partition("/")[0] for rule in app.url_map.iter_rules()}
    assert {name for name in endpoints if not name.startswith(free)} == set(TABLE)
