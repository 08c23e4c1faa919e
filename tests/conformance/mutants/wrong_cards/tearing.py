"""Power that fails in the middle of a command."""

from __future__ import annotations

from typing import Any

from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.environment import Environment
from sscard.cos.files import ElementaryFile
from sscard.cos.medical import amounts, purchase
from sscard.cos.ssse import records
from sscard.dialects.operations import KeyType
from wrong_cards.hands import Hands, mutant


@mutant
def torn_update_visible(hands: Hands) -> None:
    """Pages are programmed where they are, without a journal."""
    nvm = hands.nvm

    def commit() -> None:
        for page in sorted(nvm._dirty):
            nvm.program(page, nvm._page(page))
        nvm._forget()

    hands.patch.setattr(nvm, "commit", commit)


@mutant
def torn_append_turns_first(hands: Hands) -> None:
    """An append moves the pointer to the newest record before the record is there."""

    def append(env: Environment, file: ElementaryFile, record: bytes) -> None:
        slot = (env.nvm.image[file.newest_at] + 1) % len(file.places)
        at, size = file.places[slot]
        if len(record) != size:
            raise StatusError(StatusWord.WRONG_LENGTH)
        env.nvm.write(file.newest_at, bytes((slot,)))
        env.nvm.commit()
        env.nvm.write(at, record)

    hands.patch.setattr(records, "append", append)


@mutant
def torn_debit_without_log(hands: Hands) -> None:
    """A purchase takes the amount before it writes the log."""
    right = amounts.write

    def write(env: Environment, after: Any) -> None:
        right(env, after)
        env.nvm.commit()

    hands.patch.setattr(purchase.amounts, "write", write)


@mutant
def torn_pin_change_locks(hands: Hands) -> None:
    """A recovery of the memory leaves the PIN without tries."""
    recover, torn = hands.nvm._recover, []

    def recovering(copies: list[bytes]) -> None:
        recover(copies)
        torn.append(True)

    def reset(right: Any) -> None:
        right()
        if torn:
            torn.clear()
            env = hands.social
            pin = env.files.directories[env.root].keys[KeyType.PIN, 0, 1]
            env.nvm.write(pin.at + 1, bytes((env.nvm.image[pin.at],)))
            env.nvm.commit()

    hands.patch.setattr(hands.nvm, "_recover", recovering)
    hands.at_reset(reset)


@mutant
def recovery_forgets_the_command(hands: Hands) -> None:
    """A command that was cut after it had happened is neither finished nor taken back."""
    hands.patch.setattr(hands.nvm, "_recover", lambda copies: None)
