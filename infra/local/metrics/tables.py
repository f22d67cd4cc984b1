"""The tables of `infra/cloud`: which lines of the logs are counted, how, and what is aimed at."""

from pathlib import Path
from typing import Literal

import msgspec

FOLDER = Path(__file__).resolve().parents[2] / "cloud"
Unit = Literal["ms", "micro_usd", "1"]


class Metric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One metric: the lines with the message `event` and the fields `where`, counted, or their `value` distributed."""

    name: str
    event: str
    labels: tuple[str, ...]
    unit: Unit
    description: str
    where: dict[str, str | bool] = {}
    value: str | None = None
    numbers: tuple[str, ...] = ()  # labels that are numbers


class Slo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One objective; exactly one of `below`, `mean_below` and `good` says what is good."""

    name: str
    title: str
    metric: str
    where: dict[str, tuple[str, ...]]  # label → its values
    burn: bool
    goal: float | None = None  # the share that is to be good
    below: float | None = None
    mean_below: float | None = None
    good: dict[str, tuple[str, str]] = {}  # label → the value that is good, and the one that is not


class _Metrics(msgspec.Struct, forbid_unknown_fields=True):
    metrics: tuple[Metric, ...]
    buckets: dict[Unit, tuple[float, ...]]


class _Slos(msgspec.Struct, forbid_unknown_fields=True):
    slos: tuple[Slo, ...]


def metrics(folder: Path = FOLDER) -> tuple[Metric, ...]:
    """All metrics.

    Raises:
        msgspec.ValidationError: the table is not as it should be; the text says where.
    """
    return msgspec.yaml.decode((folder / "metrics.yaml").read_bytes(), type=_Metrics).metrics


def slos(folder: Path = FOLDER) -> tuple[Slo, ...]:
    """All objectives.

    Raises:
        msgspec.ValidationError: as of `metrics`.
    """
    return msgspec.yaml.decode((folder / "slos.yaml").read_bytes(), type=_Slos).slos
