"""Buckets and objects as one state: every change checks its preconditions and is made in one transaction."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from infra.local.kernel import Kernel
from infra.local.storage.contents import Content, Contents
from infra.local.storage.meta import Bucket, Meta, Object
from infra.local.storage.preconditions import Conditions
from infra.local.storage.refusals import StorageError, invalid, no_bucket, no_object

HOLDS = ("eventBasedHold", "temporaryHold")


class Store:
    """The state; its methods do not await, so that none can come between a check and its change."""

    def __init__(self, kernel: Kernel) -> None:
        self.clock = kernel.clock
        self.meta = Meta(kernel.disk.database("storage"))
        self.contents = Contents(kernel.disk.files("storage"))
        self.contents.sweep(self.meta.files(), set(self.meta.uploads()))

    def bucket(self, name: str) -> Bucket:
        """The bucket.

        Raises:
            StorageError: 404.
        """
        bucket = self.meta.bucket(name)
        if bucket is None:
            raise no_bucket()
        return bucket

    def object(self, bucket: str, name: str, generation: int | None = None) -> Object:
        """The live object, or the generation asked for.

        Raises:
            StorageError: 404.
        """
        self.bucket(bucket)
        item = self.meta.object(bucket, name, generation)
        if item is None:
            raise no_object(bucket, name)
        return item

    def check(self, bucket: str, name: str, conditions: Conditions) -> Object | None:
        """The live object, if any, when a write under `conditions` may replace it.

        Raises:
            StorageError: 404 for the bucket, 412, or 403 when the object is held.
        """
        self.bucket(bucket)
        live = self.meta.object(bucket, name)
        conditions.check(live.generation if live else 0, live.metageneration if live else 0)
        if live:
            refuse_held(live)
        return live

    def verify(self, content: Content, md5: str | None, crc32c: str | None) -> None:
        """Let pass bytes that have the checksums their sender gave (base64); remove damaged ones.

        Raises:
            StorageError: 400, they were damaged on the way.
        """
        for name, wanted, found in (("MD5", md5, content.md5), ("CRC32C", crc32c, content.crc32c)):
            if wanted and wanted != found:
                self.contents.remove(content.file)
                raise invalid(f'Provided {name} hash "{wanted}" doesn\'t match calculated {name} hash "{found}".')

    def insert(
        self,
        bucket: str,
        name: str,
        content: Content,
        settings: dict[str, Any],
        conditions: Conditions,
        *,
        components: int | None = None,
        moved: tuple[Object, Conditions] | None = None,
    ) -> Object:
        """Make `content` the live generation of an object; on refusal its bytes are removed.

        `moved` is an object that goes in the same step, under preconditions of its own.

        Raises:
            StorageError: 404 for the bucket, 412, or 403 when the object is held.
        """
        try:
            with self.meta.transaction():
                live = self.check(bucket, name, conditions)
                now = self.clock.tick()
                if moved:
                    source = self.object(bucket, moved[0].name)
                    moved[1].check(source.generation, source.metageneration)
                    refuse_held(source)
                    self._retire(source, now)
                item = Object(
                    bucket=bucket,
                    name=name,
                    generation=now,
                    created=now,
                    updated=now,
                    size=content.size,
                    crc32c=content.crc32c,
                    md5=None if components else content.md5,
                    file=content.file,
                    components=components,
                    settings=settings,
                )
                if live and not (moved and live.name == moved[0].name):
                    self._retire(live, now)
                self.meta.put_object(item)
        except BaseException:
            self.contents.remove(content.file)
            raise
        return item

    def _retire(self, live: Object, now: int) -> None:
        """End an object's time as the live one: with versioning it stays as a noncurrent generation."""
        if self.bucket(live.bucket).versioned:
            self.meta.put_object(msgspec.structs.replace(live, deleted=now))
        else:
            self._remove(live)

    def _remove(self, item: Object) -> None:
        self.meta.delete_object(item)
        self.meta.afterwards(lambda: self.contents.remove(item.file))

    def delete(self, bucket: str, name: str, generation: int | None, conditions: Conditions) -> None:
        """Delete the live object (with versioning: make it noncurrent), or one generation for good.

        Raises:
            StorageError: 404, 412, or 403 when it is held.
        """
        with self.meta.transaction():
            item = self.object(bucket, name, generation)
            conditions.check(item.generation, item.metageneration)
            refuse_held(item)
            if generation is None:
                self._retire(item, self.clock.tick())
            else:
                self._remove(item)

    def expire(self, item: Object) -> bool:
        """Delete a generation that a rule of its bucket is over with, unless it is held; with versioning see `delete`.

        True where it was deleted.
        """
        with self.meta.transaction():
            held = any(item.settings.get(hold) for hold in HOLDS)
            if not held and item.deleted is None:
                self._retire(item, self.clock.tick())
            elif not held:
                self._remove(item)
        return not held

    def change(
        self,
        bucket: str,
        name: str,
        generation: int | None,
        conditions: Conditions,
        edit: Callable[[dict[str, Any]], dict[str, Any]],
    ) -> Object:
        """Give a generation new settings, and so a new metageneration.

        Raises:
            StorageError: 404, 412.
        """
        with self.meta.transaction():
            item = self.object(bucket, name, generation)
            conditions.check(item.generation, item.metageneration)
            changed = msgspec.structs.replace(
                item,
                settings=edit(item.settings),
                metageneration=item.metageneration + 1,
                updated=self.clock.tick(),
            )
            self.meta.put_object(changed)
        return changed

    def remember_md5s(self, items: Iterable[Object]) -> None:
        """Keep the MD5s of those of `items` that are still there; nothing else of them changes."""
        with self.meta.transaction():
            for item in items:
                now = self.meta.object(item.bucket, item.name, item.generation)
                if now:
                    self.meta.put_object(msgspec.structs.replace(now, md5=item.md5))


def refuse_held(item: Object) -> None:
    """Let pass what may be deleted or replaced.

    Raises:
        StorageError: 403, it is held.
    """
    for hold in HOLDS:
        if item.settings.get(hold):
            text = f"Object '{item.bucket}/{item.name}' is under active {hold} and cannot be deleted or overwritten."
            raise StorageError(403, text, "forbidden")
