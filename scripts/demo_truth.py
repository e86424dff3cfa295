"""Puts the demo's verdicts beside what is known to be true of its documents.

usage: demo_truth.py first-false FOLDER    the first request with a false claim, as it stands
       demo_truth.py summary FOLDER        how many true and false documents were decided how
"""
import json
import pathlib
import sys

DECISIONS = ("accept", "review", "reject")


def lines(path):
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def by_document(path):
    return {entry["document_id"]: entry for entry in map(json.loads, lines(path))}


def is_true(request, truths):
    """Whether each claim is what the document was drawn with."""
    true = truths[request["document_id"]]["claims"]
    return all(true.get(key) == value for key, value in request["claims"].items())


def first_false(folder):
    truths = by_document(folder / "truth.jsonl")
    requests = lines(folder / "requests.jsonl")
    untrue = (line for line in requests if not is_true(json.loads(line), truths))
    print(next(untrue, requests[0]))


def summary(folder):
    truths = by_document(folder / "truth.jsonl")
    verdicts = by_document(folder / "verdicts.jsonl")
    counts = {kind: dict.fromkeys(DECISIONS, 0) for kind in (True, False)}
    for request in map(json.loads, lines(folder / "requests.jsonl")):
        decision = verdicts[request["document_id"]]["decision"]
        counts[is_true(request, truths)][decision] += 1
    print(f"{'':24}" + "".join(f"{decision:>8}" for decision in DECISIONS))
    for kind, name in ((True, "all claims true"), (False, "one claim or more false")):
        row = "".join(f"{counts[kind][decision]:>8}" for decision in DECISIONS)
        print(f"{name:24}{row}")


def main():
    commands = {"first-false": first_false, "summary": summary}
    if len(sys.argv) != 3 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](pathlib.Path(sys.argv[2]))


main()
