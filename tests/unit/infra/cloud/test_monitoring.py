"""What is watched: each metric is logged, each query asks for one that there is, each alert carries what to do."""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser as promql
import pytest
import yaml

from infra.local.metrics.tables import Metric, Slo, metrics, slos
from tests.processes import ROOT
from tests.unit.infra.cloud.hcl.modules import Module

CLOUD = ROOT / "infra" / "cloud"
FUNCTIONS = ("submit", "status", "notify", "sweep", "generate-interactive", "generate-batch")
METRICS = {metric.name: metric for metric in metrics()}
BUCKETS = yaml.safe_load((CLOUD / "metrics.yaml").read_text())["buckets"]
RUNBOOK = (CLOUD / "RUNBOOK.md").read_text()
# Of a log-based metric's own, and of Cloud Run's and Pub/Sub's, as Cloud Monitoring's lists of metrics have them.
RESOURCE = {"monitored_resource", "service_name", "revision_name", "location", "project_id"}
BUILT_IN = {
    "run_googleapis_com:request_count": {"response_code", "response_code_class"},
    "run_googleapis_com:request_latencies_bucket": {"response_code_class", "le"},
    "run_googleapis_com:container_instance_count": {"state"},
    "run_googleapis_com:container_startup_latencies_bucket": {"le"},
    "pubsub_googleapis_com:subscription_oldest_unacked_message_age": {"subscription_id"},
    "pubsub_googleapis_com:subscription_num_undelivered_messages": {"subscription_id"},
}
LOG_BASED = "logging_googleapis_com:user_darkroom_"
MOST_DOCUMENTED = 8192  # bytes of an alert's documentation


@pytest.fixture(scope="module")
def monitoring() -> dict[str, Any]:
    """The module's resources by address, as a deployment would have them."""
    module = Module(
        CLOUD / "modules" / "monitoring",
        {
            "project_id": "my-project",
            "services": {name: name for name in FUNCTIONS},
            "subscriptions": {
                lane: {"name": f"jobs-{lane}-x", "dead_letters": f"jobs-{lane}-dead-letters"}
                for lane in ("interactive", "batch", "events")
            },
            "api_host": "api.example.com",
            "notification_emails": ["ops@example.com"],
            "monthly_budget_usd": 500,
            "runbook_url": "https://example.com/RUNBOOK.md",
        },
    )
    return {resource.address: resource.values for resource in module.resources()}


def _logged() -> dict[str, set[str]]:
    """The fields of each line that the functions' code logs under a message that stands in it."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "shared").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"event", "log_event"}
            ):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant):
                    fields = {keyword.arg for keyword in node.keywords if keyword.arg} - {"level", "error"}
                    found.setdefault(str(first.value), set()).update(fields)
    return found


def test_every_metric_is_logged() -> None:
    """Its message stands in the code, with the fields that it is told apart by, filtered by and made of."""
    logged = _logged()
    for metric in METRICS.values():
        wanted = {*metric.labels, *metric.where, *([metric.value] if metric.value else [])}
        assert wanted <= logged.get(metric.event, set()), metric.name
        assert set(metric.numbers) <= set(metric.labels), metric.name
        assert metric.unit in BUCKETS, metric.name


@pytest.mark.parametrize("slo", slos(), ids=lambda slo: slo.name)
def test_every_objective_has_its_metric(slo: Slo) -> None:
    """With the labels that it chooses by; its bound is a bucket's, so that the share is exact, or an alert has it."""
    metric = METRICS[slo.metric]
    assert {*slo.where, *slo.good} <= set(metric.labels)
    assert sum(bound is not None for bound in (slo.below, slo.mean_below, slo.good or None)) == 1
    if slo.below is not None:
        assert slo.below in BUCKETS[metric.unit]
    if slo.mean_below is not None:
        assert f"> {slo.mean_below:g}" in (CLOUD / "alerts.yaml").read_text()
        assert not slo.burn
    else:
        assert slo.goal is not None
        assert 0 < slo.goal <= 0.999


def _selectors(query: Any) -> Iterator[Any]:
    """The series that a query asks for, wherever in it they stand."""
    if isinstance(query, promql.MatrixSelector):
        yield from _selectors(query.vector_selector)
    elif isinstance(query, promql.VectorSelector):
        yield query
    elif isinstance(query, promql.Call):
        for argument in query.args:
            yield from _selectors(argument)
    elif isinstance(query, promql.BinaryExpr):
        yield from _selectors(query.lhs)
        yield from _selectors(query.rhs)
    elif isinstance(query, promql.AggregateExpr | promql.ParenExpr | promql.UnaryExpr | promql.SubqueryExpr):
        yield from _selectors(query.expr)


def _labels_of(name: str) -> set[str]:
    """The labels of a metric by its name in PromQL.

    Raises:
        LookupError: there is no such metric, or it has not the suffix that its kind has.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    plain = name.removeprefix(LOG_BASED)
    stem, _, suffix = plain.rpartition("_")
    metric: Metric = METRICS[stem if suffix in {"bucket", "count", "sum"} else plain]
    if (metric.value is not None) != (suffix in {"bucket", "count", "sum"}):
        raise LookupError(f"{name}: a distribution is asked for its bucket, count or sum, and nothing else is")
    return {*metric.labels, *({"le"} if suffix == "bucket" else ())}


def _queries(monitoring: dict[str, Any]) -> Iterator[str]:
    for address, values in monitoring.items():
        if address.startswith("google_monitoring_alert_policy.alert["):
            (condition,) = values["conditions"]  # Cloud Monitoring takes no second one beside a query in PromQL
            yield condition["condition_prometheus_query_language"][0]["query"]
    for tile in json.loads(monitoring["google_monitoring_dashboard.overview"]["dashboard_json"])["mosaicLayout"][
        "tiles"
    ]:
        for data in tile["widget"]["xyChart"]["dataSets"]:
            yield data["timeSeriesQuery"]["prometheusQuery"].replace("${__interval}", "5m")


def test_every_query_asks_for_what_there_is(monitoring: dict[str, Any]) -> None:
    """Of alerts and charts: it is PromQL, of metrics that exist, by labels that they have."""
    queries = list(_queries(monitoring))
    asked = set()
    for query in queries:
        selectors = list(_selectors(promql.parse(query)))
        assert selectors or "vector(" in query, query
        for selector in selectors:
            names = {matcher.name for matcher in selector.matchers.matchers}
            assert "monitored_resource" in names, query
            assert names <= RESOURCE | _labels_of(selector.name), query
            asked.add(selector.name)
        grouped = {label.strip() for labels in re.findall(r"by \(([^)]*)\)", query) for label in labels.split(",")}
        known = set[str]().union(*(_labels_of(selector.name) for selector in selectors), RESOURCE)
        assert grouped <= known, query
    stems = {name.removeprefix(LOG_BASED) for name in asked}
    unasked = {name for name in METRICS if not any(stem.startswith(name) for stem in stems)}
    assert unasked == set(), "a metric that nobody looks at costs, and tells nothing"


def _entries() -> dict[str, str]:
    return {entry.partition("\n")[0]: entry for entry in RUNBOOK.split("\n## ")[1:]}


def test_every_alert_carries_its_entry_of_the_runbook(monitoring: dict[str, Any]) -> None:
    """The text itself, within Cloud Monitoring's bound, and a link to it; each says how bad it is and whom it tells."""
    entries = _entries()
    alerts = {at: values for at, values in monitoring.items() if at.startswith("google_monitoring_alert_policy.")}
    named = {values["user_labels"]["runbook"] for values in alerts.values()}
    for address, values in alerts.items():
        name = values["user_labels"]["runbook"]
        documentation = values["documentation"][0]
        assert documentation["content"] == entries[name], address
        assert len(documentation["content"].encode()) < MOST_DOCUMENTED, address
        assert "${" not in documentation["content"], address  # Cloud Monitoring would put something in its place
        assert documentation["links"][0]["url"] == f"https://example.com/RUNBOOK.md#{name}"
        assert values["severity"] in {"CRITICAL", "ERROR", "WARNING"}
        assert len(values["notification_channels"]) == 1
    assert {
        "queue-age",
        "failure-rate",
        "dead-letters",
        "budget-burn",
        "rate-limits",
        "sunsets",
        "sweep-stopped",
    } < named
    assert {"slo-burn", "unavailable"} < named


def test_metrics_are_made_of_the_lines_of_functions(monitoring: dict[str, Any]) -> None:
    """By their message, their fields and, of a distribution, only where there is a value."""
    requests = monitoring['google_logging_metric.metric["requests"]']
    assert 'jsonPayload.message="request answered"' in requests["filter"]
    assert requests["filter"].endswith("jsonPayload.latency_ms>=0")
    assert requests["value_extractor"] == "EXTRACT(jsonPayload.latency_ms)"
    assert requests["label_extractors"]["status"] == "EXTRACT(jsonPayload.status)"
    descriptor = requests["metric_descriptor"][0]
    assert (descriptor["metric_kind"], descriptor["value_type"], descriptor["unit"]) == ("DELTA", "DISTRIBUTION", "ms")
    assert [label["value_type"] for label in descriptor["labels"]] == ["STRING", "INT64", "STRING"]
    dead = monitoring['google_logging_metric.metric["dead_jobs"]']
    assert dead["filter"].endswith('jsonPayload.message="job ended" AND jsonPayload.gave_up=true')
    assert dead["metric_descriptor"][0]["value_type"] == "INT64"
    assert "bucket_options" not in dead


def test_objectives_are_what_the_table_says(monitoring: dict[str, Any]) -> None:
    """A cut through a distribution, or a ratio of two counts; burn rates of those that can burn."""
    submit = monitoring['google_monitoring_slo.objective["submit-latency"]']
    cut = submit["request_based_sli"][0]["distribution_cut"][0]
    assert (submit["goal"], cut["range"][0]["max"]) == (0.999, 500)
    assert 'metric.type="logging.googleapis.com/user/darkroom/requests"' in cut["distribution_filter"]
    assert 'metric.labels.operation=one_of("createJob",' in cut["distribution_filter"]
    ratio = monitoring['google_monitoring_slo.objective["cache-hits"]']["request_based_sli"][0]["good_total_ratio"][0]
    assert ratio["good_service_filter"].endswith('metric.labels.cache="hit"')
    assert ratio["bad_service_filter"].endswith('metric.labels.cache="miss"')
    assert 'google_monitoring_slo.objective["model-mean"]' not in monitoring
    assert 'google_monitoring_alert_policy.burn["submit-latency-fast"]' in monitoring
    assert 'google_monitoring_alert_policy.burn["cache-hits-fast"]' not in monitoring


def test_the_dashboard_has_three_charts_in_a_row(monitoring: dict[str, Any]) -> None:
    """None lies on another, and none is out of the grid."""
    layout = json.loads(monitoring["google_monitoring_dashboard.overview"]["dashboard_json"])["mosaicLayout"]
    places = [(tile["xPos"], tile["yPos"]) for tile in layout["tiles"]]
    assert len(set(places)) == len(places) > 0
    assert {x for x, _ in places} == {0, 16, 32}
    assert layout["columns"] == 48
