"""Each function of the interface as one dialogue, with a PSAM or with an HSM (ssc 7 [S])."""

from __future__ import annotations

from sscard.apdu.status import StatusError
from sscard.errors import MalformedData
from sscard.terminal.driver.addresses import Place, output, places_of, values_of
from sscard.terminal.driver.basic import BasicInfo, basic_info, basic_info_with_hsm
from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.debiting import debit, debit_records, debit_with_hsm
from sscard.terminal.driver.dialogue import Dialogue, Question
from sscard.terminal.driver.meeting import Met, meet
from sscard.terminal.driver.payments import Logged, Receipt, payment_in
from sscard.terminal.driver.pins import Holder
from sscard.terminal.driver.proofs import NO_TERMINAL, Proofs, WithHsm, WithPsam
from sscard.terminal.driver.reading import read_places
from sscard.terminal.driver.rescuing import reload, reload_with_hsm, unblock, unblock_with_hsm
from sscard.terminal.driver.standing import Authentication, Standing, key_wanted
from sscard.terminal.driver.terminal import Terminal
from sscard.terminal.driver.writing import write_places
from sscard.terminal.psam import open_psam
from sscard.terminal.psam.slots import Slot, at

_KEY = Authentication.KEY


class Plans:
    """The dialogues of one call.

    ``hsm``: an HSM is asked, not the PSAM; ``steps``: by a program that has one question a call.
    """

    def __init__(
        self, terminal: Terminal, holder: Holder, *, hsm: bool = False, steps: bool = False
    ) -> None:
        self._terminal, self._holder = terminal, holder
        self._hsm, self._steps = hsm, steps
        self._psam = WithPsam()
        self._begun: Standing | None = None

    @property
    def changed(self) -> bool:
        """Whether the card may hold something else than before."""
        return self._begun is not None and self._begun.changed

    def basic(self) -> Dialogue[BasicInfo]:
        """iReadCardBas."""
        met = yield from meet(self._terminal)
        device = self._terminal.device
        if not self._hsm:
            return (yield from basic_info(met, self._psam, device))
        number = yield from self._terminal_number(met)
        return (yield from basic_info_with_hsm(met, number, device))

    def read(self, wanted: Authentication, card_info: str, address: str) -> Dialogue[str]:
        """iReadCard."""
        met = yield from self._meet(card_info)
        places = places_of(address, met.profile)
        proofs: Proofs = self._psam
        if self._hsm:
            self._require_one_key(met, places, update=False)
            proofs = WithHsm(Question.READ)
        standing = self._standing(met, proofs, wanted)
        values = yield from read_places(standing, places)
        return "".join(map(output, places, values))

    def write(self, card_info: str, address: str, data: str | None) -> Dialogue[None]:
        """iWriteCard; without data they come with the HSM's answer."""
        met = yield from self._meet(card_info)
        places = places_of(address, met.profile)
        asked = WithHsm(Question.WRITE)
        if self._hsm:
            self._require_one_key(met, places, update=True)
        standing = self._standing(met, asked if self._hsm else self._psam)
        given = None if data is None else values_of(data, places)

        def values() -> tuple[tuple[str, ...], ...]:
            return values_of("".join(asked.more), places) if given is None else given

        yield from write_places(standing, places, values)

    def verify_pin(self, card_info: str) -> Dialogue[None]:
        """iVerifyPIN."""
        met = yield from self._meet(card_info, optional=True)
        yield from self._holder.show_pin(met.profile)

    def change_pin(self, card_info: str) -> Dialogue[None]:
        """iChangePIN."""
        met = yield from self._meet(card_info, optional=True)
        yield from self._holder.change_pin(met.profile)

    def reload_pin(self, card_info: str) -> Dialogue[None]:
        """iReloadPIN."""
        met = yield from self._meet(card_info)
        if self._hsm:
            standing = self._standing(met, WithHsm(Question.RELOAD))
            yield from reload_with_hsm(standing, self._holder)
        else:
            yield from reload(self._standing(met, self._psam), self._psam, self._holder)

    def unblock_pin(self, card_info: str) -> Dialogue[None]:
        """iUnblockPIN."""
        met = yield from self._meet(card_info)
        if self._hsm:
            yield from unblock_with_hsm(self._standing(met, WithHsm(Question.UNBLOCK)))
        else:
            yield from unblock(self._standing(met, self._psam), self._psam)

    def debit(self, card_info: str, pay_info: str) -> Dialogue[Receipt]:
        """iDoDebit."""
        payment = payment_in(pay_info, self._terminal.clock)
        met = yield from self._meet(card_info)
        standing = self._standing(met, self._psam)
        if not self._hsm:
            return (yield from debit(self._terminal, standing, self._psam, payment))
        number = bytes.fromhex((yield from self._terminal_number(met)))
        return (yield from debit_with_hsm(self._terminal, standing, payment, number))

    def debit_records(self) -> Dialogue[tuple[Logged, ...]]:
        """iReadDebitRecord."""
        met = yield from meet(self._terminal)
        return (yield from debit_records(self._standing(met, self._psam)))

    def _meet(self, card_info: str, *, optional: bool = False) -> Dialogue[Met]:
        met = yield from meet(self._terminal)
        if card_info or not optional:
            met.require(card_info)
        return met

    def _standing(self, met: Met, proofs: Proofs, wanted: Authentication = _KEY) -> Standing:
        self._begun = Standing(met, proofs, self._holder, wanted)
        return self._begun

    def _terminal_number(self, met: Met) -> Dialogue[str]:
        """The PSAM's, where there is one that has this algorithm."""
        if self._terminal.psam is None:
            return NO_TERMINAL
        try:
            number = (yield from at(Slot.PSAM, open_psam(met.card.suite))).terminal.hex()
        except (DriverError, StatusError, MalformedData):
            return NO_TERMINAL
        return number if number.isdecimal() else NO_TERMINAL

    def _require_one_key(self, met: Met, places: tuple[Place, ...], *, update: bool) -> None:
        """Raises DriverError −2204 where no key is needed; −14 for two where steps have one."""
        directory, shown, questions = "SSSE", set[str](), 0
        for place in places:
            if place.directory.name != directory:  # what was shown counts no more
                directory, shown = place.directory.name, set()
            rule = place.file.update if update else place.file.read
            key = key_wanted(rule, place.directory, met, _KEY)
            if key and key.name not in shown:
                shown.add(key.name)
                questions += 1
        if not questions:
            raise DriverError(ErrorCode.NO_HSM_NEEDED)
        if self._steps and questions > 1:
            raise DriverError(ErrorCode.PARAMETER)
