"""The metrics as a page. Labels come from the logs, and so from whatever some client sent: they are escaped."""

from collections.abc import Iterable, Sequence
from html import escape

from infra.local.metrics.figures import Objective, Row
from infra.local.metrics.tables import Metric, Unit

STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #222 }
h1 { font-size: 1.2rem } h2 { font-size: 1rem; margin: 1.6rem 0 0 } a { color: #1a5fb4 }
p { margin: 0 0 .4rem; color: #666 }
table { border-collapse: collapse; width: 100% } td, th { padding: .2rem .6rem; text-align: left }
tr { border-bottom: 1px solid #eee } .n { text-align: right; font-variant-numeric: tabular-nums }
.met { color: #1b7f3b } .missed { color: #b3261e } .none { color: #777 }
@media (prefers-color-scheme: dark) {
  body { background: #181818; color: #ddd } p { color: #999 } a { color: #78aeed } tr { border-color: #333 }
  .met { color: #6fd08c } .missed { color: #ff8a80 }
}
"""


def page(objectives: Iterable[Objective], metrics: Sequence[tuple[Metric, Sequence[Row]]]) -> str:
    """Objectives first, then each metric that was observed, then the names of the others."""
    tables = "".join(_metric(metric, rows) for metric, rows in metrics if rows)
    unseen = ", ".join(f"<code>{escape(metric.name)}</code>" for metric, rows in metrics if not rows)
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Metrics</title><style>{STYLE}</style>
<h1>Metrics since the stack was started</h1>
<p>Reckoned from the functions' logs as Cloud Monitoring does it, by <code>infra/cloud/metrics.yaml</code>.
<a href="/local/traces">traces</a></p>
<h2>Objectives</h2>
<table><tr><th>objective</th><th class="n">goal</th><th class="n">found</th><th class="n">of</th><th></th></tr>
{"".join(map(_objective, objectives))}</table>
{tables}<h2>Not observed</h2><p>{unseen or "none"}</p></html>"""


def _objective(one: Objective) -> str:
    mark, word = {True: ("met", "met"), False: ("missed", "missed"), None: ("none", "nothing observed")}[one.met]
    share = one.goal <= 1  # else it is a mean
    goal = f"{one.goal:.1%}" if share else f"{one.goal:,.0f} ms"
    found = "" if one.found is None else f"{one.found:.2%}" if share else f"{one.found:,.0f} ms"
    cells = "".join(f'<td class="n">{cell}</td>' for cell in (goal, found, f"{one.observed:,}"))
    return f'<tr><td>{escape(one.title)}</td>{cells}<td class="{mark}">{word}</td></tr>'


def _metric(metric: Metric, rows: Sequence[Row]) -> str:
    ranks = list(rows[0].percentiles)
    heads = "".join(f"<th>{escape(label)}</th>" for label in metric.labels)
    numbers = ["count", *(["sum", *ranks] if ranks else [])]
    heads += "".join(f'<th class="n">{name}</th>' for name in numbers)
    body = "".join(_row(metric, row) for row in rows)
    unit = "" if metric.unit == "1" else f" · {_UNITS[metric.unit]}"
    about = f"<p>{escape(metric.description)}</p>"
    return f"<h2>{escape(metric.name)}{unit}</h2>{about}<table><tr>{heads}</tr>{body}</table>\n"


_UNITS: dict[Unit, str] = {"ms": "ms", "micro_usd": "millionths of a dollar", "1": ""}


def _row(metric: Metric, row: Row) -> str:
    words = "".join(f"<td>{escape(row.labels[label]) or '–'}</td>" for label in metric.labels)
    numbers = [row.count, *([] if row.sum is None else [row.sum, *row.percentiles.values()])]
    cells = "".join(f'<td class="n">{number:,.10g}</td>' for number in numbers)
    return f"<tr>{words}{cells}</tr>"
