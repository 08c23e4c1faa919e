"""The certificate application of third-generation cards (ssc-more 1).

What the public sources leave open, and is assumed here:

* Rights and lives are those of ``states``: no source has the access rules.  PINs, once shown, last
  until power-off; a master key and the session key until the next SELECT of a directory.
* The PINs' and master keys' tries are the chip's settings; a PIN without tries is blocked for good,
  because no command that helps is known, nor one that changes the user's PIN.  VERIFY without data
  tells the tries.
* Both PINs are the ADF's; the DDF has its master key only.  The ADF is found by its name from
  anywhere and by DF01 inside the application; the DDF has no FID.
* A signature pair made in the place of another one needs both PINs.  Another key takes the
  certificate of the former one with it, in the same command.
* A public key is stored as it comes for import, ``CA 40 X Y``; before there is one, 66 zeros are
  read.  The private half must belong to the public one.
* The right is asked before the MAC: else a MAC would tell a right PIN without using a try.
* Which PINs let a session key, a key pair and certificates in is a setting (``writing``).
* The command that signs is a setting (``signing``), and the card remembers it.
"""

from __future__ import annotations

from sscard.cos.pki.application import Certificates

__all__ = ["Certificates"]
