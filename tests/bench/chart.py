"""Draws what was measured: CPU seconds of each scenario, by generator, on a logarithmic scale."""

from __future__ import annotations

import math
import statistics
from typing import Any
from xml.sax.saxutils import escape

ROWS = ("nothing changed", "one changed", "one published", "cold")
COLOURS = {"ours": "#12563f", "ours in Corner": "#5f9c85", "hugo": "#8a8f98", "pelican": "#c2c6cc"}
NAMES = {"ours": "Corner, theme Plain", "ours in Corner": "Corner, theme Corner", "hugo": "Hugo", "pelican": "Pelican"}
LEFT, WIDTH, BAR, GAP, TOP = 150, 720, 15, 26, 56


def chart(rows: list[dict[str, Any]], count: int) -> str:
    """Draw one size as an SVG."""
    peers = [name for name in COLOURS if any(row["peer"] == name for row in rows)]
    seconds = {
        (peer, scenario): statistics.median(
            row["cpu"]
            for row in rows
            if (row["peer"], row["scenario"], row["count"]) == (peer, scenario, count) and row["round"]
        )
        for peer in peers
        for scenario in ROWS
    }
    least, most = math.log10(min(seconds.values()) / 1.5), math.log10(max(seconds.values()))
    drawn, top = [], TOP
    for scenario in ROWS:
        middle = top + len(peers) * BAR / 2 + 5
        drawn.append(f'<text x="{LEFT - 12}" y="{middle:.0f}" text-anchor="end">{scenario}</text>')
        for peer in peers:
            value = seconds[peer, scenario]
            width = (WIDTH - LEFT - 70) * (math.log10(value) - least) / (most - least)
            drawn.append(f'<rect x="{LEFT}" y="{top}" width="{width:.1f}" height="{BAR - 3}" fill="{COLOURS[peer]}"/>')
            drawn.append(f'<text class="n" x="{LEFT + width + 6:.1f}" y="{top + BAR - 5}">{value:.2f}</text>')
            top += BAR
        top += GAP
    for place, peer in enumerate(peers):
        x = LEFT + place * 142
        drawn.append(f'<rect x="{x}" y="{TOP - 22}" width="10" height="10" fill="{COLOURS[peer]}"/>')
        drawn.append(f'<text class="n" x="{x + 15}" y="{TOP - 13}">{escape(NAMES[peer])}</text>')
    title = f"CPU seconds to build {count:,} essays, logarithmic"
    style = "text{font:13px system-ui,sans-serif;fill:#6b7280}.n{font-size:11px}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top - GAP + 12}" role="img" '
        f'aria-label="{title}"><style>{style}</style><text x="{LEFT}" y="20">{title}</text>{"".join(drawn)}</svg>\n'
    )
