"""Makes requests of real receipts: a copy of each picture, and what is known of it as claims.

usage: python3 scripts/cuda_receipts.py RECEIPTS OUT NAME...

RECEIPTS has `images/NAME.jpg` and `fields/NAME.json`, with company, address, total and date
(day/month/year). OUT gets `requests.jsonl` and the pictures.
"""

import json
import re
import shutil
import sys
from pathlib import Path


DATE = re.compile("([0-9]{2})/([0-9]{2})/([0-9]{4})")


def claims(fields):
    kept = {key: fields[key] for key in ("company", "address", "total") if fields.get(key)}
    # One in another form is left out.
    if date := DATE.fullmatch(fields.get("date", "")):
        day, month, year = date.groups()
        kept["date"] = f"{year}-{month}-{day}"
    return kept


def request(name, fields):
    return {
        "schema": "ivendor.verification.request/1",
        "tenant_id": "receipts",
        "vendor_id": "vendor",
        "document_id": name,
        "document_type": "receipt",
        "uri": f"documents/{name}.jpg",
        "claims": claims(fields),
        "submitted_at": "2026-01-30T12:00:00Z",
        "priority": "normal",
    }


def main(receipts, out, names):
    (out / "documents").mkdir(parents=True, exist_ok=True)
    with open(out / "requests.jsonl", "w", encoding="utf-8") as requests:
        for name in names:
            shutil.copyfile(receipts / "images" / f"{name}.jpg", out / "documents" / f"{name}.jpg")
            fields = json.loads((receipts / "fields" / f"{name}.json").read_text(encoding="utf-8"))
            print(json.dumps(request(name, fields)), file=requests)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
