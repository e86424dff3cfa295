"""RapidOCR behind the protocol of ivendor-bench (see benches/src/side.rs).

usage: python -c "$(cat rapidocr_run.py)" THREADS

Paths come on standard input, a line each; an empty line asks for the group to be read. JSON goes
to standard output, a message a line.
"""
import json
import logging
import os
import sys
import time

# Whatever a library prints must not stand between the messages.
messages = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


def say(kind, body):
    messages.write(json.dumps({kind: body}) + "\n")
    messages.flush()


def main():
    threads = int(sys.argv[1])
    begin = time.perf_counter()
    import cv2
    import onnxruntime
    from importlib.metadata import version
    from rapidocr import RapidOCR

    logging.disable(logging.CRITICAL)
    imported = time.perf_counter()
    cv2.setNumThreads(threads)
    engine = RapidOCR(params={"EngineConfig.onnxruntime.intra_op_num_threads": threads})
    # It would load each network at its first use, inside the time of the first document.
    engine._load_det_model(), engine._load_cls_model(), engine._load_rec_model()
    details = {
        "onnxruntime": onnxruntime.__version__,
        "opencv": cv2.__version__,
        "python": sys.version.split()[0],
        "threads": str(threads),
        "import_s": f"{imported - begin:.3f}",
    }
    load_s = time.perf_counter() - imported
    say("ready", {"name": "rapidocr", "version": version("rapidocr"), "details": details,
                  "load_s": load_s})
    group = []
    for line in sys.stdin:
        path = line.rstrip("\n")
        if path:
            group.append(path)
            continue
        for path in group:
            say("document", read(engine, path))
        say("done", {})
        group = []


def read(engine, path):
    try:
        lines = [str(text) for text in engine(path).txts or []]
        return {"lines": lines, "pages": 1}
    except Exception as error:  # a broken document must not end the comparison
        return {"lines": [], "pages": 0, "error": f"{type(error).__name__}: {error}"}


main()
