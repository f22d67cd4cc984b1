"""Keyed uploads in a dictionary."""

from shared.domain.errors import OutcomeUnknown
from shared.domain.uploads import KeyedUpload
from tests.fakes.failures import Failures


class FakeUploadKeyStore:
    """An UploadKeyStore that fails when it is told to."""

    def __init__(self) -> None:
        self.failures = Failures()
        self._noted: dict[str, KeyedUpload] = {}

    async def note(self, upload: KeyedUpload) -> KeyedUpload:
        """See UploadKeyStore.note."""
        self.failures.before("note")
        found = self._noted.setdefault(upload.id, upload)
        try:
            self.failures.after("note")
        except OutcomeUnknown:  # as the real one, it looks
            return self._noted[upload.id]
        return found
