"""A PSAM (安全存取模块): the terminal's card, an operating system of its own over the same memory.

Commands, files and status words are specified (ssc 5.3 [S]).  Assumed, beside the settings of its
chip file (``dialects/psam_chip.py``):

* one environment on one chip, as the MF, also that of SM4; the environment of SSF33, whose text is
  not public, is answered 6A81 by name and by INIT ENVIRONMENT, which else selects the application;
* directories are selected from anywhere; nothing but a SELECT, a refusal on the way and the end of
  a computation takes a session key away;
* a key that is there with another number of diversifications is 6A80, of another type 6A88;
* keys to load (09) and of TACs (0C) are kept, and no command computes with them (6985);
* a key of MACs (06) with 16 bytes of 3DES makes card keys of 8 bytes, the left half: user cards'
  STKs have 8;
* MACs have 4 bytes also where a block has 16: its words XORed; 3DES key loads take a challenge of 4
  bytes only (6984);
* own keys 01 to 03 lie in the DDF, the master keys 00 each in its directory; wrong tries of the
  former are counted;
* EF 0019 holds the number that the next INIT SAM FOR PURCHASE gives out; it goes as far as
  FFFFFFFE, then 9402;
* a wrong MAC2 ends the purchase;
* the files 0011 to 0013 are made with their space; 6A80 for a key that is there already;
* the factory's commands are those of the reference dialect.
"""

from __future__ import annotations

from sscard.cos.psam.card import PsamCos

__all__ = ["PsamCos"]
