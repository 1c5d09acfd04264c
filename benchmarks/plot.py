"""Requests per second as bars, in SVG that can be read on light and on dark ground."""

from html import escape
from typing import Final

from benchmarks.results import Results

_WIDTH: Final = 900
_LABELS: Final = 300
_BAR: Final = 18
_GAP: Final = 6
_HEAD: Final = 40
_FIGURES: Final = 90
_STYLE: Final = """
    text { font: 13px system-ui, sans-serif; fill: #1f2328; }
    .title { font-weight: 600; font-size: 15px; }
    .bar { fill: #8b949e; }
    .own { fill: #1a7f64; }
    .ground { fill: #ffffff; }
    @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3; }
        .bar { fill: #6e7681; }
        .own { fill: #3fb68b; }
        .ground { fill: #0d1117; }
    }
"""


def svg(results: Results) -> str:
    """Return a picture with a group of bars for each workload, each group on a scale of its own."""
    parts: list[str] = []
    top = _GAP
    for workload in results.measured_workloads:
        rates = [
            (name, rate)
            for name in results.measured_contenders
            if (rate := results.median(name, workload, lambda each: each.rate)) is not None
        ]
        top += _HEAD
        parts.append(_text(_GAP, top - 12, results.workloads[workload], "title"))
        greatest = max(rate for _, rate in rates) or 1.0
        for name, rate in rates:
            parts += _bar(results.contenders[name], rate, rate / greatest, top, is_own=name.startswith("satchel"))
            top += _BAR + _GAP
    height = top + _GAP
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}>',
            "<title>Requests per second, more is better</title>",
            f"<style>{_STYLE}</style>",
            '<rect class="ground" width="100%" height="100%"/>',
            *parts,
            "</svg>\n",
        )
    )


def _bar(title: str, rate: float, share: float, top: int, *, is_own: bool) -> list[str]:
    length = max(1, round(share * (_WIDTH - _LABELS - _FIGURES)))
    kind = "bar own" if is_own else "bar"
    return [
        _text(_GAP, top + 14, title, "label"),
        f'<rect class="{kind}" x="{_LABELS}" y="{top}" width="{length}" height="{_BAR}" rx="2"/>',
        _text(_LABELS + length + _GAP, top + 14, f"{rate:,.0f}/s", "figure"),
    ]


def _text(x: int, y: int, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(text)}</text>'
