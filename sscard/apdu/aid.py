"""The names by which the financial applications are selected (pboc 2.1 [H])."""

from __future__ import annotations

#: The payment system environment of the contact interface: the directory of what is on the card.
PSE = b"1PAY.SYS.DDF01"

#: The same of the contactless interface; its whole directory is in its FCI.
PPSE = b"2PAY.SYS.DDF01"

#: The issuer security domain (ISD) of GlobalPlatform: who installs applications (pboc 7 [H/G]).
ISD = bytes.fromhex("A000000003000000")

#: What the names of all applications of this scheme begin with.
UNIONPAY = bytes.fromhex("A000000333")

#: The debit (借记) application of RID A000000333.
DEBIT = bytes.fromhex("A000000333010101")
