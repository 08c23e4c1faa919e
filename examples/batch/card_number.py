"""The office of the example gives one person another card number.

python examples/batch/card_number.py people.csv 5 A00000105 > numbers.csv
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

if __name__ == "__main__":
    path, row, number = sys.argv[1:4]
    rows = list(csv.reader(Path(path).read_text("utf-8-sig").splitlines()))
    text = f"证件号码,卡号\r\n{rows[int(row)][3]},{number}\r\n"
    sys.stdout.buffer.write(text.encode("utf-8-sig"))
