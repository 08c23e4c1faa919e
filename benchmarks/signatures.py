"""SM2 on the certificate application's card: operations per second, and where the time goes.

    python benchmarks/signatures.py

Four columns: gmssl as it is, gmssl-fast where it is installed (extra ``fast``), the openssl program
where it knows SM2, and the card in process, APDU in and APDU out.  The card computes with gmssl, so
the last column, card over gmssl, says what all the rest of a card costs.  Each ratio is the median
of some rounds in which the two take turns, because the machine drifts: quote the ratios.

The second table splits a command's time by the code that spends it, as Python's profiler sees it.
Nothing that a host computes is timed.  The card takes its nonces from its own source of random
bytes, so gmssl-fast, which takes them from the operating system, signs for no card: a card with the
same seed shall give the same signatures.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from cProfile import Profile
from dataclasses import dataclass
from pstats import Stats
from statistics import median
from time import perf_counter

from gmssl.sm2 import CryptSM2, default_ecc_table

from simulator import VirtualCard
from sscard.apdu import iso7816, pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.channel import pki as channel
from sscard.keys import sm2, sm2_fast
from sscard.keys.sm2_keys import SM2PrivateKey, SM2PublicKey

TIMES, SECONDS, PROFILED = 9, 0.25, 40
PINS = {pki.USER: "123456", pki.ADMIN: "12345678"}
DIGEST, MESSAGE, SESSION = bytes(range(32)), b"message", bytes(16)
NONCE = f"{random.Random(3).getrandbits(255):064x}"
#: Who spends the time, by the file that the profiler names; the first that fits.
SPENDERS = (
    ("curve", re.compile(r"gmssl/sm2\.py")),
    ("SM3", re.compile(r"sm3\.py|_hashlib|openssl_sm3")),
    ("memory", re.compile(r"cos/(nvm|journal|partition)\.py|pki/memory\.py")),
    ("card", re.compile(r"sscard/(cos|apdu|channel|dialects)/|simulator/")),
    ("other keys", re.compile(r"sscard/keys/")),
)


@dataclass(frozen=True)
class Operation:
    """``ours`` is the card's, ``fast`` there with the extra; openssl knows it by the first word."""

    name: str
    ours: Callable[[], object]
    gmssl: Callable[[], object]
    fast: Callable[[], object] | None


class Bench:
    """A powered card of the third generation, both PINs shown, with a signature pair."""

    def __init__(self) -> None:
        source = random.Random(1).randbytes
        self.card = VirtualCard.blank("gen3-80k", random=source)
        self.card.power_on()
        self.ok(iso7816.select(pki.ADF_NAME))
        for reference, digits in PINS.items():
            key = channel.pin_key(bytes.fromhex(digits))
            shown = channel.cryptogram(key, self.ok(pki.get_challenge()))
            self.ok(pki.verify(reference, shown))
        self.ok(pki.generate_key_pair())
        self.ok(pki.choose_public_key())
        self.public = SM2PublicKey(self.ok(pki.export_public_key())[2:])
        self.signature = self.ok(pki.sign(sm2.digest(self.public, MESSAGE)))
        self.envelope = pki.decrypt(sm2.encrypt(self.public, SESSION, source))

    def ok(self, command: CommandAPDU) -> bytes:
        return ResponseAPDU.parse(self.card.transmit(bytes(command))).require("benchmark")

    def command(self, command: CommandAPDU) -> Callable[[], object]:
        """That command again and again; its answer was right once."""
        self.ok(command)
        raw = bytes(command)
        return lambda: self.card.transmit(raw)


def operations() -> Iterator[Operation]:
    """What is measured.  gmssl's functions get what they need in the form that they want it in."""
    bench, pair = Bench(), SM2PrivateKey(random.Random(2).randbytes(32))
    engine, number = CryptSM2("", "", mode=1), int(pair.reveal().hex(), 16)
    engine.private_key, engine.public_key = pair.reveal().hex(), pair.public.point.hex()
    signed, cipher = engine.sign(DIGEST, NONCE), engine.encrypt(SESSION)
    base, fast = default_ecc_table["g"], fast_operations(pair)
    yield Operation(
        "sign 签名",
        bench.command(pki.sign(DIGEST)),
        lambda: engine.sign(DIGEST, NONCE),
        fast.get("sign"),
    )
    yield Operation(
        "decrypt 解密",
        bench.command(bench.envelope),
        lambda: engine.decrypt(cipher),
        fast.get("decrypt"),
    )
    yield Operation(
        "generate 生成密钥对",
        Bench().command(pki.generate_key_pair()),
        lambda: engine._kg(number, base),
        fast.get("generate"),
    )
    yield Operation(
        "verify 验签 (host)",
        lambda: sm2.verify(bench.public, MESSAGE, bench.signature),
        lambda: engine.verify(signed, DIGEST),
        fast.get("verify"),
    )


def fast_operations(pair: SM2PrivateKey) -> Mapping[str, Callable[[], object]]:
    """The same with gmssl-fast; nothing without it."""
    if not sm2_fast.available():
        return {}
    import gmssl_fast

    engine = gmssl_fast.SM2(pair.reveal().hex(), pair.public.point.hex())
    signed, cipher = engine.sign(MESSAGE), engine.encrypt(SESSION)
    return {
        "sign": lambda: engine.sign(MESSAGE),
        "decrypt": lambda: engine.decrypt(cipher),
        "generate": gmssl_fast.SM2.generate,
        "verify": lambda: engine.verify(MESSAGE, signed),
    }


def openssl() -> Mapping[str, float]:
    """Signatures and verifications per second of the openssl program, if it knows SM2."""
    program = shutil.which("openssl")
    if program is None:
        return {}
    command = [program, "speed", "-seconds", "1", "sm2"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    found = re.search(r"\(CurveSM2\)\s+\S+\s+\S+\s+(\S+)\s+(\S+)", done.stdout)
    return {"sign": float(found[1]), "verify": float(found[2])} if found else {}


def rate(work: Callable[[], object]) -> float:
    """How often a second, for about ``SECONDS``."""
    done, started = 0, perf_counter()
    while (spent := perf_counter() - started) < SECONDS:
        work()
        done += 1
    return done / spent


def measure(operation: Operation, program: Mapping[str, float]) -> None:
    """Print a line: the best of some rounds, and the median of their ratios."""
    rounds = [(rate(operation.ours), rate(operation.gmssl)) for _ in range(TIMES)]
    ours, bare = map(max, zip(*rounds, strict=True))
    ratio = median(one / other for one, other in rounds)
    quick = max(rate(operation.fast) for _ in range(TIMES)) if operation.fast else 0
    third = program.get(operation.name.split()[0], 0)
    cells = (f"{each:10,.0f}/s" if each else f"{'–':>12}" for each in (bare, quick, third, ours))
    print(f"{operation.name:22}", *cells, f"{ratio:7.3f}")


def shares(work: Callable[[], object]) -> Mapping[str, float]:
    """Who spends the time of a command."""
    profile = Profile()
    profile.enable()
    for _ in range(PROFILED):
        work()
    profile.disable()
    spent: Counter[str] = Counter()
    for (file, _, _), (_, _, own, _, callers) in Stats(profile).stats.items():
        # What is built in counts for who calls it.
        if file == "~" and callers:
            for (caller, _, _), (_, _, part, _) in callers.items():
                spent[spender(caller)] += part
        else:
            spent[spender(file)] += own
    return {name: each / spent.total() for name, each in spent.items()}


def spender(file: str) -> str:
    """The name under which a file's time is told."""
    return next((name for name, files in SPENDERS if files.search(file)), "other")


def main() -> None:
    names = [name for name, _ in SPENDERS] + ["other"]
    program, measured = openssl(), list(operations())
    heads = ("gmssl", "gmssl-fast", "openssl", "card")
    print(f"{'':22}", *(f"{each:>12}" for each in heads), f"{'ratio':>7}")
    for each in measured:
        measure(each, program)
    print(f"\n{'share of the time':22}", *(f"{each:>10}" for each in names))
    for each in measured[:-1]:
        found = shares(each.ours)
        print(f"{each.name:22}", *(f"{found.get(name, 0):10.1%}" for name in names))


if __name__ == "__main__":
    main()
