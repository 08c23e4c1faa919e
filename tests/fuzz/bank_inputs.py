"""Inputs in which a card pays: with contacts and by a tap, in both families, with all scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from fuzz_card import Op, Step
from starting_cards import Start, profile

from sscard.apdu import aid, dol, iso7816, pboc, pboc_script
from sscard.apdu.command import CommandAPDU
from sscard.apdu.cryptogram import Cryptogram
from sscard.keys import SM4_SUITE
from sscard.perso.pse_settings import Bank

Input = tuple[str, list[Step]]

#: 12.34 yuan at a terminal in China.
_SAID: Mapping[int, bytes] = MappingProxyType(
    {
        0x9F02: bytes.fromhex("000000001234"),
        0x9F1A: bytes.fromhex("0156"),
        0x5F2A: bytes.fromhex("0156"),
        0x9A: bytes.fromhex("260131"),
        0x9F21: bytes.fromhex("120000"),
        0x9F37: bytes.fromhex("DEADBEEF"),
        0x9F66: bytes.fromhex("26000080"),
        0x8A: b"00",
    }
)
_ONLINE, _UNREACHED = {0x9F66: bytes.fromhex("26800080")}, {0x8A: b"Y3"}
_CASH, _SM = {0x9F7A: b"\1"}, {0xDF69: b"\1"}
_PIN, _OTHER_PIN = bytes.fromhex("26123456FFFFFFFF"), bytes.fromhex("26271828FFFFFFFF")
_WRONG_PIN = bytes.fromhex("26654321FFFFFFFF")
_ANTENNA = bytes((2,))
_ONE, _FAR = bytes.fromhex("000000000001"), bytes.fromhex("000000050000")


def transactions(start: Start) -> Iterator[Input]:
    """What a card of this start does in shops."""
    shop = _Shop(Bank(profile(start.suite)))
    yield "pay", shop.online()
    yield "pay-cash", [*shop.online(), *shop.load(), *shop.offline(_CASH), *shop.log()]
    yield "pay-unreached", [*shop.begun(), *shop.first(0x80), *shop.second(0x40, _UNREACHED)]
    yield "pay-signed", [*shop.begun(), *shop.first(0x90), shop.answer(), *shop.second(0x50)]
    yield "pay-declined", [*shop.begun(), *shop.first(0x80), shop.answer(b"05"), *shop.second(0)]
    yield "pay-too-often", [*shop.offline(), *shop.first(0x40), *shop.second(0x40)]
    yield "scripts", [*shop.begun(), *shop.first(0x80), shop.answer(), *shop.scripts()]
    yield "scripts-after", [*shop.online(), *shop.scripts(), *shop.online()]
    yield "blocked", shop.blocked()
    yield "pin-changed", [*shop.online(), *shop.pins(), *shop.begun()]
    if start.suite is SM4_SUITE:
        yield "pay-sm", [*shop.online(_SM), *shop.scripts(), *shop.log()]
        yield "pay-sm-signed", [*shop.begun(_SM), *shop.first(0x90, _SM)]
        yield "tap", [(Op.RESET, _ANTENNA), *shop.tap(), *shop.tap(_ONLINE), *shop.tap(_SM)]
        yield "load-and-tap", [*shop.online(), *shop.load(), (Op.RESET, _ANTENNA), *shop.tap()]


class _Shop:
    """A terminal, and the issuer behind it, for cards of these settings."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank

    def begun(self, said: Mapping[int, bytes] = _SAID) -> list[Step]:
        """SELECT, options, records, PIN, a signature."""
        options = pboc.get_processing_options(self._told("pdol", said))
        return [
            *_say(iso7816.select(aid.DEBIT), options),
            *_say(*(iso7816.read_record(1, sfi=sfi) for sfi in (1, 2, 3, 4))),
            *_say(pboc.verify(_WRONG_PIN), pboc.verify(_PIN)),
            *_say(pboc.internal_authenticate(_SAID[0x9F37])),
        ]

    def first(self, p1: int, said: Mapping[int, bytes] = _SAID) -> list[Step]:
        """The first cryptogram."""
        return self._cryptogram(p1, "cdol1", said)

    def second(self, p1: int, said: Mapping[int, bytes] = _SAID) -> list[Step]:
        """The second one."""
        return self._cryptogram(p1, "cdol2", said)

    def answer(self, code: bytes = b"00") -> Step:
        """The issuer's, with its proof."""
        return _proven(pboc.external_authenticate(bytes(8), code))

    def online(self, said: Mapping[int, bytes] = _SAID) -> list[Step]:
        """A whole one."""
        return [*self.begun(said), *self.first(0x80, said), self.answer(), *self.second(0x40, said)]

    def offline(self, said: Mapping[int, bytes] = _SAID) -> list[Step]:
        """One that the card approves, if it may."""
        return [*self.begun(said), *self.first(0x40, said)]

    def tap(self, said: Mapping[int, bytes] = _SAID) -> list[Step]:
        """A whole one over the antenna."""
        options = pboc.get_processing_options(self._told("contactless_pdol", said))
        return [
            *_say(iso7816.select(aid.PPSE), iso7816.select(aid.DEBIT), options),
            *_say(*(iso7816.read_record(1, sfi=sfi) for sfi in (1, 2, 3, 4))),
        ]

    def load(self) -> list[Step]:
        """Electronic cash, twice: the second time more than there may be."""
        return [_proven(pboc_script.put_data(0x9F79, value)) for value in (_FAR, b"\x99" * 6)]

    def scripts(self) -> list[Step]:
        """All that change data, and one that has no right MAC."""
        record = bytes.fromhex("700B9F61085465737431323334")
        return [
            *self.load(),
            *(_proven(pboc_script.put_data(tag, b"\5")) for tag in (0x9F58, 0x9F59, 0x9F36)),
            _proven(pboc_script.update_record_secured(2, record, sfi=1)),
            _proven(pboc_script.update_record_secured(9, record, sfi=9)),
            *_say(pboc_script.with_mac(pboc_script.pin_unblock(), bytes(4))),
            _proven(pboc_script.pin_unblock()),
            *_say(*(pboc.get_data(tag) for tag in (0x9F79, 0x9F58, 0x9F36, 0x9F13, 0x9F5D))),
        ]

    def pins(self) -> list[Step]:
        """Another PIN, masked by the current one and not; the data are plain for the host."""
        return [
            (Op.TRANSACTION, bytes(CommandAPDU(0x84, 0x24, 0, p2, block)))
            for p2, block in ((2, _OTHER_PIN), (1, _PIN), (1, _WRONG_PIN[:5]))
        ]

    def blocked(self) -> list[Step]:
        """Blocked, tried, unblocked without a transaction, and the card blocked as a whole."""
        return [
            *self.online(),
            _proven(pboc_script.application_block()),
            *self.begun(),
            _proven(pboc_script.application_unblock()),
            *self.online(),
            _proven(pboc_script.card_block()),
            *_say(iso7816.select(aid.DEBIT), iso7816.select(aid.PSE)),
        ]

    def log(self) -> list[Step]:
        """Both logs."""
        return _say(*(iso7816.read_record(1, sfi=sfi) for sfi in (11, 12)))

    def _cryptogram(self, p1: int, name: str, said: Mapping[int, bytes]) -> list[Step]:
        command = pboc.generate_ac(Cryptogram.AAC, self._told(name, said))
        raw = bytearray(bytes(command))
        raw[2] = p1
        return [(Op.COMMAND, bytes(raw))]

    def _told(self, name: str, said: Mapping[int, bytes]) -> bytes:
        return dol.fill(self._bank.data(name), {**_SAID, **said})


def _say(*commands: CommandAPDU) -> list[Step]:
    return [(Op.COMMAND, bytes(each)) for each in commands]


def _proven(command: CommandAPDU) -> Step:
    return Op.TRANSACTION, bytes(command)
