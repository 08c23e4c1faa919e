"""The first inputs of the fuzzer: what stations, terminals and testers really send.

    python tests/fuzz/make_corpus.py        writes tests/fuzz/corpus and tests/fuzz/files again

A test compares the folders with their scripts.  What a fuzzer finds on its way is not kept here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import chain
from pathlib import Path

from bank_inputs import transactions
from certificate_inputs import certificates
from certificate_inputs import near_valid as wrong_certificates
from file_inputs import files
from fuzz_card import Op, Step, encode
from fuzz_host import TRANSPORT
from starting_cards import INITIAL_PIN, PIN, Start, bank_instances, order

from sscard.apdu import aid, cps, iso7816, pboc, pki, ssc
from sscard.apdu import medical as b0
from sscard.apdu.command import CommandAPDU
from sscard.apdu.medical_data import (
    CreditForLoad,
    DebitForPurchase,
    InitForLoad,
    InitForPurchase,
    Purse,
    StartingDay,
    TransactionType,
)
from sscard.dialects import reference
from sscard.dialects.operations import (
    CreateDirectory,
    EndPreIssue,
    KeyType,
    LoadKey,
    Operation,
    ReplaceKey,
    ReplaceMaster,
    WriteHistorical,
)
from sscard.perso import structure
from sscard.perso.pse import Instance

CORPUS, FILES = (Path(__file__).parent / each for each in ("corpus", "files"))
PROFILE = order().profile
HISTORICAL = bytes.fromhex("0081544C868684639900000001")
WRONG_PIN = bytes.fromhex("654321")
TERMINAL, MAC = bytes(6), bytes(4)
TIME, YEARS_LATER = bytes.fromhex("20260131120000"), bytes.fromhex("20280801235959")

Input = tuple[Start, list[Step]]


def say(*commands: CommandAPDU | str) -> list[Step]:
    """The commands as they are; text is hexadecimal."""
    raw = (bytes.fromhex(each) if isinstance(each, str) else bytes(each) for each in commands)
    return [(Op.LONG if len(each) > 0xFF else Op.COMMAND, each) for each in raw]


def show(kid: int, version: int = 1) -> Step:
    """The right proof of a key."""
    return Op.PROOF, bytes((kid, version))


def select(name: str) -> list[Step]:
    """SSSE or a DF by its name."""
    return say(iso7816.select(PROFILE.directory(name).df_name))


def sealed(command: CommandAPDU) -> Step:
    """With MAC; the class says so."""
    return Op.SEALED, bytes(replace(command, cla=command.cla | 0x04))


def enciphered(command: CommandAPDU) -> Step:
    """With MAC and enciphered data."""
    return Op.ENCIPHERED, bytes(replace(command, cla=command.cla | 0x04))


def factory(*operations: Operation) -> list[Step]:
    """Factory commands, secured where the dialect says so."""
    return [_factory(operation) for operation in operations]


def _factory(operation: Operation) -> Step:
    command = reference.build(operation)
    return enciphered(command) if reference.row_of(operation).secured else say(command)[0]


def finished() -> Iterator[tuple[str, list[Step]]]:
    """Use of an issued card, the social-security side."""
    everywhere = [d.name for d in PROFILE.directories]
    yield "select-names", [step for name in everywhere for step in select(name)]
    yield (
        "select-fids",
        [
            *say("00A40000023F00", "00A4000002DDF1", "00A4020002EF05", "00B2010400"),
            *say("00A4000002DF01", "00A4020002EF06", "00A4000002EF07", "00A40000023F00"),
        ],
    )
    for name in everywhere:
        yield f"read-{name.lower()}", [*select(name), *say(verify()), *_reads(name)]
    yield "read-protected", [*select("SSSE"), show(0x0A), *say("00B0870000", "00B08800000000")]
    yield "pin", [*select("SSSE"), *say("00200000", verify(), verify(WRONG_PIN), "00200000")]
    yield "pin-exhausted", [*select("DF01"), *say(*[verify(WRONG_PIN)] * 7, verify(), "00200000")]
    yield "pin-change", [*select("SSSE"), *say(ssc.change_pin(PIN, INITIAL_PIN), verify())]
    yield (
        "pin-unblock",
        [
            *select("SSSE"),
            *say(*[verify(WRONG_PIN)] * 6),
            show(0x06),
            sealed(ssc.unblock_pin()),
            enciphered(ssc.reload_pin(INITIAL_PIN)),
            enciphered(ssc.reload_pin(b"")),
        ],
    )
    yield "keys", [*select("DF03"), *(show(kid) for kid in range(0x83, 0x8E)), show(0x05)]
    yield (
        "internal-authenticate",
        [*select("SSSE"), *say(ssc.internal_authenticate(bytes(8), bytes(8), version=2))],
    )
    yield "challenges", [*select("SSSE"), *say("0084000004", "0084000008", "0084000010")]
    yield "locks", [*select("DF04"), show(0x83), sealed(_block(0x1E, 1)), sealed(_block(0x16))]
    yield "application-block", [*select("SSSE"), show(0x05), sealed(_block(0x1E, 1))]
    yield "card-block", [*select("SSSE"), show(0x05), sealed(_block(0x16)), *say("00A40000023F00")]
    yield (
        "protocols",
        [
            step
            for each in range(3)
            for step in [
                (Op.RESET, bytes((each,))),
                *select("SSSE"),
                *_reads("SSSE"),
                *say("00B2012C01"),
            ]
        ],
    )
    yield (
        "power",
        [*select("DF01"), *say(verify()), (Op.RESET, b""), *select("DF01"), *_reads("DF01")],
    )


def updates() -> Iterator[tuple[str, list[Step]]]:
    """Every way to write, with and without a MAC."""
    blank = PROFILE.directory("DF01").file(0xEF05).record_templates()[2].fill
    plain = iso7816.update_record(3, blank[:-1] + b"\1", sfi=5)
    body = iso7816.update_binary(bytes(range(40)), sfi=0x16, offset=16)
    yield "update-record", [*select("DF01"), show(0x83), *say(plain), sealed(plain), sealed(plain)]
    yield "update-binary", [*select("DF01"), show(0x8A), *say(body), sealed(body)]
    photo = iso7816.update_binary(bytes(900), sfi=8)
    yield "update-long", [*select("SSSE"), show(0x04), *say(photo)]
    job = iso7816.append_record(bytes(85), sfi=7)
    key = factory(ReplaceKey(KeyType.EXTERNAL, 0x04, 1, 2, _invented("next version")))
    yield "replace-key", [*select("SSSE"), *key, *key, show(0x04, 2), show(0x04, 1)]
    yield "append", [*select("DF02"), show(0x85), *say(job, job), sealed(job), *_reads("DF02")]


def medical() -> Iterator[tuple[str, list[Step]]]:
    """Loads and purchases in DF04, with right MACs and with wrong ones."""
    load = b0.init_for_load(InitForLoad(1, 100_000, TERMINAL))
    credit = b0.credit_for_load(CreditForLoad(TIME, MAC))
    purchase = b0.init_for_purchase(InitForPurchase(2, 1000, 200, 300, TERMINAL))
    debit = b0.debit_for_purchase(DebitForPurchase(1, TIME, MAC))
    begin = [*select("DF04"), *say(verify())]
    loaded, paid = [*say(load), _right(credit)], [*say(purchase), _right(debit)]
    balances = say(*(b0.get_balance(purse, with_year=purse > 1) for purse in Purse))
    proofs = say(*(b0.get_transaction_proof(kind, 0) for kind in TransactionType))
    log = say(iso7816.read_record(1, sfi=8))
    yield "medical", [*begin, *loaded, *balances, *paid, *proofs, *balances, *log]
    yield "medical-again", [*begin, *loaded, *paid, *paid, *paid, *log, *balances]
    yield "medical-wrong-mac", [*begin, *say(load, credit, credit, purchase, debit, debit), *proofs]
    yield "medical-order", [*begin, *say(load), _right(debit), *say(purchase), _right(credit)]
    later = b0.debit_for_purchase(DebitForPurchase(2, YEARS_LATER, MAC))
    day = b0.update_starting_day(StartingDay(7, 1))
    year = [show(0x89), *say(day, b0.get_starting_day()), *loaded, *paid]
    yield "medical-year", [*begin, *year, *say(purchase), _right(later), *balances]


def bank() -> Iterator[tuple[str, list[Step]]]:
    """Use of the financial side."""
    block = bytes.fromhex("26123456FFFFFFFF")
    yield "pse", say(iso7816.select(aid.PSE), "00B2010C00", "00B2020C00")
    yield (
        "debit",
        say(
            iso7816.select(aid.DEBIT),
            pboc.get_processing_options(bytes(9)),
            *(f"00B2{number:02X}{sfi << 3 | 4:02X}00" for sfi in (1, 2, 3) for number in (1, 2)),
            *map(pboc.get_data, (0x9F36, 0x9F17, 0x9F13)),
            pboc.verify(block),
            *[pboc.verify(block[::-1])] * 4,
            pboc.verify(block),
        ),
    )
    yield (
        "both",
        [*say(iso7816.select(aid.DEBIT), pboc.verify(block)), *select("DF01"), *_reads("DF01")],
    )


def near_valid() -> Iterator[tuple[str, list[Step]]]:
    """Commands with one field wrong, in the order in which a card looks at it."""
    wrong = [
        *(
            "",
            "00",
            "00B201",
            "00B20104FF",
            "00B201040000",
            "00B2010400000000",
            "0020000003123456FF",
        ),
        *("FFB2010400", "01B2010400", "0CB2010400", "10B2010400", "00B3010400", "0060000000"),
        *("00B2FF0400", "00B2010700", "00B201FC00", "00B2012C01", "00B2012C05", "0084000003"),
        *("0020000001FF", "002000000312345G".replace("G", "A"), "0020000109123456789012345678"),
        *("0082000410" + "00" * 16, "0082000411" + "00" * 17, "00A4040000", "00A4050002DDF1"),
        *("04DC012C0103", "04DC012C04FFFFFFFF", "8424000004FFFFFFFF", "805E010003FF12FF"),
        *("00D69600", "00D6960000000100", "00D6FF000100", "00D67FFF0100", "00C0000000"),
    ]
    yield "near-valid", [*select("SSSE"), *say(*wrong)]
    yield "near-valid-df", [*select("DF01"), *say(verify()), *say(*wrong)]
    yield "near-valid-bank", [*say(iso7816.select(aid.DEBIT)), *say(*wrong, "80A80000028300")]
    yield "near-valid-main", [*say("00A40000023F00"), *say(*wrong)]
    huge = bytes((0x00, 0xD6, 0x88, 0x00, 0x00, 0x0E, 0x00)) + bytes(0x0E00)
    yield "huge", [*select("SSSE"), show(0x04), (Op.LONG, huge)]


def at_the_bank() -> Iterator[tuple[str, list[Step]]]:
    """The bank station on a semi-finished card, on each security level."""
    yield "handover", [*say("00A40000023F00", "00B09C0040"), show(0x1C), *say("00D69C00015A")]
    directory, debit = bank_instances()
    for level in range(3):
        yield f"bank-level-{level}", list(chain(_stored(directory, level), _stored(debit, level)))
    yield "bank-cut", [*_stored(directory, 1)[:3], *say("00A40000023F00", "80E2000000")]
    long = cps.encode_dgi(0x0401, bytes.fromhex("7081F790") + bytes(246))
    yield "bank-long", [*_opened(debit, 0), *say(*cps.store_data_commands([(long, False)]))]


def at_the_maker() -> Iterator[tuple[str, list[Step]]]:
    """The social-security station on an opened chip, directory by directory."""
    start = factory(WriteHistorical(HISTORICAL))
    ground = [*start, *_directory(0x3F00, b"", structure.main_file(order()))]
    yield "factory-main", [*ground, *say("00A40000023F00", "00B09C0040")]
    for each in PROFILE.directories:
        root = [] if each.name == "SSSE" else factory(CreateDirectory(0xDDF1, b"SSSE."))
        inside = structure.contents(order(), each)
        yield (
            f"factory-{each.name.lower()}",
            [
                *ground,
                *root,
                *_directory(each.fid, each.df_name, _some(inside)),
                *factory(EndPreIssue(), WriteHistorical(HISTORICAL), CreateDirectory(0xDF09)),
            ],
        )
    yield (
        "factory-again",
        [*ground, (Op.RESET, b""), show(TRANSPORT), *ground, *factory(EndPreIssue())],
    )


def at_the_gate() -> Iterator[tuple[str, list[Step]]]:
    """A blank chip that was not opened, or is opened wrongly until it dies."""
    yield "blank", [*say("00A40000023F00", "0084000008"), *factory(CreateDirectory(0x3F00))]
    wrong = say("0084000008", "80E0030010" + "00" * 16)
    yield "transport-exhausted", [*wrong, *wrong, *wrong, show(TRANSPORT), (Op.RESET, b""), *wrong]
    yield "transport", [show(TRANSPORT), *factory(WriteHistorical(HISTORICAL)), (Op.RESET, b"")]


def inputs() -> dict[str, bytes]:
    """Name of the file to input."""
    use = [*finished(), *updates(), *medical(), *bank(), *near_valid()]
    made = [*at_the_maker()]
    starts: dict[Start, Iterable[tuple[str, list[Step]]]] = {
        Start.FINISHED: [*use, *transactions(Start.FINISHED)],
        Start.SEMI_FINISHED: at_the_bank(),
        Start.BLANK: at_the_gate(),
        Start.OPENED: made,
        Start.SM4_FINISHED: [
            *_in_sm4(use),
            *_on_gen3([*transactions(Start.SM4_FINISHED), *certificates(), *_nearly()]),
        ],
        Start.SM4_OPENED: _in_sm4(made),
    }
    return {
        f"{name}.bin": encode(start, steps)
        for start, named in starts.items()
        for name, steps in named
    }


def _nearly() -> Iterator[tuple[str, list[Step]]]:
    """In the certificate application, with the user's PIN shown."""
    selected = say(iso7816.select(pki.ADF_NAME))
    shown = [*selected, (Op.CERTIFICATE, bytes((pki.USER,)))]
    yield "near-valid-certificates", [*shown, *say(*wrong_certificates())]


#: What is done again with the other cipher: whatever has a MAC or a proof in it.
WITH_CIPHER = {
    *("pin-unblock", "keys", "internal-authenticate", "challenges", "locks", "card-block"),
    *(
        "update-record",
        "update-binary",
        "replace-key",
        "append",
        "medical",
        "medical-wrong-mac",
        "near-valid-df",
    ),
    *("factory-main", "factory-df04"),
}


def _in_sm4(named: Iterable[tuple[str, list[Step]]]) -> Iterator[tuple[str, list[Step]]]:
    return ((f"sm4-{name}", steps) for name, steps in named if name in WITH_CIPHER)


def _on_gen3(named: Iterable[tuple[str, list[Step]]]) -> Iterator[tuple[str, list[Step]]]:
    return ((f"gen3-{name}", steps) for name, steps in named)


def _right(command: CommandAPDU) -> Step:
    return Op.TRANSACTION, bytes(command)


def verify(pin: bytes = PIN) -> CommandAPDU:
    """The PIN, right or wrong."""
    return iso7816.verify(pin)


def _block(ins: int, p2: int = 0) -> CommandAPDU:
    return CommandAPDU(0x84, ins, 0x00, p2)


def _reads(name: str) -> list[Step]:
    """The first of each file, by number, by identifier, to the last."""
    steps: list[Step] = []
    for file in PROFILE.directory(name).files:
        sfi = file.fid & 0x1F
        if file.structure == "transparent":
            steps += say(
                iso7816.read_binary(256, sfi=sfi), f"00A4020002{file.fid:04X}", "00B0000010"
            )
        else:
            steps += say(iso7816.read_record(1, sfi=sfi), f"00B20{sfi & 1}{sfi << 3 | 5:02X}00")
    return steps


def _opened(instance: Instance, level: int) -> list[Step]:
    return [*say(iso7816.select(instance.name)), (Op.CHANNEL, bytes((level,)))]


def _stored(instance: Instance, level: int) -> list[Step]:
    dgis = [(cps.encode_dgi(each.identifier, each.value), each.secret) for each in instance.dgis]
    commands = cps.store_data_commands(dgis)
    secret = (each.secret for each in instance.dgis)
    return [
        *_opened(instance, level),
        *(
            (Op.ENCIPHERED if hidden else Op.SEALED, bytes(command))
            for command, hidden in zip(commands, secret, strict=True)
        ),
    ]


def _directory(fid: int, name: bytes, inside: Iterable[Operation]) -> list[Step]:
    master = LoadKey(KeyType.MASTER, 0, 1, 0, _invented("master"))
    last = ReplaceMaster(_invented("last master"))
    return factory(CreateDirectory(fid, name), master, *map(_with_other_key, inside), last)


def _some(operations: Iterable[Operation]) -> Iterator[Operation]:
    """The first version of each key is enough."""
    return (each for each in operations if not (isinstance(each, LoadKey) and each.version > 1))


def _with_other_key(operation: Operation) -> Operation:
    """No real key of a card: what the terminal says is not looked for in the answers."""
    if not isinstance(operation, LoadKey):
        return operation
    value = _invented(f"{operation.type} {operation.kid}")[: len(operation.value)]
    return replace(operation, value=value)


def _invented(name: str) -> bytes:
    return sha256(name.encode()).digest()[:16]


def main() -> None:
    """Write both folders."""
    _write(CORPUS, inputs())
    _write(FILES, dict(files()))


def _write(folder: Path, wanted: dict[str, bytes]) -> None:
    for file in folder.glob("*"):
        if file.name not in wanted:
            file.unlink()
    for name, data in wanted.items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
