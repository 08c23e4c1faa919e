"""The names by which the financial applications are selected (pboc 2.1 [H])."""

from __future__ import annotations

#: The payment system environment of the contact interface: the directory of what is on the card.
PSE = b"1PAY.SYS.DDF01"

#: The same of the contactless interface; its whole directory is in its FCI.
PPSE = b"2PAY.SYS.DDF01"

#: The debit (借记) application of RID A000000333.
DEBIT = bytes.fromhex("A000000333010101")
