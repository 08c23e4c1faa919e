"""The issuer's host: is it the card, may it pay, what shall it do next (pboc 3 [H, V])."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.apdu.authorization import IssuerAnswer, IssuerRequest
from sscard.apdu.cryptogram import Cryptogram
from sscard.errors import MalformedData
from sscard.issuance.accounts_in_use import Account, AccountBook, AccountState
from sscard.issuance.cryptogram_check import Presented, check
from sscard.issuance.script_orders import scripts
from sscard.keys.issuer_operations import IssuerOperations

#: Response codes of ISO 8583, field 39.
APPROVED = b"00"
INVALID_TRANSACTION = b"12"
NO_SUCH_ACCOUNT = b"14"
FORMAT_ERROR = b"30"
LOST, STOLEN = b"41", b"43"
TOO_LITTLE_MONEY = b"51"
WRONG_PIN = b"55"
NOT_PERMITTED = b"57"
ABOVE_LIMIT = b"61"
RESTRICTED = b"62"
REPEATED = b"94"
NOT_GENUINE = b"A0"

#: Processing codes that take money out of an account; a balance inquiry does not.
_TAKING = (0x00, 0x01, 0x09)
_REFUSALS: Mapping[AccountState, bytes] = MappingProxyType(
    {
        AccountState.FROZEN: RESTRICTED,
        AccountState.LOST: LOST,
        AccountState.STOLEN: STOLEN,
        AccountState.CLOSED: NO_SUCH_ACCOUNT,
    }
)


@dataclass(slots=True)
class Authorizer:
    """Answers requests out of an account book, with keys that it never sees.

    ``pin`` says whether an enciphered PIN block is the account's: it belongs to the HSM with the
    key of the terminals' PIN pads.  Without it every PIN is wrong.
    """

    book: AccountBook
    keys: IssuerOperations = field(repr=False)
    pin: Callable[[Account, bytes], bool] = field(
        default=lambda _account, _block: False, repr=False
    )

    def authorize(self, request: IssuerRequest) -> IssuerAnswer:
        """Decides, and takes the money when it says yes.

        A card that is genuine gets an ARPC, also with a no, and its scripts; whatever else comes
        gets a code and no proof.  Raises KeyStoreError when keys are missing.
        """
        account = self.book.find(request.account, request.sequence)
        if account is None:
            return IssuerAnswer(NO_SUCH_ACCOUNT)
        try:
            presented = check(request, self.keys)
        except MalformedData:
            return IssuerAnswer(FORMAT_ERROR)
        if (refusal := _unacceptable(account, presented)) is not None:
            return IssuerAnswer(refusal)
        account.last_atc = presented.atc
        code = self._decide(account, presented, request.pin_block)
        if code == APPROVED:
            _charge(account, presented, _taken(presented))
        else:
            account.declined.add(presented.atc)
        return self._proven(account, presented, code)

    def settle(self, request: IssuerRequest, *, in_cash: bool) -> bool:
        """Takes in an approval: one made offline, or the second cryptogram of an online one.

        Whether it is a TC of a known card, in its account's currency, and the host itself has not
        said no to this transaction.  Money goes once per counter, however often and from whichever
        side it is reported.  What was paid ``in_cash`` has left the account before, when it was
        loaded; a TC does not say so, whoever hands it in does.  Raises MalformedData and
        KeyStoreError.
        """
        account = self.book.find(request.account, request.sequence)
        presented = check(request, self.keys)
        if account is None or not _payable(account, presented):
            return False
        account.last_atc = max(account.last_atc, presented.atc)
        _charge(account, presented, 0 if in_cash else _taken(presented))
        return True

    def reverse(self, request: IssuerRequest) -> bool:
        """Gives back what ``authorize`` took, when the card said no after all.

        Whether something was given back.  Raises MalformedData and KeyStoreError.
        """
        account = self.book.find(request.account, request.sequence)
        presented = check(request, self.keys)
        if account is None or not presented.genuine:
            return False
        amount = account.charged.pop(presented.atc, None)
        account.balance += amount or 0
        return amount is not None

    def _decide(self, account: Account, presented: Presented, block: bytes | None) -> bytes:
        amount = _taken(presented)
        wrong_pin = block is not None and not self.pin(account, block)
        refusals = (
            (account.state in _REFUSALS, _REFUSALS.get(account.state, RESTRICTED)),
            (presented.currency != account.currency, NOT_PERMITTED),
            (wrong_pin, WRONG_PIN),
            (account.limit is not None and amount > account.limit, ABOVE_LIMIT),
            (amount > account.balance, TOO_LITTLE_MONEY),
        )
        return next((code for applies, code in refusals if applies), APPROVED)

    def _proven(self, account: Account, presented: Presented, code: bytes) -> IssuerAnswer:
        arpc = self.keys.arpc(presented.card, presented.cryptogram, code)
        orders = tuple(account.orders)
        account.orders.clear()
        made = scripts(orders, presented.card, presented.cryptogram, self.keys)
        return IssuerAnswer(code, arpc, made)


def _unacceptable(account: Account, presented: Presented) -> bytes | None:
    """Why a cryptogram gets no answer that the card would believe; None for one that does."""
    if not presented.genuine:
        return NOT_GENUINE
    if presented.kind is not Cryptogram.ARQC:
        return INVALID_TRANSACTION
    return REPEATED if presented.atc <= account.last_atc else None


def _payable(account: Account, presented: Presented) -> bool:
    """Whether a merchant gets money for it."""
    return (
        presented.genuine
        and presented.kind is Cryptogram.TC
        and presented.currency == account.currency
        and presented.atc not in account.declined
    )


def _charge(account: Account, presented: Presented, amount: int) -> None:
    if presented.atc not in account.charged:
        account.charged[presented.atc] = amount
        account.balance -= amount


def _taken(presented: Presented) -> int:
    return presented.amount if presented.processing in _TAKING else 0
