"""`make plan JOBS_PER_DAY=… MODEL=…`: instances, queue age, operations, headroom and dollars of so many jobs a day.

Environment: `JOBS_PER_DAY`, `MODEL` (standard), `PEAK` (3), `IMAGES` (1), `POLLS` (3), `DOWNLOADS` (1),
`WEBHOOKS` (0 to 1), `RETENTION_DAYS` (30), `MODEL_SECONDS`, `QUOTA_PER_MINUTE`, `MAX_INSTANCES`; see load.py.
`--readme` writes the tables of infra/cloud/README.md anew.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from infra.plan import rates
from infra.plan.load import Plan, load_of
from infra.plan.report import report
from shared.catalog import catalog, price
from shared.domain.errors import Rejected

README = Path(__file__).resolve().parent.parent / "cloud" / "README.md"
BEGIN, END = "<!-- plan -->", "<!-- /plan -->"
SIZES = (1_000, 1_000_000, 50_000_000)
LOWEST = {"JOBS_PER_DAY": 1, "PEAK": 1, "IMAGES": 1, "POLLS": 0, "DOWNLOADS": 0, "WEBHOOKS": 0, "RETENTION_DAYS": 0,
          "MODEL_SECONDS": 0.001, "QUOTA_PER_MINUTE": 1, "MAX_INSTANCES": 1}  # fmt: skip
HIGHEST = {"WEBHOOKS": 1}  # a share
MOST = 1e12  # more is no plan
WHOLE = {"IMAGES", "MAX_INSTANCES"}


class PlanError(Exception):
    """What was asked cannot be planned; the text says why, and what to give."""


def plan_of(environ: Mapping[str, str]) -> Plan:
    """What is asked.

    Raises:
        PlanError: a number is missing, is none, or is too small.
    """
    given = {name: _number(name, environ[name]) for name in LOWEST if environ.get(name)}
    if "JOBS_PER_DAY" not in given:
        raise PlanError("Say how many jobs: make plan JOBS_PER_DAY=1000000 MODEL=standard")
    return msgspec.convert({name.lower(): value for name, value in given.items()}, Plan)


def _number(name: str, text: str) -> float:
    try:
        value = float(text.replace(",", "").replace("_", ""))
    except ValueError:
        raise PlanError(f"{name}={text} is no number: give one, such as {name}={LOWEST[name] or 1}") from None
    most = HIGHEST.get(name, MOST)
    if not LOWEST[name] <= value <= most:  # and so NaN is refused too
        bounds = f"{LOWEST[name]} or more" if most == MOST and not value > most else f"{LOWEST[name]} to {most:g}"
        raise PlanError(f"{name}={text} cannot be: give {bounds}")
    if name in WHOLE and value != int(value):
        raise PlanError(f"{name}={text} cannot be: give a whole number")
    return int(value) if name in WHOLE else value


def planned(plan: Plan, name: str) -> str:
    """The report on a plan with a model, or an alias of one, of the catalogue.

    Raises:
        PlanError: there is no such model.
    """
    try:
        model_id, model = catalog().resolve(name)
    except Rejected as exc:
        raise PlanError(f"MODEL={name} cannot be planned: {exc.errors[0][1]}") from exc
    table = rates.load()
    return report(plan, load_of(plan, table), table, model_id, price(model, None, 1))


def with_tables(readme: str) -> str:
    """The README with the plans of SIZES between its two marks."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    plans = (f"### {jobs:,} jobs a day\n\n{planned(Plan(jobs), 'standard')}" for jobs in SIZES)
    tables = "\n\n".join(plans)
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Print the plan, or write the README's; 2 with words on standard error when it cannot be made."""
    try:
        if "--readme" in arguments:
            README.write_text(with_tables(README.read_text()))
        else:
            print(planned(plan_of(environ), environ.get("MODEL") or "standard"))
    except PlanError as exc:
        print(exc, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
