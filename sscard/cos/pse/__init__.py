"""The financial side of the card: PSE, PPSE and PBOC debit application (pboc 1 to 5).

What the public sources leave open, and is assumed here:

* Application. A blocked one answers SELECT with 6283 and its FCI, over the antenna with 6283
  alone; it still reads, ends the transaction in which it was blocked with an AAC, and takes
  scripts. APPLICATION UNBLOCK is taken outside a transaction, too, with a MAC over ATC and first
  cryptogram of the last one, because a blocked application begins none. Blocking what is blocked
  and unblocking what is not succeed. Reading asks for no transaction.
* SELECT. The beginning of a name is at least five bytes; "next" is the one that lies behind the
  current in the memory. The PSE of an issued card is not found over the antenna, unless the chip
  says so; the PPSE is found over the contacts until it is personalized there.
* Instances. New ones begin with keys and KEYDATA of the issuer security domain, which has no other
  side of the card under it. INSTALL of what is there is 6A89. What is issued is not deleted.
* Personalization. P1 = 20 leaves the groupings 8000 to 8FFF enciphered and no others. Refused with
  6A88, because no public source says what they mean for PBOC: 3000, 3001, 7FFF, 8001 (dCVN), 8105
  and 8106 (ECC), 8401, 8700, 9206 (MSD), A006, A016, B001, B010, BFxx. R-MAC (P1 b1 of STORE DATA)
  and vendors' own status words (9315, 9580, 6B00) are not there. An RSA key may come in both forms,
  then they must be of one key. Without 9200 the application is complete and GENERATE AC is 6985. A
  private key comes as a whole or not at all, and its parts are compared at the last block (6A80);
  9400 belongs to 8400, and nothing for SM4 or SM2 is complete without these. 9F36 and 9F13 in 0E01
  set the counters.
* Algorithms. DF69 = 01 chooses SM4 and SM2 when keys, 9201 and the SM variant of the options are
  there; else it is 3DES and RSA. Over the antenna the contact options come as template 77.
* Risk management. Consecutive transactions are counted from the last ATC that went through on
  line (9F13). Amounts and countries count with a TC that nobody confirmed; an answered ARQC
  clears them when the issuer was authenticated, or was not but need not be and the card approves.
  A card without 9F51 or 9F57 takes every currency or country for its own. 9F73 is one digit for
  the shift and seven for the factor. The reason of an advice (9F27) is 3 before 2.
* Issuer's answer. Y3 and Z3 in tag 8A mean "unable to go on line"; a second ARQC is 6A86.
* CDA. An AAC is never signed. The answer is 9F27, 9F36, 9F4B, 9F10 in template 77; the dynamic
  number is the ATC.
* Scripts. Each command that succeeds is counted up to 15, from the second cryptogram on at once,
  those before with it; the first that fails sets the bit in the CVR, which a completed online
  transaction clears. PUT DATA has the length there is (6700) and, for the balance, no more than
  its limit (6A80). A changed PIN has all its tries. UPDATE RECORD is for records that are there.
* Enciphered PIN. 8 bytes of challenge, used up by the attempt, which counts as a try whatever was
  in it. Without a key 6985.
* Electronic cash. Its transactions leave velocity checking alone; below the reset threshold they
  go on line; only the issuer's PUT DATA makes a balance larger.
* qPBOC. Money goes with the answer, not with the last record read. A terminal that needs
  verifying which neither side can do is declined; so is, by a card that prefers the contacts at a
  terminal that has them, what this terminal wants the issuer to decide. Another currency is
  approved off line only under 9F53. 9F5D is the balance, with CTTA the smaller, and with either the
  larger of balance and what is left. 9F69 is signed as it was written, the same in every tap. The
  order of the answer can be said in two data objects of our own in 0E01, DF7E (going on line) and
  DF7F (approving): tags without lengths.
* Logs. A TC is logged, of qPBOC where 9F68 wants it. The log of loads has the tag, the value
  before and after, and then what DF4F says.
* Extended applications (CAPP). Over the antenna alone. A new record's key comes under the key of
  8020 that opens its file, which MACs the command, too; a file has one key in 8020, in the order of
  A001. A record is number (2), length (1), data; that of a cyclic file has no number, and READ
  RECORD reads it, newest first. UPDATE CAPP DATA CACHE needs a TC with DF60 = 01, changes a record
  that is there, and its key is the record's; a cache has room for what one command can change
  (6A84). All changes and the proof come with the last record of the AFL; money went with the answer
  before. GET TRANS PROVE names the ATC and answers the TC. Rights in A001 are ignored.
* Not there: SM4 for extended applications (8420, 9420), their first contents (1501, 1E01), READ
  CAPP DATA with a random number, segmented deductions and deposits (DF61 to DF63 are only stored),
  because no public source says how they are computed; a second currency's balance (DF7x are only
  stored), MSD.
"""

from __future__ import annotations

from sscard.cos.pse.banking import Banking

__all__ = ["Banking"]
