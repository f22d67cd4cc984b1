"""Whatever a job's models do, and however often: each call is booked, and no attempt asks a model twice."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.errors import ProviderError
from tests.unit.shared.use_cases.test_routing import DOWN, ENDS, GONE, HELPS, IMAGEN, NANOBANANA, OPEN, REPLICATE, ULTRA
from tests.unit.shared.use_cases.workshop import RULES, Workshop, a_plain_job

ERRORS = (*HELPS, *ENDS, DOWN, OPEN, GONE)
MODELS = (ULTRA, REPLICATE, NANOBANANA, "gemini-3-pro-image")


@given(
    errors=st.lists(st.sampled_from(ERRORS), max_size=12),
    fallback=st.lists(st.sampled_from(MODELS), max_size=4).map(tuple),
    placeholder=st.booleans(),
)
@settings(max_examples=150, deadline=None)
async def test_every_job_ends_with_all_its_calls_on_the_bill(
    errors: list[ProviderError], fallback: tuple[str, ...], *, placeholder: bool
) -> None:
    """Calls and spends are as many; a failed call costs what its failure says."""
    shop = Workshop(a_plain_job(fallback=fallback, allow_placeholder=placeholder))
    shop.provider.then(*errors)
    deliveries = 0
    while not shop.job.is_over:
        assert (deliveries := deliveries + 1) <= len(errors) + RULES.max_attempts
        await shop.deliver()
        shop.clock.move(3600)
    calls, spend = shop.provider.calls, shop.job.spend
    assert len(calls) == len(spend)
    for call, booked, error in zip(calls, spend, errors, strict=False):
        assert call.attempt_count == booked.attempt
        assert booked.actual_micros == {"no": 0, "unknown": None}[error.billed]
    for attempt in range(1, shop.job.attempt_count + 1):
        asked = [call.model for call in calls if call.attempt_count == attempt]
        assert len(asked) == len(set(asked))
        assert asked[0] == IMAGEN or GONE in errors
    assert shop.job.status == "completed" or shop.job.failure
