# SPDX-License-Identifier: Apache-2.0
"""Turns result lines into Markdown tables."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from catalog import suites

Row = dict[str, Any]
FAULTS = ("errs", "bad", "short", "stall", "starved", "error")


def read(files: Iterable[Path]) -> list[Row]:
    return [json.loads(line) for f in files for line in f.read_text().splitlines() if line]


def faults(row: Row) -> dict[str, Any]:
    """The counters of a run that must be zero and are not."""
    return {k: row[k] for k in FAULTS if row.get(k)}


def markdown(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table whose first column is text and whose others are numbers."""
    rows = [list(header), *(list(line) for line in lines)]
    widths = [max(len(r[i]) for r in rows) for i in range(len(header))]
    rule = ["-" * widths[0], *("-" * (w - 1) + ":" for w in widths[1:])]

    def text(row: Sequence[str]) -> str:
        numbers = (c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))
        cells = [row[0].ljust(widths[0]), *numbers]
        return "| " + " | ".join(cells) + " |"

    return "\n".join(text(r) for r in (rows[0], rule, *rows[1:]))


def _least_disturbed(rows: list[Row]) -> list[Row]:
    """Runs in order of round trips per second, most first."""
    return sorted(rows, key=lambda r: -r["rps"])


def _spread(rows: list[Row]) -> str:
    """How far the second least disturbed run is from the first, in percent."""
    if len(rows) < 2 or not rows[0]["srv_us"]:
        return "-"
    return f"{(rows[1]['srv_us'] / rows[0]['srv_us'] - 1) * 100:+.0f}"


def costs(rows: list[Row]) -> dict[str, dict[str, float]]:
    """For each load cpu@best by server; what was not pinned, is left out."""
    runs: dict[str, dict[str, list[Row]]] = {}
    for r in rows:
        if r["type"] == "echo" and r.get("rts") and r["pinned"]:
            load = runs.setdefault(f"{r['suite']} {r['scenario']}", {})
            load.setdefault(r["label"], []).append(r)
    return {
        load: {name: _least_disturbed(group)[0]["srv_us"] for name, group in by_name.items()}
        for load, by_name in runs.items()
    }


ECHO_HEADER = (
    "server runs cpu@best ratio next% cpu-med user-med best-rt/s med-rt/s p50-us p99-us "
    "csw/rt rss-MB srv% lg% faults"
).split()


def _echo_line(name: str, rows: list[Row], base: float) -> list[str]:
    def median(key: str) -> float:
        return float(statistics.median(r[key] for r in rows))

    best = _least_disturbed(rows)
    cpu = best[0]["srv_us"]
    lost = sum(r.get("lost", 0) for r in rows if not r["scenario"].endswith("flood"))
    wrong = {k for r in rows for k in faults(r)}
    note = ",".join([*sorted(wrong), *([f"lost {lost}"] if lost else [])])
    return [
        name,
        str(len(rows)),
        f"{cpu:.3f}",
        f"{cpu / base:.2f}" if base else "-",
        _spread(best),
        f"{median('srv_us'):.3f}",
        f"{median('srv_user_us'):.2f}",
        f"{best[0]['rps']:.0f}",
        f"{median('rps'):.0f}",
        f"{median('p50'):.1f}",
        f"{median('p99'):.1f}",
        f"{median('srv_vcsw_per_rt'):.3f}",
        f"{median('srv_rss_kb') / 1024:.0f}",
        f"{median('srv_cpu_pct'):.0f}",
        f"{median('lg_cpu_pct'):.0f}",
        note or "-",
    ]


def _echo_table(suite: str, scenario: str, rows: list[Row]) -> str:
    known = suites().get(suite)
    order = [s.name for s in known.servers] if known else []
    reference = known.reference if known else ""
    by_name: dict[str, list[Row]] = {name: [] for name in order}
    for r in rows:
        by_name.setdefault(r["label"], []).append(r)
    ref = _least_disturbed(by_name.get(reference, []))
    base = ref[0]["srv_us"] if ref else 0.0
    lines = [_echo_line(n, rs, base) for n, rs in by_name.items() if rs]
    title = f"## {suite} {scenario}  (ratio: cpu@best against {reference})"
    return f"{title}\n\n{markdown(ECHO_HEADER, lines)}"


def _echo_tables(rows: list[Row]) -> Iterable[str]:
    groups: dict[tuple[str, str], list[Row]] = {}
    for r in rows:
        if r.get("rts"):
            suite = r["suite"] if r["pinned"] else f"{r['suite']} (not pinned)"
            groups.setdefault((suite, r["scenario"]), []).append(r)
    for (suite, scenario), group in groups.items():
        table = _echo_table(suite.removesuffix(" (not pinned)"), scenario, group)
        yield table if group[0]["pinned"] else table.replace("  (", "  (not pinned; ", 1)


IDLE_HEADER = "server conns echo-ok rss0-MB rss1-MB rss-B/conn heap-B/conn threads faults".split()


def _idle_table(rows: list[Row]) -> str:
    def line(r: Row) -> list[str]:
        heap = r.get("live_heap_bytes_per_conn")
        return [
            r["label"],
            str(r["conns"]),
            str(r["echo_ok"]),
            f"{r['srv_rss0_kb'] / 1024:.0f}",
            f"{r['srv_rss1_kb'] / 1024:.0f}",
            f"{r['rss_bytes_per_conn']:.0f}",
            "-" if heap is None else f"{heap:.0f}",
            str(r["srv_threads"]),
            f"bad {r['bad']}" if r["bad"] else "-",
        ]

    return f"## idle connections\n\n{markdown(IDLE_HEADER, (line(r) for r in rows))}"


STARTUP_BASE = "python3 -c pass"
STARTUP_HEADER = "command runs wall-med-ms wall-best-ms cpu-med-ms ratio faults".split()


def _startup_table(rows: list[Row]) -> str:
    by_name: dict[str, list[Row]] = {STARTUP_BASE: []}
    for r in rows:
        by_name.setdefault(r["label"], []).append(r)

    def median(name: str, key: str) -> float:
        return float(statistics.median(r[key] for r in by_name[name]))

    lines = []
    for name, group in by_name.items():
        failed = sum(1 for r in group if r["status"] != 0)
        lines.append(
            [
                name,
                str(len(group)),
                f"{median(name, 'wall_ms'):.1f}",
                f"{min(r['wall_ms'] for r in group):.1f}",
                f"{median(name, 'cpu_ms'):.1f}",
                f"{median(name, 'wall_ms') / median(STARTUP_BASE, 'wall_ms'):.2f}",
                f"failed {failed}" if failed else "-",
            ]
        )
    title = f"## start-up  (ratio: median wall time against {STARTUP_BASE})"
    return f"{title}\n\n{markdown(STARTUP_HEADER, lines)}"


def tables(rows: list[Row]) -> str:
    """All the tables that the rows give, in Markdown."""
    parts = list(_echo_tables([r for r in rows if r["type"] == "echo"]))
    idle = [r for r in rows if r["type"] == "idle"]
    startup = [r for r in rows if r["type"] == "startup"]
    if idle:
        parts.append(_idle_table(idle))
    if startup:
        parts.append(_startup_table(startup))
    return "\n\n".join(parts)
