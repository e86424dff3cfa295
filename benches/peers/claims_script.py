"""What one would write instead of this project: RapidOCR's text, and rapidfuzz for each claim.
It speaks the protocol of ivendor-bench (see benches/src/side.rs).

usage: python -c "$(cat claims_script.py)" THREADS

A document and its sets of claims come on standard input, a line of JSON each:
{"path": …, "sets": [{key: value, …}, …]}; an empty line asks for the group to be scored. A message
goes out for each document: {"scored": {"scores": [0 to 1, …]}}. A set is as good as its weakest
claim.
"""
import json
import logging
import os
import re
import sys
import time
import unicodedata
from decimal import Decimal, InvalidOperation

# Whatever a library prints must not stand between the messages.
messages = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

PAGES_MAX = 20
RENDER_DPI = 150

# Two digits of cents, or thousands that are parted: anything else may be a number of any kind.
AMOUNT = re.compile(r"\d{1,3}(?:[ ,.']\d{3})+(?:[.,]\d{2})?(?!\d)|\d+[.,]\d{2}(?!\d)")
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
# A time often follows a year without a space.
NUMERIC_DATE = re.compile(
    r"(?<!\d)(\d{1,4})\s?[-/.\s]\s?(\d{1,2})\s?[-/.\s]\s?(\d{4}|\d{2}(?!\d))"
)
NAMED_DATE = re.compile(
    r"(?<!\d)(\d{1,2})[-/.\s,]{0,2}(" + "|".join(MONTHS) + r")[a-z]*[-/.\s,]{0,2}(\d{4}|\d{2})"
)
NAMED_FIRST = re.compile(
    r"(" + "|".join(MONTHS) + r")[a-z]*[-/.\s]{0,2}(\d{1,2})[-/.\s,]{1,2}(\d{4}|\d{2})(?!\d)"
)
# A claim of fewer characters stands on nearly every page by chance, inside a word.
SHORT = 4


def say(kind, body):
    messages.write(json.dumps({kind: body}) + "\n")
    messages.flush()


def main():
    threads = int(sys.argv[1])
    begin = time.perf_counter()
    import cv2
    import rapidfuzz
    from importlib.metadata import version
    from rapidocr import RapidOCR

    logging.disable(logging.CRITICAL)
    cv2.setNumThreads(threads)
    engine = RapidOCR(params={"EngineConfig.onnxruntime.intra_op_num_threads": threads})
    details = {"rapidfuzz": rapidfuzz.__version__, "python": sys.version.split()[0]}
    say("ready", {"name": "rapidocr and rapidfuzz", "version": version("rapidocr"),
                  "details": details, "load_s": time.perf_counter() - begin})
    group = []
    for line in sys.stdin:
        if line.strip():
            group.append(json.loads(line))
            continue
        for asked in group:
            say("scored", answer(engine, asked))
        say("done", {})
        group = []


def answer(engine, asked):
    try:
        page = Text(" ".join(lines(engine, asked["path"])))
    except Exception as error:  # a broken document must not end the comparison
        why = f"{type(error).__name__}: {error}"
        return {"scores": [0.0 for _ in asked["sets"]], "error": why}
    return {"scores": [min(map(page.score, s.values()), default=0.0) for s in asked["sets"]]}


def lines(engine, path):
    if not path.lower().endswith(".pdf"):
        return engine(path).txts or []
    import pypdfium2

    found = []
    with pypdfium2.PdfDocument(path) as document:
        for number in range(min(len(document), PAGES_MAX)):
            picture = document[number].render(scale=RENDER_DPI / 72).to_numpy()
            found.extend(engine(picture).txts or [])
    return found


class Text:
    """The text of a document, ready to be asked."""

    def __init__(self, text):
        self.text = plain(text)
        self.joined = self.text.replace(" ", "")
        self.amounts = {amount(found) for found in AMOUNT.findall(self.text)} - {None}
        self.dates = dates(self.text)

    def score(self, claim):
        """How surely the claim stands in the text, 0 to 1."""
        from rapidfuzz import fuzz

        claim = plain(claim)
        claimed_dates = dates(claim)
        # A page on which no date or amount was made out is compared by its letters alone.
        if claimed_dates and self.dates:
            return 1.0 if claimed_dates & self.dates else nearest(claimed_dates, self.dates)
        bare = re.sub(r"^(?:[a-z]{1,3}|[$€£¥])?\s?|\s?(?:[a-z]{3}|[$€£¥])?$", "", claim)
        if AMOUNT.fullmatch(bare) and self.amounts:
            wanted = amount(bare)
            return 1.0 if wanted in self.amounts else nearest({wanted}, self.amounts)
        if len(claim) < SHORT:
            return 1.0 if claim in self.text.split() else 0.0
        in_words = fuzz.partial_ratio(claim, self.text)
        in_letters = fuzz.partial_ratio(claim.replace(" ", ""), self.joined)
        return max(in_words, in_letters) / 100


def nearest(wanted, found):
    """How like the most similar one is, where none is the same."""
    from rapidfuzz import fuzz

    pairs = ((str(w), str(f)) for w in wanted for f in found)
    return max((fuzz.ratio(w, f) / 100 for w, f in pairs), default=0.0)


def plain(text):
    text = unicodedata.normalize("NFKC", text).lower()
    return " ".join(text.split())


def amount(text):
    """The value, whichever sign parts its cents; the last two digits behind a sign are cents."""
    whole, cents = text, "00"
    if re.search(r"[.,]\d{2}$", text):
        whole, cents = text[:-3], text[-2:]
    try:
        return Decimal(f"{re.sub('[^0-9]', '', whole)}.{cents}")
    except InvalidOperation:
        return None


def dates(text):
    """Every day that the text may mean, as (year, month, day): 3/4 is in March and in April."""
    found = set()
    for a, b, c in NUMERIC_DATE.findall(text):
        if len(a) == 4:
            found |= day(a, b, c)
        elif len(a) <= 2:
            found |= day(c, b, a) | day(c, a, b)
    for d, month, y in NAMED_DATE.findall(text):
        found |= day(y, MONTHS.index(month) + 1, d)
    for month, d, y in NAMED_FIRST.findall(text):
        found |= day(y, MONTHS.index(month) + 1, d)
    return found


def day(year, month, number):
    year, month, number = int(year), int(month), int(number)
    year += 2000 if year < 70 else 1900 if year < 100 else 0
    possible = 1900 <= year <= 2100 and 1 <= month <= 12 and 1 <= number <= 31
    return {(year, month, number)} if possible else set()


main()
