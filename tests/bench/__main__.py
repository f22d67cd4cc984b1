"""`python -m tests.bench` (`make bench`). Environment: `QUICK=1`, fewer rounds; `PARTS=cold,cpu`, these alone."""

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tests.bench.bounds import BOUNDS, Bound, judged
from tests.bench.chart import chart
from tests.bench.parts import PARTS
from tests.bench.rows import Row
from tests.bench.table import Verdicts, table
from tests.processes import ROOT

OUT = ROOT / "out" / "bench"
TOLD_BY = Path("/proc/self/smaps_rollup")


def chosen(names: str) -> dict[str, ModuleType]:
    """The parts that a comma-separated list names, in the table's order; all where it is empty.

    Raises:
        ValueError: there is none of that name.
    """
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if wrong := sorted(set(wanted) - set(PARTS)):
        raise ValueError(f"PARTS names {', '.join(wrong)}; there are {', '.join(PARTS)}")
    return {name: import_module(f"tests.bench.parts.{name}") for name in PARTS if not wanted or name in wanted}


def lacking(parts: Mapping[str, ModuleType], told_by: Path = TOLD_BY) -> list[str]:
    """What is not there that these parts need, and which of them go without; nothing where all can run."""
    if not told_by.exists():
        return ["The benchmark counts processor time and memory as Linux tells them: run it on Linux."]
    missing = {name: part.missing() if hasattr(part, "missing") else [] for name, part in parts.items()}
    words = [text for texts in missing.values() for text in texts]
    others = ",".join(name for name, texts in missing.items() if not texts)
    return [*words, f"Or measure the rest alone: PARTS={others}"] if words and others else words


def measure(parts: Mapping[str, ModuleType], *, quick: bool) -> tuple[dict[str, Sequence[Row]], list[str]]:
    """The rows of each part, and the names of those that failed, whose other parts are measured all the same."""
    measured: dict[str, Sequence[Row]] = {}
    failed = []
    for name, part in parts.items():
        began = time.monotonic()
        print(f"{name} …", end=" ", flush=True)
        try:
            measured[name] = part.run(quick=quick)
        except Exception:  # noqa: BLE001 - half an hour of other measurements is not thrown away for it
            traceback.print_exc()
            failed.append(name)
        print(f"{time.monotonic() - began:.0f} s", flush=True)
    return measured, failed


def report(
    measured: Mapping[str, Sequence[Row]],
    failed: Sequence[str],
    out: Path,
    bounds: Collection[Bound] = BOUNDS,
    *,
    quick: bool = False,
) -> int:
    """Print the table, write it as JSON and as a picture, and give the exit code: 1 where a bound is broken."""
    verdicts = judged(measured, bounds)
    print(f"\n{table(measured, verdicts)}\n")
    broken = [each for found in verdicts.values() for each in found if not each.holds]
    for each in broken:
        found = "it was not measured" if each.found is None else f"it is {each.found:,.4g}"
        print(f"BROKEN: {each.bound.part}, {each.bound.name}: {each.bound}, and {found}")
    for name in failed:
        print(f"FAILED: {name}; what it said stands above")
    out.mkdir(parents=True, exist_ok=True)
    (out / "bench.json").write_text(
        json.dumps({"quick": quick, **_record(measured, verdicts, failed)}, indent=2) + "\n"
    )
    (out / "bench.svg").write_text(chart(measured, verdicts))
    print(f"load: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; {out}/bench.json, bench.svg")
    return 1 if broken or failed else 0


def _record(measured: Mapping[str, Sequence[Row]], verdicts: Verdicts, failed: Sequence[str]) -> dict[str, object]:
    rows = [
        {"part": part, **asdict(row), "value": row.value, "held_against": row.held_against, "ratio": row.ratio}
        for part, each in measured.items()
        for row in each
    ]
    bounds = [
        {**each.bound._asdict(), "found": each.found, "holds": each.holds}
        for found in verdicts.values()
        for each in found
    ]
    machine = {"load": os.getloadavg()[0], "processors": os.cpu_count(), "python": sys.version.split()[0]}
    return {"machine": machine, "rows": rows, "bounds": bounds, "failed": list(failed)}


def main(environ: Mapping[str, str]) -> int:
    """Measure what is wanted: 0, 1 where a bound is broken, 2 with words where it cannot begin."""
    try:
        parts = chosen(environ.get("PARTS", ""))
    except ValueError as exc:
        print(exc, file=sys.stderr)
        return 2
    if words := lacking(parts):
        print("\n".join(words), file=sys.stderr)
        return 2
    quick = environ.get("QUICK", "") not in {"", "0"}
    measured, failed = measure(parts, quick=quick)
    return report(measured, failed, OUT, [bound for bound in BOUNDS if bound.quick or not quick], quick=quick)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # what was started ends with its block
    try:
        sys.exit(main(os.environ))
    except KeyboardInterrupt:
        print(f"\nStopped: {OUT} is as it was.", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)
