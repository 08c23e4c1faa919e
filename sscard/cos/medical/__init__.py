"""The card side of off-line medical transactions: class B0 in a directory with an amount file.

Commands and their values are specified (ssc 2.5, 5.2, 5.4 [S]).  Where the specification is silent,
the following is assumed:

* the internal file is found by its structure; behind the 20 bytes of ssc 2.5 it keeps the proof of
  the last transaction, which explains the 1F bytes that one COS allocates [I]; 6981 for any other
  size;
* DLK, DPK and DTK have 16 bytes and the key id 01, their version is the key index; an only DTK
  serves every index; the DSK is the external key 89 of the directory;
* INIT needs the PIN as GET BALANCE does; proof and starting day are read freely;
* INIT checks everything that can be known by then: file, log and keys, then the right, then the
  counter, then the amounts; a load that overflows the balance is 6A80;
* INIT begins anew in every state; GET BALANCE and GET STARTING DAY keep what was begun, every other
  command of the class ends it, also when it is refused; commands of other classes keep it;
* a command whose form is wrong (6A86, 6700, 6Cxx) does not get as far as the state of the
  transaction, and changes nothing;
* the time is looked at after the MAC: 6A80 unless it is a day and a time that exist;
* a sum of the year that overflows is 6A80 at DEBIT, where the year is known;
* a new accounting year is the one in which the date of the purchase lies; a starting day that was
  never set (0000) is 0101; one that is not in every year cannot be set (6A80);
* a load has a log record, too; the number in a record is the transaction's counter, as INIT
  answered it;
* the proof of a load is the host's MAC2 and the TAC.
"""

from __future__ import annotations

from sscard.cos.medical.table import TABLE

__all__ = ["TABLE"]
