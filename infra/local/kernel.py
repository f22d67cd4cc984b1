"""What every local service is given: a clock, a disk, and the book of faults."""

from dataclasses import dataclass

from infra.local.clock import Clock
from infra.local.disk import Disk
from infra.local.faults import Faults


@dataclass(frozen=True)
class Kernel:
    """The shared ground of the services of one local cloud."""

    clock: Clock
    disk: Disk
    faults: Faults
