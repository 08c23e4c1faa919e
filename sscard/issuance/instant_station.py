"""The counter (即时制卡): a pre-made blank becomes a person's card, with social-security keys only.

The bank's side is on the card already: its account is read as anybody reads it, and that the bank's
data are still as they were made is told by a digest in the list of pre-made stock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hmac import compare_digest

from sscard.errors import NotVerified
from sscard.issuance.accounts import luhn_valid
from sscard.issuance.numbering import require_card_number
from sscard.issuance.stations import Random
from sscard.keys import SocialSecurityStore
from sscard.perso import bank_shown, completion, order, premade
from sscard.perso.completion import Completed, Completion
from sscard.perso.findings import Finding, Proof
from sscard.perso.order import CardNumbers
from sscard.perso.plan import Connection, run
from sscard.perso.premade import PremadeCard
from sscard.perso.standing import Standing
from sscard.profiles import Profile

_SAME = "financial side as it was made"


@dataclass(frozen=True, slots=True)
class InstantStation:
    """Binds a person to the blank in the reader and writes the person's data.

    It holds no key of the bank and none of the exchange, and needs no transport key.
    """

    profile: Profile = field(repr=False)
    store: SocialSecurityStore
    random: Random

    def rehearse(self, today: date) -> None:
        """Prepare a blank that is not there.  Raises KeyStoreError, ProfileError."""
        premade.wanted(self.profile, bytes(13), today, self.store)

    def identify(self, chip: Connection) -> PremadeCard:
        """Power up and read the account number: the card in the reader says which blank it is.

        Raises NotVerified for a card that is none of this region's, or whose financial side is not
        complete; StatusError, MalformedData.
        """
        card = run(premade.identify(self.profile), chip)
        if not luhn_valid(card.bank_number):
            raise NotVerified("the account number on the card is not one (check digit)")
        return card

    def inspect(
        self, card: PremadeCard, chip: Connection, today: date, made: bytes | None = None
    ) -> tuple[Finding, ...]:
        """The whole audit of a blank: when stock arrives, or before a person is bound.

        ``made`` is the digest in the list of pre-made stock.
        """
        blank = premade.wanted(self.profile, card.historical, today, self.store)
        closed = premade.closes(self.profile)
        found = run(premade.audit(blank, self.random, closed=closed), chip)
        return (*found, self._same(card.bank.digest, made))

    def prepare(
        self, values: Mapping[str, object], card: PremadeCard, card_number: str, issued_on: date
    ) -> Completion:
        """Bind a person to a blank: keys and values, encoded; the card is told nothing.

        The same order must be prepared with the same ``issued_on`` after an interruption.  Raises
        KeyStoreError, FieldError, ProfileError; ValueError for what is no card number.
        """
        city = self.profile.setting("issuing_division").text
        serial = self.profile.contact.serial(card.historical)
        numbers = CardNumbers(require_card_number(card_number), serial, city, issued_on)
        wanted = order.wanted(self.profile, values, numbers, card.historical, self.store)
        return completion.prepare(wanted, card.bank_number)

    def standing(self, bound: Completion, chip: Connection) -> Standing:
        """How far the card in the reader has got; nothing is written.

        Raises as ``complete`` does before its first write.
        """
        return run(completion.probe(bound), chip)

    def complete(self, bound: Completion, chip: Connection) -> Completed:
        """Write the person, or what an interrupted run has left.

        Raises AnotherCard, OtherHolder and IncompleteBlank before the first write, then
        StatusError, NotVerified; TransportError whenever the card is gone.
        """
        return run(completion.complete(bound), chip)

    def audit(
        self, bound: Completion, chip: Connection, made: bytes | None = None
    ) -> tuple[Finding, ...]:
        """The card after a fresh power-up: the social-security side, and that the bank's is as was.

        ``made`` is the digest in the list of pre-made stock; without it that is not proven.
        """
        closed = premade.closes(self.profile)
        found = run(premade.audit(bound.card, self.random, closed=closed), chip)
        if not all(each.agrees for each in found):
            return found
        shown = run(bank_shown.read(self.profile), chip)
        account = shown.number == bound.bank_number
        return (
            *found,
            Finding("account number", Proof.READING, account),
            self._same(shown.digest, made),
        )

    def _same(self, digest: bytes, made: bytes | None) -> Finding:
        if made is None:
            return Finding(_SAME, Proof.NOT_PROVEN)
        return Finding(_SAME, Proof.READING, compare_digest(digest, made))
