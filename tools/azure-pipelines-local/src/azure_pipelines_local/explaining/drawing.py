"""Draw the stages and jobs of a pipeline as SVG: what waits stands to the right of what it waits for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from azure_pipelines_local.model import Job, Pipeline, Stage

CHARACTER, LINE, PAD, GAP = 7, 28, 14, 36  # pixels: of a letter, of a row, within a box, between boxes
STYLE = (
    "text{font:12px sans-serif;fill:#222}.stage{fill:#f3f6fa;stroke:#8aa}.job{fill:#fff;stroke:#567}"
    ".deployment{fill:#eaf6ea;stroke:#586}.condition{stroke-dasharray:5 3}path{fill:none;stroke:#567}"
)
ALWAYS = "succeeded()"
ONLY_STAGE = "__default"  # of a pipeline of jobs or steps alone


@dataclass(frozen=True)
class Box:
    """A rectangle with a title, in pixels; `inner` are the jobs of a stage, as far from the same corner."""

    part: Stage | Job
    x: int
    y: int
    width: int
    height: int
    inner: tuple["Box", ...] = ()


def to_svg(name: str, pipeline: Pipeline) -> str:
    """Return the whole document; boxes with dashed borders have conditions, which a pointer on them shows."""
    boxes = _place([_stage(stage) for stage in pipeline.stages], LINE, GAP)
    width = max(box.x + box.width for box in boxes) + PAD
    height = max(box.y + box.height for box in boxes) + PAD
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{escape(name)}</title><style>{STYLE}</style>",
        '<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0L8 4L0 8" style="fill:#567;stroke:none"/></marker></defs>',
        *(line for box in boxes for line in _draw(box)),
        *_arrows(boxes),
        "</svg>",
    ]
    return "\n".join(parts)


def _stage(stage: Stage) -> Box:
    jobs = _place([Box(job, 0, 0, _width(_title(job)), LINE) for job in stage.jobs], LINE + PAD // 2, PAD)
    inner_width = max(box.x + box.width for box in jobs) + PAD
    height = max(box.y + box.height for box in jobs) + PAD
    return Box(stage, 0, 0, max(inner_width, _width(stage.name)), height, tuple(jobs))


def _place(boxes: Sequence[Box], top: int, gap: int) -> list[Box]:
    """Put each box into the column behind the last one that it waits for, below those that are there."""
    columns = _columns([box.part for box in boxes])
    widths = [max(box.width for box, at in zip(boxes, columns, strict=True) if at == each) for each in _all(columns)]
    lefts = [PAD + sum(widths[:each]) + each * max(gap, GAP) for each in _all(columns)]
    bottoms = [top for _ in widths]
    placed = []
    for box, column in zip(boxes, columns, strict=True):
        placed.append(Box(box.part, lefts[column], bottoms[column], box.width, box.height, box.inner))
        bottoms[column] += box.height + PAD
    return placed


def _all(columns: Sequence[int]) -> range:
    return range(max(columns) + 1)


def _columns(parts: Sequence[Stage | Job]) -> list[int]:
    """Count for each part how many others wait for one another before it; the model has refused circles."""
    known: dict[str, int] = {}
    while len(known) < len(parts):
        for part in parts:
            if part.name not in known and all(each in known for each in part.depends_on):
                known[part.name] = max((known[each] + 1 for each in part.depends_on), default=0)
    return [known[part.name] for part in parts]


def _draw(box: Box, x: int = 0, y: int = 0) -> Iterator[str]:
    left, top = x + box.x, y + box.y
    kind = "stage" if isinstance(box.part, Stage) else "deployment" if box.part.hooks else "job"
    condition = box.part.condition.text.strip()
    classes = kind + " condition" * (condition != ALWAYS)
    told = f"{kind} {box.part.name}, if {' '.join(condition.split())}"
    yield (
        f'<g><rect class="{classes}" x="{left}" y="{top}" width="{box.width}" height="{box.height}" rx="4"/>'
        f"<title>{escape(told)}</title>"
        f'<text x="{left + PAD // 2}" y="{top + 18}">{escape(_title(box.part))}</text></g>'
    )
    for each in box.inner:
        yield from _draw(each, left, top)
    yield from _arrows(box.inner, left, top)


def _arrows(boxes: Sequence[Box], x: int = 0, y: int = 0) -> Iterator[str]:
    by_name = {box.part.name: box for box in boxes}
    for box in boxes:
        for name in box.part.depends_on:
            before = by_name[name]
            left, high = x + before.x + before.width, y + before.y + LINE // 2
            right, low = x + box.x, y + box.y + LINE // 2
            middle = (left + right) // 2
            yield f'<path d="M{left} {high}C{middle} {high} {middle} {low} {right} {low}" marker-end="url(#end)"/>'


def _title(part: Stage | Job) -> str:
    if isinstance(part, Stage):
        return "" if part.name == ONLY_STAGE else part.name
    legs = f", {len(part.matrix)} legs" if part.matrix else ", computed legs" if part.computed_matrix else ""
    return f"{part.name}{legs}" + (f", to {part.environment.text}" if part.environment else "")


def _width(title: str) -> int:
    return len(title) * CHARACTER + PAD
