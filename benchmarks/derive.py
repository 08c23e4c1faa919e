"""Keys of many cards: derive_many as a share of raw OpenSSL on the same bytes, in the same run.

    python benchmarks/derive.py [cards]

All keys of a generation-2 card, STKs of 8 bytes in 3DES among them.  "raw OpenSSL" is one kept
encryptor over the same diversifiers in chunks of the same size, and nothing else.  "derived" has
every key of every card; "as objects" asks for each as a key object, too; "one by one" is the path
of a single card.  Quote the shares, not the seconds.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from time import perf_counter

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB

from sscard.keys import SM4_SUITE, TDES_SUITE, Factors, KeyReference, Suite
from sscard.keys.bulk import CHUNK
from sscard.keys.stores.software import SoftwareOperations
from sscard.keys.stores.store_file import StoreFile
from sscard.profiles import load_profile

ROUNDS = 7
PROFILE = load_profile("gen2")
REFERENCES = [
    KeyReference(key.name, version)
    for directory in PROFILE.directories
    for key in directory.keys
    for version in range(1, PROFILE.versions(key) + 1)
]
SINGLE_DES = {
    key.name: key.size
    for directory in PROFILE.directories
    for key in directory.keys
    if key.size == 8
}


def store(suite: Suite) -> SoftwareOperations:
    """Random masters; nothing of it is kept."""
    keys = {reference: suite.key(os.urandom(16)) for reference in REFERENCES}
    return SoftwareOperations(StoreFile("benchmark", True, suite, keys, {}))


def raw(suite: Suite, sizes: Mapping[str, int], cards: int) -> Callable[[], None]:
    """OpenSSL over as many bytes, in as many calls."""
    value = os.urandom(16)
    algorithm = SM4(value) if suite is SM4_SUITE else TripleDES(value + value[:8])
    update = Cipher(algorithm, ECB()).encryptor().update
    chunks = [os.urandom(16 * min(CHUNK, cards - at)) for at in range(0, cards, CHUNK)]
    halves = [chunk[: len(chunk) // 2] for chunk in chunks]

    def work() -> None:
        for each in REFERENCES:
            for chunk in halves if each.name in sizes else chunks:
                update(chunk)

    return work


def works(suite: Suite, count: int) -> dict[str, Callable[[], None]]:
    """What is timed, by name; the baseline first."""
    sizes = SINGLE_DES if suite is TDES_SUITE else {}
    city = Factors.of("371000", bytes(13))
    cards = [Factors(city.province, city.city, os.urandom(8)) for _ in range(count)]
    held = store(suite)

    def derived() -> None:
        for _ in held.derive_many(REFERENCES, cards, sizes=sizes):
            pass

    def objects() -> None:
        for row in held.derive_many(REFERENCES, cards, sizes=sizes):
            for _ in row.values():
                pass

    def one_by_one() -> None:
        for card in cards:
            held.card_keys(REFERENCES, card, sizes=sizes)

    return {
        "raw OpenSSL": raw(suite, sizes, count),
        "derived": derived,
        "as objects": objects,
        "one by one": one_by_one,
    }


def measure(suite: Suite, count: int) -> None:
    """The best of several rounds, each of which times everything once."""
    timed = works(suite, count)
    best = dict.fromkeys(timed, float("inf"))
    for _ in range(ROUNDS):
        for name, work in timed.items():
            started = perf_counter()
            work()
            best[name] = min(best[name], perf_counter() - started)
    print(f"{suite.name}: {count} cards, {len(REFERENCES)} keys each")
    for name, spent in best.items():
        keys, share = count * len(REFERENCES) / spent, best["raw OpenSSL"] / spent
        print(f"  {name:12} {keys:12,.0f} keys/s {share:6.0%}")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 4 * CHUNK
    for suite in (TDES_SUITE, SM4_SUITE):
        measure(suite, count)


if __name__ == "__main__":
    main()
