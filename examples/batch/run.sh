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
sscard station tray tray-1 --batch B0001
sscard station ssse --batch B0001 --readers tray:tray-1 --name SSSE-1 --no-first-article
finished B0001 -1 11

# The final check refuses a card: it is given up, and the flow starts again for that person
sscard batch spoil A00000005 --reason 卡面划伤
sscard station destroy BODY-1004 --by 07 --witness 08
sscard batch spoiled B0001 --out spoiled.txt --sheet spoiled.html
"$python" "$here/card_number.py" people.csv 5 A00000105 >numbers.csv
sscard batch card-numbers B0001 --from numbers.csv
made B0001 -2 21
"$python" "$here/supplier.py" print-file-2.txt bodies-2.csv BODY-2
sscard batch bodies bodies-2.csv --batch B0001 --lot TEST-GEN2
sscard station tray tray-2 --batch B0001
sscard station ssse --batch B0001 --readers tray:tray-2 --name SSSE-1 --no-first-article
finished B0001 -2 1

# Finished cards: the bank's accounts, return data, boxes, labels, receipt sheet
sscard batch purge B0001
sscard batch account-opening B0001 --out account-opening.txt
sscard batch number-list B0001 --out number-list.txt
sscard batch return-data B0001 --out return-data.txt
sscard batch deliver B0001 --out deliver.txt --sheet deliver.html --box 5
sscard batch received B0001 deliver.txt --layout hand-over-finished --counted 11 --party bank
sscard batch labels B0001 --out labels.txt --sheet labels.html --box 5
sscard batch receipts B0001 --out receipts.txt --sheet receipts.html

# People come to the window; one does not, one loses the card and gets another
for card in 001 002 004 105 006 007 008 009 010 011; do
    sscard batch collect A00000$card --place 一街窗口
done
sscard batch activate A00000001 --use social --use account --use pin --place 一街窗口
sscard batch late B0001 --before 2099-01-01
sscard batch overdue B0001 --out overdue.txt --sheet overdue.html
sscard batch late B0001 --before 2099-01-01 --recover
sscard batch lose A00000002
sscard batch replace A00000002 --fee 20 --unit U002 --card-number A00000202
sscard batch make --round 2026-1 --unit U002 --bank 测试城市银行 --flow replacement --number B0002
made B0002 -3 31

# One card of the batch is looked at once more and signed
sscard station check A00000001 --what final --by 09

# The end: the books balance, which the lists have kept, and the batch is closed
sscard batch close B0001
sscard report batch B0001 --html batch-report.html
sscard report progress --html progress.html
sscard report fees --from 2000-01-01 --to 2099-12-31 --html fees.html
sscard report stock --html stock.html
sscard batch status
sscard batch show B0001
