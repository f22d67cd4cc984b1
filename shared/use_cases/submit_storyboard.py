"""A storyboard becomes a recorded, announced job of type `storyboard`; its pictures follow from its scenes."""

from typing import NamedTuple

import msgspec

from shared.config import Settings
from shared.domain.caller import Caller
from shared.domain.dialect import Dialect
from shared.domain.errors import Rejected, Unavailable
from shared.domain.job import Job, Wording
from shared.domain.listing import Listing, terms_of
from shared.domain.request import MAX_PROMPT, JobRequest
from shared.domain.request import check as check_job
from shared.domain.storyboard import VERSIONS, Board, Scene, StoryboardRequest, check, fingerprint
from shared.domain.tenant import Tenant
from shared.idempotency import create_once, job_id, repeated
from shared.ports import Clock, JobQueue, JobStore, Tenants
from shared.telemetry import debug
from shared.use_cases.announcing import announced
from shared.use_cases.debugging import without_paths
from shared.use_cases.draft import drafted, wrong_by_now
from shared.use_cases.plan import Defaults, Plan, planned
from shared.use_cases.rates import Rates
from shared.use_cases.reserve import check_images, with_reservation
from shared.use_cases.scenes import estimated, instruction, picture_of, pointed
from shared.use_cases.sources import own_job

NOBODY = "none"  # the provider and model of scenes that are given
LOCAL = "local"
BETWEEN = "\n"  # scenes that are given, in the job's prompt


class Writer(NamedTuple):
    """Who writes scenes in this deployment."""

    name: str
    model: str


def writer_of(settings: Settings) -> Writer:
    """By SCENE_WRITER and SCENE_MODEL; where images are not real, scenes aren't either."""
    from shared.catalog.scenes import scenes

    if settings.scene_writer == LOCAL or not settings.use_real_image:
        return Writer(LOCAL, LOCAL)
    return Writer(settings.scene_writer, settings.scene_model or scenes().usual)


class SubmitStoryboard:
    """POST /v1/storyboards, and what the music-video endpoints have for it."""

    def __init__(
        self,
        jobs: JobStore,
        queue: JobQueue,
        tenants: Tenants,
        clock: Clock,
        defaults: Defaults,
        *,
        settings: Settings,
        rates: Rates | None = None,
    ) -> None:
        self._jobs = jobs
        self._queue = queue
        self._tenants = tenants
        self._clock = clock
        self._defaults = defaults
        self._settings = settings
        self._rates = rates or Rates(clock)

    async def __call__(
        self, request: StoryboardRequest, caller: Caller, dialect: Dialect | None = None
    ) -> tuple[Job, bool]:
        """Record and announce; gives the job, and True where the key had named it before.

        Raises:
            Rejected: 400, 402, 404, 410, 422 or 429; nothing was written.
            Unavailable: 503; repeat with the same key.
        """
        now, operation = self._clock.now(), f"{dialect.name}/storyboard" if dialect else "storyboard"
        tenant = await self._tenants.get(caller.tenant)
        self._rates.project(tenant, request.project_id)
        new_id = job_id(caller.tenant, operation, caller.idempotency_key)
        try:
            job = await self._drafted(new_id, request, caller, tenant, dialect)
        except (Rejected, Unavailable):  # what is not offered any more was when the first of two was taken
            found = await self._jobs.get(new_id) if caller.idempotency_key is not None else None
            if found is None or found.job.fingerprint != fingerprint(request):
                raise
            return await announced(self._queue, repeated(found, found.job.fingerprint).job, now), True
        job, charge = with_reservation(job, tenant, now)
        stored, created = await create_once(self._jobs, job, charge)
        return await announced(self._queue, stored.job, now), not created

    async def _drafted(
        self, new_id: str, request: StoryboardRequest, caller: Caller, tenant: Tenant, dialect: Dialect | None
    ) -> Job:
        check(request)
        defaults, now = self._defaults.of(tenant), self._clock.now()
        as_job = JobRequest(
            prompt=request.prompt or BETWEEN.join(scene.prompt for scene in request.scenes)[:MAX_PROMPT],
            style=request.style,
            job_type="storyboard",
            project_id=request.project_id,
            branch_id=request.branch_id,
            labels=request.labels,
            priority=request.priority,
            webhook=request.webhook,
        )
        check_job(msgspec.structs.replace(as_job, job_type="image"))  # of its own fields, pictures or not
        told = None if request.scenes else instruction(request)
        await self._check_pictures(request, tenant, defaults)
        before = await self._before(request, tenant.id)
        writer = Writer(NOBODY, NOBODY) if told is None else writer_of(self._settings)
        cost = 0 if writer.name in {NOBODY, LOCAL} else estimated(writer.model, told or "", request.scene_count)
        webhook = request.webhook or defaults.webhook
        if webhook and not defaults.webhooks:
            text = "This deployment signs no webhooks: the environment variable WEBHOOK_SECRETS is not set."
            raise Unavailable("missing_webhook_secrets", text)
        plan = Plan(
            provider=writer.name,
            model=writer.model,
            aspect_ratio=defaults.aspect_ratio,
            image_size=None,
            watermark=False,
            cache="off",
            webhook=webhook,
            wording=None if told is None else Wording(prompt=told, changed_by=("template:storyboard",)),
            deprecation=None,
            estimated_micros=cost,
        )
        debug(
            "storyboard asked for",
            lambda: {"job_id": new_id, "arguments": without_paths(msgspec.to_builtins(request)), "told": told},
        )
        kept = defaults.retention_seconds
        job = drafted(new_id, as_job, plan, caller, now, retention_seconds=kept, dialect=dialect)
        first = before.board.first_version if before and before.board else new_id
        board = Board(
            request=msgspec.structs.replace(request, scenes=()) if request.scenes else request,
            first_version=first,
            version=await self._newest(before) + 1 if before else 1,
        )
        return msgspec.structs.replace(
            job,
            n=0,
            fingerprint=fingerprint(request),
            board=board,
            scenes=request.scenes,
            label_terms=(*terms_of(request.labels), f"{VERSIONS}{first}"),
        )

    async def _check_pictures(self, request: StoryboardRequest, tenant: Tenant, defaults: Defaults) -> None:
        """400 where a scene's picture could not be made; of scenes still to be written, by one as they may be."""
        if request.render is None:
            return
        given: list[tuple[int | None, Scene]] = list(enumerate(request.scenes)) or [(None, Scene(prompt="A scene"))]
        errors: list[tuple[str, str]] = []
        for index, scene in given:
            picture = picture_of(request, request.render, scene, index or 0, defaults)
            try:
                check_images(picture, tenant)
                planned(picture, defaults, self._clock.now())
            except Unavailable:
                raise
            except Rejected as refusal:
                errors += pointed(refusal.errors or (("/model", refusal.detail),), index)
        if not errors and request.character_references:  # the same for every scene
            found = await wrong_by_now(self._jobs, picture, tenant.id, self._clock.now())
            errors += pointed(tuple(found), None)
        if errors:
            errors = list(dict.fromkeys(errors))
            where = "; ".join(f"{pointer}: {text}" for pointer, text in errors)
            text = f"Its pictures cannot be made as it is: {where}."
            raise Rejected(400, "invalid_request", text, errors=tuple(errors))

    async def _newest(self, before: Job) -> int:
        """The number of the newest version that there is, whichever of them the next one is made of."""
        if before.board is None:
            return 0
        family = Listing(where={"label": f"{VERSIONS}{before.board.first_version}"})
        newest = await self._jobs.page(before.tenant, family, 1)
        return max(before.board.version, *(found.job.board.version for found in newest if found.job.board), 0)

    async def _before(self, request: StoryboardRequest, tenant: str) -> Job | None:
        """The storyboard that this one is another version of."""
        if request.version_of is None:
            return None
        found = await own_job(self._jobs, request.version_of, tenant)
        if found is None or found.board is None:
            text = f"there is no storyboard {request.version_of}"
            raise Rejected(400, "invalid_request", f"/version_of: {text}.", errors=(("/version_of", text),))
        return found
