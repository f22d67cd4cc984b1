"""Who makes what jobs ask for, in this deployment: pictures, and scenes."""

from typing import NamedTuple

from shared.config import Settings
from shared.ports import Clock, JobQueue, Stores
from shared.providers import Providers
from shared.providers.given import GivenPictures
from shared.scene_writers import SceneWriters
from shared.use_cases.board_attempt import Boards
from shared.use_cases.plan import defaults_of
from shared.use_cases.record_scenes import record_scenes_of
from shared.use_cases.tenants import tenants_of


class Makers(NamedTuple):
    """By the names that Generate has for them."""

    provider: Providers
    pictures: GivenPictures
    boards: Boards


def makers_of(stores: Stores, queue: JobQueue, clock: Clock, settings: Settings) -> Makers:
    """Those that the settings give.

    Raises:
        BadSetting: no request could be made with these settings.
    """
    tenants, defaults = tenants_of(stores.tenants, clock, settings), defaults_of(settings)
    record = record_scenes_of(stores, queue, clock, tenants=tenants, defaults=defaults)
    return Makers(
        provider=Providers(settings, clock),
        pictures=GivenPictures(allow_private=settings.private_addresses),
        boards=Boards(SceneWriters(settings, clock), record),
    )
