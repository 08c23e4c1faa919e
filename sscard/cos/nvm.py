"""The card's non-volatile memory: fixed size, paged, journaled, with one physical step.

A command writes into a working copy.  ``commit`` first programs the changed pages into the journal,
then the journal's index (this is the moment the command has happened), then the pages in their
place, and settles the index.  ``power_up`` finishes or forgets what a power failure has cut;
``roll_back`` forgets the working copy.

``program`` and ``sense`` are the only physical steps; fault injectors override them.  A page whose
programming was cut may read differently each time, and may go on doing so: one good reading of it
is no promise.  So everything that is relied on was wholly programmed after the last doubt.
"""

from __future__ import annotations

from collections.abc import Collection

from sscard.apdu.status import StatusError, StatusWord
from sscard.cos import journal
from sscard.cos.journal import JOURNAL_PAGES, JOURNAL_SLOTS, WITNESSES
from sscard.dialects.chip import PAGE

__all__ = ["JOURNAL_PAGES", "JOURNAL_SLOTS", "NVM", "WITNESSES"]


class NVM:
    """``cells`` are what survives power-off; ``image`` is what the running card reads."""

    def __init__(self, cells: bytearray) -> None:
        if len(cells) % PAGE or len(cells) <= JOURNAL_PAGES * PAGE:
            raise ValueError(f"memory is whole pages of {PAGE} bytes, more than the journal")
        self.cells = cells
        self.image = _foreseen(cells)
        #: How often each page was programmed in its life; a card image keeps it.
        self.wear = [0] * (len(cells) // PAGE)
        #: Pages programmed since this object was made.
        self.programmed = 0
        self._dirty: set[int] = set()
        self._fresh: set[int] = set()
        #: What the last command since power-up has left in the journal's first slots.
        self._copies: list[bytes] = []

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
        """Make the working copy permanent: as a whole or, if power fails before, not at all.

        A settled index vouches for the copies of the command before.  As soon as a slot is
        programmed it no longer does, and a power-up sees that a command was cut, even where the
        index itself is torn and by chance reads as before.  Two cases need help, one more page:
        the first command after power-up, because the index it finds may be torn, and a command
        whose copies are those already there.
        """
        if not self._dirty:
            return
        pages = sorted(self._dirty - self._fresh)
        if len(pages) > JOURNAL_SLOTS:
            raise StatusError(StatusWord.NOT_ENOUGH_SPACE, "one command changes too many pages")
        for page in sorted(self._fresh):
            self.program(page, self._page(page))
        copies = [self._page(page) for page in pages]
        if all(new == old for new, old in zip(copies, self._copies, strict=False)):
            self.program(journal.INDEX, journal.ERASED)
        for slot, copy in zip(journal.SLOTS, copies, strict=False):
            self.program(slot, copy)
        self.program(journal.INDEX, journal.record(journal.LIVE, pages, copies))
        for page, copy in zip(pages, copies, strict=True):
            self.program(page, copy)
        self.program(journal.INDEX, journal.record(journal.SETTLED, pages, copies))
        self._copies = copies
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
        copies = list(map(self.sense, journal.SLOTS))
        settled = journal.pages_of(self.sense(journal.INDEX), journal.SETTLED, copies)
        erased = (self.sense(page) == journal.ERASED for page in journal.ERASED_AFTER)
        if settled is None or not all(erased):
            self._recover(copies)
        self.image[:] = self.sense_all()
        self._copies = []
        self._forget()

    def program(self, page: int, content: bytes) -> None:
        """The one physical step: a fault injector overrides it."""
        self.wear[page] += 1
        self.programmed += 1
        self.cells[page * PAGE : (page + 1) * PAGE] = content

    def sense(self, page: int) -> bytes:
        """Read a page from the cells; a fault injector overrides it for unstable pages."""
        return bytes(self.cells[page * PAGE : (page + 1) * PAGE])

    def sense_all(self) -> bytes:
        """Read all pages, one after the other; overridden with ``sense``."""
        return bytes(self.cells)

    def _recover(self, copies: list[bytes]) -> None:
        """Finish the command that any record lists, else forget it.  May be cut anywhere.

        Pages are programmed in their place, always and without comparing, only after the record
        was wholly programmed on a page that held none.  That page reads as a record until the
        recovery is done with all pages, so a later power-up finds it, and never overwrites it,
        because it only takes pages that hold none.  Applying the same copies again is harmless:
        no slot is programmed in between.

        The mark is set before any witness and erased after all of them.  So a torn witness does not
        outlive its recovery, even where the index reads as settled again before that is over: it
        may, when the command was cut as the last thing it did.  What is left to chance stands in
        ``docs/decisions/memory.md``.
        """
        self.program(journal.MARK, journal.RECOVERING)
        readings = {page: self.sense(page) for page in journal.RECORDS}
        found = journal.live(readings, copies)
        for place, pages in list(found.items())[:1]:
            self._witness(readings[place], holders=found)
            for page, copy in zip(pages, copies, strict=False):
                self.program(page, copy)
        for page in journal.RECORDS:
            self.program(page, journal.ERASED)
        self.program(journal.INDEX, journal.VOID)
        self.program(journal.MARK, journal.ERASED)

    def _witness(self, record: bytes, holders: Collection[int]) -> None:
        """Put the record on a page that holds none.

        When all hold one, they were cut one after the other or one of them is stable already.
        """
        free = [page for page in journal.RECORDS if page not in holders]
        for page in free[:1]:
            self.program(page, record)

    def _page(self, page: int) -> bytes:
        return bytes(self.image[page * PAGE : (page + 1) * PAGE])

    def _forget(self) -> None:
        self._dirty.clear()
        self._fresh.clear()


def _foreseen(cells: bytearray) -> bytearray:
    """What the next power-up will make of the cells; nothing is programmed."""

    def read(page: int) -> bytes:
        return bytes(cells[page * PAGE : (page + 1) * PAGE])

    image, copies = bytearray(cells), list(map(read, journal.SLOTS))
    for pages in journal.live({page: read(page) for page in journal.RECORDS}, copies).values():
        for page, copy in zip(pages, copies, strict=False):
            image[page * PAGE : (page + 1) * PAGE] = copy
    return image
