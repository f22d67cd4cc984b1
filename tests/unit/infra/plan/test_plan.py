"""`make plan`: what it reckons, and what it says to nonsense."""

import pytest

from infra.plan import rates
from infra.plan.__main__ import README, PlanError, main, plan_of, planned, with_tables
from infra.plan.load import Plan, load_of

TABLE = rates.load()


def test_ten_times_the_jobs_are_ten_times_the_operations() -> None:
    """But for the sweep, which runs once a minute whatever there is."""
    one, ten = (load_of(Plan(jobs), TABLE).quantities for jobs in (10_000, 100_000))
    for name in ("firestore_writes", "object_operations", "image_gib", "message_tib", "images"):
        assert ten[name] == pytest.approx(10 * one[name])
    assert ten["firestore_reads"] < 10 * one["firestore_reads"]


def test_every_line_of_the_bill_has_its_quantity_and_every_limit_its_load() -> None:
    """The names in the YAML are those that are reckoned."""
    load = load_of(Plan(1_000), TABLE)
    assert {line.quantity for line in TABLE.bill} | {"images"} == set(load.quantities)
    assert {limit.load for limit in TABLE.limits} <= set(load.peak)


def test_what_leaves_the_cloud_is_on_the_bill() -> None:
    """Images that clients fetch, calls of the gateway, and points of metrics, of which a minute has only so many."""
    few, many = (load_of(Plan(jobs, images=2, polls=4, downloads=3), TABLE).quantities for jobs in (100, 10_000_000))
    assert few["calls"] == 100 * 30 * (1 + 4)
    assert few["object_reads"] == 100 * 30 * 2 * 3
    assert few["egress_gib"] == pytest.approx(100 * 30 * 2 * 3 * TABLE.job.image_bytes / 2**30)
    assert few["metric_mib"] == pytest.approx(100 * 30 * (TABLE.metrics.points + 4) * TABLE.metrics.bytes / 2**20)
    assert many["metric_mib"] == pytest.approx(TABLE.metrics.series * 30 * 24 * 60 * TABLE.metrics.bytes / 2**20)


def test_the_model_works_at_once_for_as_many_jobs_as_arrive_while_it_takes_one() -> None:
    """Little's law: 86,400 a day at an even pace, 8 s and ours each."""
    load = load_of(Plan(86_400, peak=1, model_seconds=8), TABLE)
    assert load.fleets["generate"].busy_places == pytest.approx(8 + TABLE.functions["generate"].seconds)


def test_a_quota_below_the_need_makes_the_queue_grow() -> None:
    """And so do too few instances; the report says so."""
    need = load_of(Plan(1_000_000), TABLE).peak["model_calls_per_minute"]
    assert "grows" not in planned(Plan(1_000_000, quota_per_minute=need * 2), "standard")
    assert "It grows" in planned(Plan(1_000_000, quota_per_minute=need / 2), "standard")
    assert "It grows" in planned(Plan(1_000_000, max_instances=1), "standard")


def test_an_unknown_price_is_not_zero() -> None:
    """The bill says that nobody knows it."""
    text = planned(Plan(1_000), "imagen-3.0-capability-002")
    assert "its price is unknown" in text
    assert "in all" not in text


def test_the_readme_shows_what_the_command_prints() -> None:
    """The three tables of infra/cloud/README.md are made anew by `python -m infra.plan --readme`."""
    text = README.read_text()
    assert with_tables(text) == text
    assert "50,000,000 jobs a day" in text


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "Say how many jobs"),
        ({"JOBS_PER_DAY": "many"}, "JOBS_PER_DAY=many is no number"),
        ({"JOBS_PER_DAY": "0"}, "JOBS_PER_DAY=0 cannot be: give 1 or more"),
        ({"JOBS_PER_DAY": "nan"}, "JOBS_PER_DAY=nan cannot be"),
        ({"JOBS_PER_DAY": "1e13"}, "JOBS_PER_DAY=1e13 cannot be: give 1 to 1e+12"),
        ({"JOBS_PER_DAY": "10", "WEBHOOKS": "7"}, "WEBHOOKS=7 cannot be: give 0 to 1"),
        ({"JOBS_PER_DAY": "10", "IMAGES": "1.5"}, "IMAGES=1.5 cannot be: give a whole number"),
        ({"JOBS_PER_DAY": "10", "MODEL": "teapot"}, "MODEL=teapot cannot be planned: there is no model 'teapot'"),
    ],
)
def test_nonsense_is_refused_in_words(
    environ: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    """With 2, and nothing printed where a plan is awaited."""
    assert main([], environ) == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""


def test_numbers_may_be_written_as_people_do() -> None:
    """With separators."""
    assert plan_of({"JOBS_PER_DAY": "1,000,000", "PEAK": "2.5"}) == Plan(1_000_000, peak=2.5)
    with pytest.raises(PlanError):
        plan_of({"JOBS_PER_DAY": "-5"})
