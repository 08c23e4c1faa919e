"""A card with FMCOS (or TimeCOS) on it: an operating system of its own over the same memory.

Where its manual is silent, the following is assumed: 6985 without a challenge; 6A86 for a key that
is there already; 6700 for factory data that does not parse; 6A80 for a KEY file that is not the
first file; 9302 for a plain update of a protected key; 6900 for line protection that a file does
not want; 9303 to everything but SELECT and GET CHALLENGE in a locked application; a directory's
space is no limit, and costs 2 bytes more than the manual says.
"""

from __future__ import annotations

from sscard.cos.fmcos.card import FmcosCard

__all__ = ["FmcosCard"]
