"""Master keys in a PKCS#11 token: none above a card's level ever leaves it (decision 21).

A root may only derive, with one mechanism.  Its check value is made by deriving from zeros, so no
root ever has to encrypt.  Keys of provinces are session objects that may only derive, keys of
cities such that may only encrypt; keys of cards come out.

A bank's transport keys do what they are for besides: one unwraps, the other makes MACs.

What PKCS#11 leaves to the token's own policy: whoever has the PIN may derive from a root with
attributes of his own choice, and so read the key of a province, never the root.
"""

from __future__ import annotations

from sscard.keys.stores.pkcs11.bank import Pkcs11BankStore
from sscard.keys.stores.pkcs11.opening import open_pkcs11, open_pkcs11_bank
from sscard.keys.stores.pkcs11.operations import Pkcs11Operations

__all__ = ["Pkcs11BankStore", "Pkcs11Operations", "open_pkcs11", "open_pkcs11_bank"]
