"""A job's image becomes the reference of a new job."""

from collections.abc import Iterator

import msgspec

from shared.catalog import Model, catalog
from shared.catalog.abilities import wrongs
from shared.domain.caller import Caller
from shared.domain.errors import Rejected
from shared.domain.job import Job
from shared.domain.request import AspectRatio, JobRequest
from shared.domain.variation import VariationRequest, varied, without
from shared.idempotency import job_id as id_of
from shared.ports import JobStore
from shared.use_cases.plan import Defaults
from shared.use_cases.sources import own_job, wrong_image
from shared.use_cases.submit import Submit, Variation


class Vary:
    """POST /v1/jobs/{id}/variations."""

    def __init__(self, jobs: JobStore, submit: Submit, defaults: Defaults) -> None:
        self._jobs = jobs
        self._submit = submit
        self._defaults = defaults

    async def __call__(self, job_id: str, wanted: VariationRequest, caller: Caller) -> tuple[Job, bool]:
        """Record and announce the new job; gives it, and True where the key had named it before.

        Raises:
            Rejected: 404, there is no such job; 409, it has not completed; 400, it has no such image, or no model can;
                and as Submit.
            Unavailable: 503; repeat with the same key.
        """
        variation = Variation(job_id, wanted.fingerprint(job_id))
        try:
            request = await self._request(job_id, wanted, caller)
        except Rejected:
            if taken := await self._taken(variation, caller):
                return taken, True
            raise
        return await self._submit(request, caller, variation)

    async def _request(self, job_id: str, wanted: VariationRequest, caller: Caller) -> JobRequest:
        source = await own_job(self._jobs, job_id, caller.tenant)
        if source is None:
            raise Rejected(404, "job_not_found", f"There is no job {job_id}.")
        field, text = wrong_image(source, job_id, wanted.index)
        if field == "job_id":
            raise Rejected(409, "job_not_completed", f"J{text[1:]}.")
        if text:
            raise Rejected(400, "invalid_request", f"/index: {text}.", errors=(("/index", text),))
        model = wanted.model or self._able(source)
        request, inherited = varied(source, wanted, model)
        model_id, _ = catalog().resolve(model)
        ratio = request.aspect_ratio or msgspec.convert(source.aspect_ratio, AspectRatio)
        at_fault = {pointer.split("/")[1] for pointer, _ in wrongs(model_id, request, ratio, request.image_size)}
        return without(request, inherited & at_fault)

    def _able(self, source: Job) -> str:
        """The source's model, if it takes references; else the first of its successors that does."""
        # Where all is painted, the job's model is the painter: what counts is what was asked for.
        name = source.model if self._defaults.real_images else source.model_requested or self._defaults.model
        for model_id, model in _successors(name):
            if _takes_references(model):
                return model_id
        able = ", ".join(known for known, model in catalog().models.items() if _takes_references(model))
        text = f"{name} takes no reference images; these models do: {able}"
        raise Rejected(400, "unsupported_by_model", f"/model: {text}.", errors=(("/model", text),))

    async def _taken(self, variation: Variation, caller: Caller) -> Job | None:
        """The job that this key has named by this very request, when its source was still there."""
        if caller.idempotency_key is None:
            return None
        job = await own_job(self._jobs, id_of(caller.tenant, "job", caller.idempotency_key), caller.tenant)
        return job if job and Variation(job.variation_of or "", job.fingerprint) == variation else None


def _takes_references(model: Model) -> bool:
    return "edit" in model.can and model.max_references > 0 and not model.retired


def _successors(name: str) -> Iterator[tuple[str, Model]]:
    """The model of that name and those that follow it, each once."""
    models, seen = catalog().models, set[str]()
    model_id: str | None = catalog().aliases.get(name, name)
    while model_id in models and model_id not in seen:
        seen.add(model_id)
        yield model_id, models[model_id]
        model_id = models[model_id].successor
