"""What an issuer wants a card to do, and the script commands for it (pboc 3, 5 [H])."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sscard.apdu import pboc_script
from sscard.apdu.authorization import Script
from sscard.apdu.command import CommandAPDU
from sscard.keys.issuer_operations import CardInUse, IssuerOperations
from sscard.keys.types import Pin

_Build = Callable[[CardInUse, IssuerOperations], CommandAPDU]


@dataclass(frozen=True, slots=True)
class ScriptOrder:
    """One command to come, known by its ``name``; what is in it never prints.

    ``final`` ones go after the second cryptogram (72), which is where most belong: a card that is
    blocked before it cannot approve any more.
    """

    name: str
    build: _Build = field(repr=False)
    final: bool = True


def block_application() -> ScriptOrder:
    """Until it is unblocked."""
    return _plain("block application", pboc_script.application_block)


def unblock_application() -> ScriptOrder:
    """Before the second cryptogram, so that this transaction can still be approved."""
    return _plain("unblock application", pboc_script.application_unblock, final=False)


def block_card() -> ScriptOrder:
    """The card as a whole, for good."""
    return _plain("block card", pboc_script.card_block)


def unblock_pin() -> ScriptOrder:
    """Give the offline PIN all its tries back."""
    return _plain("unblock PIN", pboc_script.pin_unblock)


def change_pin(new: Pin, current: Pin | None = None) -> ScriptOrder:
    """A new offline PIN; with the current one where the issuer knows and wants to use it."""

    def build(card: CardInUse, keys: IssuerOperations) -> CommandAPDU:
        enciphered = keys.new_pin(card, new, current)
        return pboc_script.pin_change(enciphered, with_current=current is not None)

    return ScriptOrder("change PIN", build)


def put_data(tag: int, value: bytes) -> ScriptOrder:
    """Write a data object, such as a limit or the e-cash balance (9F79)."""
    return _plain(f"put data {tag:X}", lambda: pboc_script.put_data(tag, value))


def update_record(sfi: int, number: int, record: bytes) -> ScriptOrder:
    """Write a record of the application."""
    return _plain(
        f"update record {sfi}.{number}",
        lambda: pboc_script.update_record_secured(number, record, sfi=sfi),
    )


def scripts(
    orders: Iterable[ScriptOrder], card: CardInUse, cryptogram: bytes, keys: IssuerOperations
) -> tuple[Script, ...]:
    """At most two scripts, one before and one after the second cryptogram.

    ``cryptogram`` is the card's first of this transaction, which all their MACs go over.
    """
    built = [(order.final, _secured(order, card, cryptogram, keys)) for order in orders]
    made = (
        Script(tuple(command for final, command in built if final is wanted), wanted)
        for wanted in (False, True)
    )
    return tuple(script for script in made if script.commands)


def _secured(
    order: ScriptOrder, card: CardInUse, cryptogram: bytes, keys: IssuerOperations
) -> CommandAPDU:
    plain = order.build(card, keys)
    mac = keys.script_mac(card, pboc_script.header(plain), cryptogram, plain.data)
    return pboc_script.with_mac(plain, mac)


def _plain(name: str, command: Callable[[], CommandAPDU], *, final: bool = True) -> ScriptOrder:
    return ScriptOrder(name, lambda _card, _keys: command(), final)
