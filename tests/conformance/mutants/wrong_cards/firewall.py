"""SSSE and the financial applications, the hand-over area, the factory stage, the antenna."""

from __future__ import annotations

from typing import Any

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos import card, factory, handover
from sscard.cos.dispatch import find
from sscard.cos.life_cycle import CardState
from sscard.cos.pse import pin as bank_pin
from sscard.cos.pse import reading
from sscard.cos.pse.banking import Banking
from sscard.cos.ssse import table
from sscard.cos.system import System
from wrong_cards.hands import Hands, Process, mutant


@mutant
def keys_survive_a_visit_to_pse(hands: Hands) -> None:
    """What was shown in SSSE is there again after PSE was selected in between."""
    right, clear = hands.os._select_name, hands.social.select_directory
    left: list[set[tuple[int, int]]] = []

    def select(name: bytes, *, following: bool) -> Any:
        inside = hands.os._current is hands.social
        keys = set(hands.social.security.keys)
        answer = right(name, following=following)
        if inside and isinstance(hands.os._current, Banking):
            left[:] = [keys]
        return answer

    def directory(each: Any) -> bytes:
        from_pse = isinstance(hands.os._current, Banking)
        answer = clear(each)
        if from_pse and left:
            hands.social.security.keys.update(left.pop())
        return answer

    hands.patch.setattr(hands.os, "_select_name", select)
    hands.patch.setattr(hands.social, "select_directory", directory)


@mutant
def ssse_answers_behind_pse(hands: Hands) -> None:
    """What PSE does not know is carried out by SSSE, which is not selected."""
    right = hands.os._execute

    def execute(command: CommandAPDU) -> Any:
        try:
            return right(command)
        except StatusError as refusal:
            unknown = (StatusWord.INS_NOT_SUPPORTED, StatusWord.CLA_NOT_SUPPORTED)
            if not isinstance(hands.os._current, Banking) or refusal.sw not in unknown:
                raise
        row = find(table.SSSE, command, CardState.ISSUED)
        return card.ResponseAPDU(row.handler(hands.social, command))

    hands.patch.setattr(hands.os, "_execute", execute)


@mutant
def challenge_of_the_bank_serves_in_ssse(hands: Hands) -> None:
    """Both applications remember the last challenge in one place."""
    hands.patch.setattr(hands.social, "challenges", hands.os.banking._challenges)
    hands.patch.setattr(hands.os.banking._challenges, "forget", lambda: None)


@mutant
def selecting_the_bank_gives_the_pin(hands: Hands) -> None:
    """Selecting the debit application counts in SSSE as if its PIN had been shown."""
    right = hands.os.banking.select

    def select(name: bytes, *, following: bool = False) -> Any:
        answer = right(name, following=following)
        hands.social.security.pin |= answer is not None
        return answer

    hands.patch.setattr(hands.os.banking, "select", select)


@mutant
def pse_forgets_the_pin_of_ssse(hands: Hands) -> None:
    """Selecting PSE takes the PIN of SSSE away, which is to stay until power-off."""
    right = hands.os.banking.select

    def select(name: bytes, *, following: bool = False) -> Any:
        hands.social.security.pin = False
        return right(name, following=following)

    hands.patch.setattr(hands.os.banking, "select", select)


@mutant
def hand_over_area_free_to_write(hands: Hands) -> None:
    """Writing into the closed area is answered 9000; it stays closed."""

    def line(process: Process) -> Process:
        def lie(raw: bytes) -> bytes:
            answer = process(raw)
            closed = raw[:2] == b"\x00\xd6" and answer in (b"\x69\x82", b"\x69\x85")
            return b"\x90\x00" if closed and hands.os._current is hands.main else answer

        return lie

    hands.line(line)


@mutant
def hand_over_area_over_the_antenna(hands: Hands) -> None:
    hands.patch.setattr(handover, "_require_contacts", lambda env: None)


@mutant
def factory_stage_still_open(hands: Hands) -> None:
    """The factory's commands are carried out on an issued card, without the transport key."""
    hands.patch.setattr(factory, "FACTORY", frozenset(CardState))
    opened = property(lambda system: True, lambda system, value: None)
    hands.patch.setattr(System, "opened", opened, raising=False)


@mutant
def transport_key_still_asked_for(hands: Hands) -> None:
    """The factory's commands are there and ask for the transport key."""
    hands.patch.setattr(factory, "FACTORY", frozenset(CardState))


@mutant
def pse_over_the_antenna(hands: Hands) -> None:
    hands.os.banking.pse_over_antenna = True


@mutant
def ppse_over_contacts(hands: Hands) -> None:
    hands.os.banking.ppse_over_contacts = True


@mutant
def pse_names_another_directory_file(hands: Hands) -> None:
    """The FCI of PSE says SFI 2 for its directory, where nothing is."""
    right = reading.fci

    def fci(instance: Any, **interface: bool) -> bytes:
        return right(instance, **interface).replace(b"\x88\x01\x01", b"\x88\x01\x02")

    hands.patch.setattr(reading, "fci", fci)


@mutant
def pse_fci_has_another_name(hands: Hands) -> None:
    """The FCI of PSE says that it is PPSE."""
    right = reading.fci

    def fci(instance: Any, **interface: bool) -> bytes:
        return right(instance, **interface).replace(b"1PAY", b"2PAY")

    hands.patch.setattr(reading, "fci", fci)


@mutant
def pse_directory_goes_on(hands: Hands) -> None:
    """Behind the last record of PSE's directory the first one is answered for ever."""

    def line(process: Process) -> Process:
        def lie(raw: bytes) -> bytes:
            answer = process(raw)
            behind = raw[:2] == b"\x00\xb2" and answer == b"\x6a\x83"
            if not behind or not isinstance(hands.os._current, Banking):
                return answer
            return process(raw[:2] + b"\x01" + raw[3:])

        return lie

    hands.line(line)


@mutant
def bank_takes_any_pin(hands: Hands) -> None:
    """The debit application accepts any offline PIN."""
    hands.compares(bank_pin, lambda one, other: True)


@mutant
def bank_tells_one_atc(hands: Hands) -> None:
    """GET DATA tells the ATC that the card was delivered with, whatever was done since."""

    def line(process: Process) -> Process:
        def lie(raw: bytes) -> bytes:
            answer = process(raw)
            told = raw[:4] == b"\x80\xca\x9f\x36" and answer[-2:] == b"\x90\x00"
            return b"\x9f\x36\x02\x00\x00\x90\x00" if told else answer

        return lie

    hands.line(line)
