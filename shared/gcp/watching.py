"""Logs and traces of one function, as this deployment's settings want them."""

from collections.abc import Mapping

from shared.config import Settings, meaningless
from shared.gcp.trace_exporter import exporter_of
from shared.telemetry import configure_logs, configure_traces


def watch(service: str, settings: Settings, environment: Mapping[str, str]) -> None:
    """Begin to write logs, and to record the traces that are sampled, as those of `service`; done once per process."""
    configure_logs(settings.log_level, settings.google_cloud_project, meaningless(environment))
    configure_traces(exporter_of(settings, service), settings.trace_sampling)
