"""Before jobs are taken: what they may come to is reserved, on every account that limits them."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from shared.catalog import catalog, price
from shared.domain.accounts import Charge, Limits, Reservation, day_of, limits_on
from shared.domain.charges import reserving
from shared.domain.errors import Rejected
from shared.domain.job import Job
from shared.domain.request import JobRequest
from shared.domain.tenant import Tenant


def check_images(request: JobRequest, tenant: Tenant) -> None:
    """400 where the request asks for more images than its tenant may have of one.

    Raises:
        Rejected: so.
    """
    most = tenant.images_per_request
    if most is not None and request.n > most:
        text = f"must be at most {most} for this tenant, not {request.n}"
        raise Rejected(400, "invalid_request", f"/n {text}.", errors=(("/n", text),))


def with_reservation(job: Job, tenant: Tenant, now: datetime) -> tuple[Job, Charge | None]:
    """The job with its reservation, and the charge to write it with; no charge where nothing of it is limited.

    The charge raises Rejected, 402 or 429, when it is applied.
    """
    (job,), charge = with_reservations((job,), tenant, now)
    return job, charge


def with_reservations(jobs: Sequence[Job], tenant: Tenant, now: datetime) -> tuple[tuple[Job, ...], Charge | None]:
    """The jobs of one tenant, each with its reservation, and one charge for all of them together.

    Whoever writes the charge with something else, such as their parent, keeps `summed` of the reservations there until
    the jobs are recorded, to give them back by `releasing` if they never are. Each job settles its own.
    """
    limits: dict[str, Limits] = {}
    reserved = []
    for job in jobs:
        own = limits_on(tenant, job.project_id, job.user_id)
        limits |= own
        reservation = _reservation(job, tenant, tuple(own), now) if own else None
        if reservation or job.reservation or job.settled:  # else it is a copy of what it was
            job = msgspec.structs.replace(job, reservation=reservation, settled=False)  # noqa: PLW2901 - as it is reserved
        reserved.append(job)
    reservations = [job.reservation for job in reserved if job.reservation]
    return tuple(reserved), reserving(reservations, limits, now) or None


def _reservation(job: Job, tenant: Tenant, accounts: tuple[str, ...], now: datetime) -> Reservation:
    unknown = tenant.unknown_price_micros or 0
    return Reservation(
        accounts=accounts,
        day=day_of(now),
        images=job.n,
        micros=max(unknown if known is None else known for known in _prices(job)),
        unknown_micros=unknown,
        first_call=len(job.spend),
    )


def _prices(job: Job) -> Iterator[int | None]:
    """What the job would cost, in micro-USD, by each of the models that may come to make it; None: nobody knows."""
    yield job.estimated_micros
    models = catalog().models
    for name in job.fallback:
        model = models.get(name)  # a later deployment may know it no more
        size = job.image_size if model and job.image_size in model.prices else None
        yield price(model, size, job.n) if model else None
