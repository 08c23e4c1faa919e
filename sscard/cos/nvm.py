"""The card's non-volatile memory: fixed size, paged, journaled, with one physical step.

A command writes into a working copy.  ``commit`` first programs the changed pages into the journal,
then the journal's index page (this is the moment the command has happened), then the pages in their
place, and erases the index.  Power may fail at any step: ``power_up`` finds a whole index and
finishes, or finds none and has the old contents.  ``roll_back`` forgets the working copy.

``program`` is the only physical step; fault injectors and wear counters override it.
"""

from __future__ import annotations

import zlib

from sscard.apdu.status import StatusError, StatusWord
from sscard.dialects.chip import PAGE

#: One index page and the copies it can list; the rest of the memory belongs to the partitions.
JOURNAL_SLOTS = 24
JOURNAL_PAGES = 1 + JOURNAL_SLOTS

_INDEX = 0
_ERASED = bytes(PAGE)
_CRC_SIZE = 4


class NVM:
    """``cells`` are what survives power-off; ``image`` is what the running card reads."""

    def __init__(self, cells: bytearray) -> None:
        if len(cells) % PAGE or len(cells) <= JOURNAL_PAGES * PAGE:
            raise ValueError(f"memory is whole pages of {PAGE} bytes, more than the journal")
        self.cells = cells
        self.image = bytearray(cells)
        #: Pages programmed since this object exists (wear, line-time model).
        self.programmed = 0
        self._dirty: set[int] = set()
        self._fresh: set[int] = set()

    def write(self, at: int, data: bytes) -> None:
        """Change the working copy; nothing is permanent before ``commit``."""
        if data:
            self.image[at : at + len(data)] = data
            self._dirty.update(range(at // PAGE, (at + len(data) - 1) // PAGE + 1))

    def fill_unused(self, at: int, data: bytes) -> None:
        """Write where nothing is stored yet: whole pages skip the journal.

        A torn fill harms nobody, because no file header points there before the commit.
        """
        first, end = -(-at // PAGE), (at + len(data)) // PAGE
        self.write(at, data)
        self._fresh.update(page for page in range(first, end) if page in self._dirty)

    def commit(self) -> None:
        """Make the working copy permanent: as a whole or, if power fails before, not at all."""
        if not self._dirty:
            return
        pages = sorted(self._dirty - self._fresh)
        if len(pages) > JOURNAL_SLOTS:
            raise StatusError(StatusWord.NOT_ENOUGH_SPACE, "one command changes too many pages")
        for page in sorted(self._fresh):
            self.program(page, self._page(page))
        for slot, page in enumerate(pages, start=_INDEX + 1):
            self.program(slot, self._page(page))
        self.program(_INDEX, self._index(pages))
        for page in pages:
            self.program(page, self._page(page))
        self.program(_INDEX, _ERASED)
        self._forget()

    def roll_back(self) -> bool:
        """Take back everything since the last commit; whether there was anything."""
        for page in self._dirty:
            at = page * PAGE
            self.image[at : at + PAGE] = self.cells[at : at + PAGE]
        changed = bool(self._dirty)
        self._forget()
        return changed

    def power_up(self) -> None:
        """Finish or forget a torn command, then start from what is in the cells."""
        pages = self._pending()
        for slot, page in enumerate(pages, start=_INDEX + 1):
            copy = self.sense(slot)
            # Two equal readings: a page that reads differently next time is written again.
            if self.sense(page) != copy or self.sense(page) != copy:
                self.program(page, copy)
        if self.sense(_INDEX) != _ERASED or self.sense(_INDEX) != _ERASED:
            self.program(_INDEX, _ERASED)
        self.image[:] = self.cells
        self._forget()

    def program(self, page: int, content: bytes) -> None:
        """The one physical step: a fault injector overrides it."""
        self.programmed += 1
        self.cells[page * PAGE : (page + 1) * PAGE] = content

    def sense(self, page: int) -> bytes:
        """Read a page from the cells; a fault injector overrides it for unstable pages."""
        return bytes(self.cells[page * PAGE : (page + 1) * PAGE])

    def _page(self, page: int) -> bytes:
        return bytes(self.image[page * PAGE : (page + 1) * PAGE])

    def _index(self, pages: list[int]) -> bytes:
        numbers = b"".join(page.to_bytes(2, "big") for page in pages)
        head = bytes((len(pages),)) + numbers
        crc = zlib.crc32(head + b"".join(map(self._page, pages)))
        return (head + crc.to_bytes(_CRC_SIZE, "big")).ljust(PAGE, b"\0")

    def _pending(self) -> tuple[int, ...]:
        """The pages of a committed, unfinished command; empty when the index is not whole.

        The index is read twice: two different readings mean that its programming was torn, so the
        command never happened.
        """
        index = self.sense(_INDEX)
        count = index[0]
        if not 1 <= count <= JOURNAL_SLOTS or index != self.sense(_INDEX):
            return ()
        end = 1 + 2 * count
        copies = b"".join(map(self.sense, range(_INDEX + 1, _INDEX + 1 + count)))
        if zlib.crc32(index[:end] + copies).to_bytes(_CRC_SIZE, "big") != index[end : end + 4]:
            return ()
        return tuple(int.from_bytes(index[at : at + 2], "big") for at in range(1, end, 2))

    def _forget(self) -> None:
        self._dirty.clear()
        self._fresh.clear()
