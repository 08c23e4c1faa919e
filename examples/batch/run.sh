#!/bin/sh
# Every list of one small batch: 12 people, one returned, one card spoiled, one replaced later.
#
#     sh examples/batch/run.sh out
#
# TEST keys, simulated chips.  What comes out stands in the folder named; docs/batches.md explains it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python}
mkdir -p "$1" && cd "$1"
export SSCARD_LEDGER=office.sqlite SSCARD_OPERATOR=07
sscard() { "$python" -m sscard "$@" 2>>messages.txt; }

# The round, the units, the office's list
"$python" "$here/make_people.py" people.csv units.csv
sscard batch round open 2026-1 --region 测试市 --expected 12 --general-test LD-TEST-1
sscard batch unit import units.csv
sscard batch enter people.csv --round 2026-1 --region 测试市 --unit U001
sscard batch verify --round 2026-1 --unit U001
sscard batch make --round 2026-1 --unit U001 --bank 测试城市银行 --number B0001

# From the bank's numbers to finished cards: $1 batch, $2 a word for its files, $3 first number
made() {
    sscard batch bank-request "$1" --out "bank-request$2.txt"
    "$python" "$here/bank.py" "bank-request$2.txt" "answer$2.txt" "refused$2.txt" "$3"
    if test -e "refused$2.txt"; then
        sscard batch bank-answer "$1" "refused$2.txt" --layout city-bank-return || test $? = 1
    fi
    sscard batch bank-answer "$1" "answer$2.txt" --layout "$here/bank-to-supplier.toml" || test $? = 1
    sscard batch card-list "$1" --out "card-list$2.txt"
    sscard batch print-file "$1" --out "print-file$2.txt"
    sscard batch stripe-file "$1" --out "stripe-file$2.txt"
}

# The stations: $1 batch, $2 a word for its files, $3 number of semi-finished cards
finished() {
    sscard batch hand-over "$1" --out "hand-over$2.txt" --sheet "hand-over$2.html"
    sscard batch received "$1" "hand-over$2.txt" --counted "$3"
    mkdir -p "bank$2" && cp -r "tray$2/out" "bank$2/in"
    sscard station bank --batch "$1" --readers "tray:bank$2" --name BANK-1 --no-first-article
}

made B0001 -1 1
sscard batch returned B0001 --out returned.txt --sheet returned.html
sscard batch return-failures B0001 --out return-failures.txt
"$python" "$here/supplier.py" print-file-1.txt bodies-1.csv BODY-1
sscard batch bodies bodies-1.csv --batch B0001 --lot TEST-GEN2
sscard report book received 12 --party integrator --other supplier --lot TEST-GEN2 --batch B0001
sscard station tray tray-1 --batch B0001
sscard station ssse --batch B0001 --readers tray:tray-1 --name SSSE-1 --no-first-article
finished B0001 -1 11

# The final check refuses a card: it is given up, and the flow starts again for that person
sscard batch spoil A00000005 --reason 卡面划伤
sscard station destroy BODY-1004 --by 07 --witness 08
sscard batch spoiled B0001 --out spoiled.txt --sheet spoiled.html
made B0001 -2 21
"$python" - <<'PY'
# The office gives the person another card number
import csv
rows = list(csv.reader(open("people.csv", encoding="utf-8-sig")))
with open("numbers.csv", "w", encoding="utf-8-sig", newline="") as file:
    csv.writer(file).writerows([("证件号码", "卡号"), (rows[5][3], "A00000105")])
PY
