"""Puts the demo's verdicts beside what is known to be true of its documents.

usage: demo_truth.py first-false FOLDER    the first request with a false claim, as it stands
       demo_truth.py summary FOLDER        how many true, false and forged ones were decided
                                    how, and how many wrongly
"""
import json
import pathlib
import sys

DECISIONS = ("accept", "review", "reject")


def lines(path):
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def by_document(path):
    return {entry["document_id"]: entry for entry in map(json.loads, lines(path))}


KINDS = {
    "true": "all claims true",
    "false": "one claim or more false",
    "forged": "forged",
}


def kind(request, truths):
    """Forged, or whether each claim is what the document was drawn with."""
    truth = truths[request["document_id"]]
    if truth.get("forgery"):
        return "forged"
    return "true" if truth["label"] else "false"


def first_false(folder):
    truths = by_document(folder / "truth.jsonl")
    requests = lines(folder / "requests.jsonl")
    untrue = (line for line in requests if kind(json.loads(line), truths) == "false")
    print(next(untrue, requests[0]))


def summary(folder):
    truths = by_document(folder / "truth.jsonl")
    verdicts = by_document(folder / "verdicts.jsonl")
    counts = {name: dict.fromkeys(DECISIONS, 0) for name in KINDS}
    for request in map(json.loads, lines(folder / "requests.jsonl")):
        decision = verdicts[request["document_id"]]["decision"]
        counts[kind(request, truths)][decision] += 1
    print(f"{'':24}" + "".join(f"{decision:>8}" for decision in DECISIONS))
    for name, title in KINDS.items():
        row = "".join(f"{counts[name][decision]:>8}" for decision in DECISIONS)
        print(f"{title:24}{row}")
    by_decision = {d: sum(counts[name][d] for name in KINDS) for d in DECISIONS}
    wrong = by_decision["accept"] - counts["true"]["accept"] + counts["true"]["reject"]
    decided = by_decision["accept"] + by_decision["reject"]
    of = sum(by_decision.values())
    print(f"decided without a person: {decided} of {of}, {wrong} of them wrong")


def main():
    commands = {"first-false": first_false, "summary": summary}
    if len(sys.argv) != 3 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](pathlib.Path(sys.argv[2]))


main()
