"""The bank of the example: it takes everybody but the third, who has an account already.

python examples/batch/bank.py bank-request.txt answer.txt refused.txt [first number]
"""

from __future__ import annotations

import sys
from pathlib import Path

EXPIRY, CVV2 = "3611", "123"
#: As the published file spells it.
HEADING = "batch_id|task_id|data_seq|client_id|name|sex|cert_typed|cert_no|check_flag|refuse_reson|"


def with_luhn(body: str) -> str:
    """The digits with their check digit (ISO/IEC 7812-1)."""
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(body[::-1])]
    return body + str(-sum(sum(divmod(each, 10)) for each in doubled) % 10)


def answer(request: Path, out: Path, refused: Path, first: int) -> None:
    """Numbers for those who are taken; a decision for the one who is not."""
    head, *rows, _ = request.read_bytes().decode("gbk").splitlines()
    batch = head.split("|")[1]
    taken, back = [], []
    for at, row in enumerate(rows):
        name, id_number, sex, *_, mark = row.split("|")
        number = with_luhn(f"622800{first + at:011}")
        if at == 2:
            back.append(f"{batch}|{batch}|3|3|{name}|{sex}|01|{id_number}|1|已有账户|")
        else:
            track = f"{number}={EXPIRY}201000001{CVV2}"
            taken.append(f"{name}|{id_number}|{number}|{EXPIRY}|{CVV2}|{track}|{mark}")
    lines = [*taken, f"END|{len(taken)}"]
    out.write_bytes("".join(f"{line}\r\n" for line in lines).encode("gbk"))
    if back:
        refused.write_bytes("\n".join([HEADING, *back]).encode("gbk"))


if __name__ == "__main__":
    paths = [Path(each) for each in sys.argv[1:4]]
    answer(*paths, first=int(sys.argv[4]) if len(sys.argv) > 4 else 1)
