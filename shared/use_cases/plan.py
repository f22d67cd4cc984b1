"""What a request comes to, before anything is stored: which model makes what, at what price.

POST /v1/jobs records it and POST /v1/estimate shows it, so both refuse and promise the same.
"""

from datetime import UTC, date, datetime, time

import msgspec

from shared.catalog import Model, catalog, price
from shared.catalog.abilities import check_ability, checked_fallback
from shared.catalog.sizes import wanted
from shared.config import BadSetting, Settings
from shared.domain.deprecation import NOTICE, Deprecation
from shared.domain.errors import Rejected, Unavailable
from shared.domain.job import Wording
from shared.domain.request import AspectRatio, Cache, ImageSize, JobRequest, Webhook, check
from shared.domain.tenant import Tenant
from shared.use_cases.able import able
from shared.use_cases.wording import usual_ratio, worded

DAY = 86_400  # seconds


class Defaults(msgspec.Struct, frozen=True, kw_only=True):
    """What a request that leaves it out gets."""

    model: str
    aspect_ratio: AspectRatio
    watermark: bool
    real_images: bool = True  # False: every job goes to the placeholder
    cache: Cache = "reuse"
    retention_seconds: int | None = None  # None: for ever
    webhook: Webhook | None = None
    webhooks: bool = False  # whether there is a secret to sign them with

    def of(self, tenant: Tenant) -> "Defaults":
        """These, but where the tenant has its own."""
        days = tenant.retention_days
        return msgspec.structs.replace(
            self,
            cache=tenant.cache or self.cache,
            retention_seconds=self.retention_seconds if days is None else round(days * DAY),
            webhook=tenant.webhook,
            webhooks=self.webhooks or bool(tenant.webhook_secrets),
        )


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What will be made. Its fields are the job's, of the same names."""

    provider: str
    model: str
    fallback: tuple[str, ...] = ()
    aspect_ratio: AspectRatio
    image_size: ImageSize | None
    watermark: bool
    cache: Cache
    webhook: Webhook | None
    wording: Wording | None
    deprecation: Deprecation | None
    estimated_micros: int | None


def defaults_of(settings: Settings) -> Defaults:
    """The defaults that this deployment's settings give.

    Raises:
        BadSetting: one that no request could be made with.
    """
    try:
        model_id, model = catalog().resolve(settings.image_model)
    except Rejected as exc:
        raise BadSetting(f"IMAGE_MODEL is {settings.image_model}: {exc.errors[0][1]}") from exc
    ratio = next((known for known in model.aspect_ratios if known == settings.default_aspect_ratio), None)
    if ratio is None:
        ratios = ", ".join(model.aspect_ratios)
        raise BadSetting(f"DEFAULT_ASPECT_RATIO is {settings.default_aspect_ratio}; {model_id} makes {ratios}")
    return Defaults(
        model=settings.image_model,
        aspect_ratio=ratio,
        watermark=settings.add_watermark,
        real_images=settings.use_real_image,
        retention_seconds=None if settings.retention_days is None else round(settings.retention_days * DAY),
        webhooks=bool(settings.webhook_secrets),
    )


def planned(request: JobRequest, defaults: Defaults, now: datetime, *, lenient: bool = False) -> Plan:
    """What comes of a request.

    A `lenient` one leaves the watermark to a model that gives no choice, and, where it names none, the model to us.

    Raises:
        Rejected: 400, the request contradicts itself, or no model here can do it; 410, its model is gone.
        Unavailable: 503, it has a webhook, and nothing here could sign what is sent there.
    """
    check(request)
    webhook = request.webhook or defaults.webhook
    if webhook and not defaults.webhooks:
        raise unsigned()
    model_id, model = catalog().resolve(request.model or defaults.model)
    if lenient:
        if request.model is None:
            model_id, model = able(request, defaults.model, defaults.aspect_ratio)
        request = _without_choice(request, model)
    aspect_ratio, image_size = wanted(model, request, usual_ratio(request, model, defaults.aspect_ratio))
    check_ability(model_id, request, aspect_ratio, image_size)
    fallback = checked_fallback(request, aspect_ratio)
    wording = worded(request, model)
    if not defaults.real_images:
        model_id, model = catalog().resolve("placeholder")
        fallback = ()
    watermark = defaults.watermark and request.seed is None
    return Plan(
        provider=model.provider,
        model=model_id,
        fallback=fallback,
        aspect_ratio=aspect_ratio,
        image_size=image_size,
        watermark=watermark if request.watermark is None else request.watermark,
        cache=request.cache or defaults.cache,
        webhook=webhook,
        wording=wording,
        deprecation=deprecation_of(request.model, now),
        estimated_micros=price(model, image_size if image_size in model.prices else None, request.n),
    )


def unsigned() -> Unavailable:
    """503: nothing here could sign what a webhook is sent."""
    text = "This deployment signs no webhooks: the environment variable WEBHOOK_SECRETS is not set."
    return Unavailable("missing_webhook_secrets", text)


def _without_choice(request: JobRequest, model: Model) -> JobRequest:
    """The request with the watermark that the model gives, where that is not as the request wishes."""
    if request.watermark is None or ("watermark" if request.watermark else "no_watermark") in model.can:
        return request
    return msgspec.structs.replace(request, watermark="watermark" in model.can or None)


def deprecation_of(name: str | None, now: datetime) -> Deprecation | None:
    """What there is to say of the model of that id; None of one that stays for a while, and of an alias.

    Whoever names an alias leaves it to the catalogue which model that is, and need not do anything.
    """
    model = catalog().models.get(name) if name else None
    if model is None:
        return None
    advised = model.deprecated is not None and model.deprecated <= now.date()
    ends = model.sunset is not None and model.sunset - NOTICE <= now.date()
    since = model.deprecated or model.sunset
    if since is None or not (advised or ends):
        return None
    return Deprecation(deprecated_at=_midnight(since), sunset_at=_midnight(model.sunset) if model.sunset else None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
