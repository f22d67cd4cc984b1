"""Traces as pages: the list, and one as a waterfall. Whatever is shown was sent by some program, and is escaped."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from typing import NamedTuple
from zlib import crc32

from infra.local.traces_store import Span

NOT_RED = 60, 320  # degrees of hue, from which a service's colour is taken: red would look like an error

STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #222 }
h1 { font-size: 1.2rem } a { color: #1a5fb4 } code { font-size: .9em }
table { border-collapse: collapse; width: 100% } td, th { padding: .3rem .6rem; text-align: left }
tr { border-bottom: 1px solid #eee }
details { border-bottom: 1px solid #eee }
summary { display: grid; grid-template-columns: 26rem 1fr 6rem; gap: .6rem; align-items: center; cursor: pointer }
summary::-webkit-details-marker { display: none }
.name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.service { color: #777 } .error { color: #b3261e } .took { text-align: right; font-variant-numeric: tabular-nums }
.line { position: relative; height: 1rem; background: #f6f6f6 }
.bar { position: absolute; height: 100%; min-width: 2px; border-radius: 2px }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: .3rem 1.5rem .8rem }
dd { margin: 0; overflow-wrap: anywhere }
@media (prefers-color-scheme: dark) {
  body { background: #181818; color: #ddd } a { color: #78aeed } .line { background: #242424 }
  tr, details { border-color: #333 } .error { color: #ff8a80 }
}
"""


class _Extent(NamedTuple):
    start_ns: int
    ms: float


def page_of_all(traces: Iterable[tuple[str, Sequence[Span]]]) -> str:
    """The last traces, each a line."""
    rows = "".join(_row(trace_id, spans) for trace_id, spans in traces)
    none = (
        "<p>There are none. A trace is kept of a request that asks for it: "
        "<code>curl -H 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' …</code></p>"
    )
    head = "<tr><th>began</th><th>first</th><th>spans</th><th>took</th><th>errors</th></tr>"
    return _page("Traces", f"<table>{head}{rows}</table>" if rows else none)


def page_of(trace_id: str, spans: Sequence[Span]) -> str:
    """One trace: a line a span, below its parent, with a bar for its time; a click shows what is known of it."""
    extent = _extent(spans)
    lines = "".join(_line(span, depth, extent) for span, depth in nested(spans))
    title = f"{spans[0].name} · {extent.ms:,.1f} ms"
    return _page(title, f'<p><a href="/local/traces">all traces</a> · <code>{escape(trace_id)}</code></p>{lines}')


def nested(spans: Sequence[Span]) -> list[tuple[Span, int]]:
    """The spans with their depth, each behind its parent; whose parent is not here (the client's, say) is a root."""
    known = {span.span_id for span in spans}
    below: dict[str | None, list[Span]] = {}
    for span in spans:
        below.setdefault(span.parent_id if span.parent_id in known else None, []).append(span)
    found: list[tuple[Span, int]] = []
    left = [(span, 0) for span in reversed(below.pop(None, []))]
    while left:
        span, depth = left.pop()
        found.append((span, depth))
        left += [(child, depth + 1) for child in reversed(below.pop(span.span_id, []))]
    return found


def _row(trace_id: str, spans: Sequence[Span]) -> str:
    extent, errors = _extent(spans), sum(span.error is not None for span in spans)
    began = datetime.fromtimestamp(extent.start_ns // 10**9, UTC).strftime("%H:%M:%S UTC")
    first = f'<a href="/local/traces/{escape(trace_id)}">{escape(spans[0].name)}</a>'
    told = (began, first, str(len(spans)), f"{extent.ms:,.1f} ms", str(errors or ""))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in told) + "</tr>"


def _line(span: Span, depth: int, extent: _Extent) -> str:
    left = (span.start_ns - extent.start_ns) / 1e6 / extent.ms * 100
    width = span.duration_ms / extent.ms * 100
    colour = f"hsl({NOT_RED[0] + crc32(span.service.encode()) % (NOT_RED[1] - NOT_RED[0])} 55% 55%)"
    mark = f' <span class="error">{escape(span.error)}</span>' if span.error else ""
    about = {"kind": span.kind, "span": span.span_id, "parent": span.parent_id, **span.attributes}
    about |= {f"link {number}": f"{link['trace_id']} {link['span_id']}" for number, link in enumerate(span.links, 1)}
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in about.items())
    return (
        f'<details><summary><span class="name" style="padding-left:{depth}rem">{escape(span.name)} '
        f'<span class="service">{escape(span.service)}</span>{mark}</span><span class="line">'
        f'<span class="bar" style="left:{left:.3f}%;width:{width:.3f}%;background:{colour}"></span></span>'
        f'<span class="took">{span.duration_ms:,.1f} ms</span></summary><dl>{facts}</dl></details>'
    )


def _extent(spans: Sequence[Span]) -> _Extent:
    start = min(span.start_ns for span in spans)
    end = max(span.start_ns + round(span.duration_ms * 1e6) for span in spans)
    return _Extent(start, max(end - start, 1) / 1e6)


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
        f"<h1>{escape(title)}</h1>{body}</html>"
    )
