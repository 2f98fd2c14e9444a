"""Charts as SVG text."""

from xml.etree import ElementTree

from operation.execution.pages import svg
from operation.execution.pages.svg import Row


def test_charts_stand_in_rows_each_with_room_of_its_own() -> None:
    names = ["a & b", "c", "d", "e"]
    text = svg.grid([svg.row_chart(name, "mean", [Row("one", 1.0)]) for name in names])
    drawn = ElementTree.fromstring(text)  # noqa: S314  it is ours
    assert drawn.attrib["viewBox"] == f"0 0 {3 * svg.WIDTH} {2 * svg.HEIGHT}"
    assert [chart.attrib["aria-label"] for chart in drawn] == names
    assert {chart.attrib["preserveAspectRatio"] for chart in drawn} == {"xMinYMin"}
    assert [(chart.attrib["x"], chart.attrib["y"]) for chart in drawn] == [
        *(("0", "0"), (f"{svg.WIDTH}", "0"), (f"{2 * svg.WIDTH}", "0")),
        ("0", f"{svg.HEIGHT}"),
    ]
