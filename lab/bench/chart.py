# SPDX-License-Identifier: Apache-2.0
"""Draws what the servers cost, one panel for each load, by matplotlib."""

from __future__ import annotations

from pathlib import Path

from catalog import BenchError
from report import Row, costs

LIMIT = "#7f7f7f"
OTHERS = "#9ecae1"
OURS = "#d95f0e"
PANELS_IN_A_ROW = 2
BAR_INCHES = 0.24
WIDTH_INCHES = 5.2


def _color(name: str, ours: tuple[str, ...]) -> str:
    if name.startswith(ours):
        return OURS
    return LIMIT if name.startswith("c-") else OTHERS


def draw(rows: list[Row], target: Path, ours: tuple[str, ...]) -> None:
    """An SVG of cpu@best; servers whose name begins with one of ours stand out."""
    try:
        import matplotlib
    except ImportError as missing:
        raise BenchError("no matplotlib (Debian: python3-matplotlib)") from missing
    matplotlib.use("svg")
    # The same rows make the same file, with text that can be searched.
    matplotlib.rcParams.update({"svg.hashsalt": "bench", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot

    panels = costs(rows)
    if not panels:
        raise BenchError("nothing was measured that can be drawn")
    lines = -(-len(panels) // PANELS_IN_A_ROW)
    columns = min(len(panels), PANELS_IN_A_ROW)
    tallest = max(len(costs_of) for costs_of in panels.values())
    figure, axes = pyplot.subplots(
        lines,
        columns,
        squeeze=False,
        figsize=(WIDTH_INCHES * columns, lines * (tallest * BAR_INCHES + 1)),
    )
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    for axis, (title, measured) in zip(axes.flat, panels.items(), strict=False):
        ordered = sorted(measured.items(), key=lambda each: -each[1])
        names = [name for name, _ in ordered]
        bars = axis.barh(names, [c for _, c in ordered], color=[_color(n, ours) for n in names])
        axis.bar_label(bars, fmt="%.2f", padding=2, fontsize=8)
        axis.set_title(title)
        axis.set_xlabel("server CPU, µs per round trip")
        axis.margins(x=0.12)
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, metadata={"Date": None})
