"""Compares the verdicts of two devices on the same documents.

usage: python3 scripts/cuda_compare.py CPU.jsonl OTHER.jsonl

Decisions and reasons must be the same, the texts of nearly all lines, and no confidence may differ
by more than the bound below; the exit code is 1 where they do not.
"""

import json
import sys

# Halves have eleven bits: a confidence near a threshold may move, and no further than this.
CONFIDENCE_MAX = 0.02
# The part of the lines whose text must be the same.
SAME_LINES_MIN = 0.99


def read(path):
    with open(path, encoding="utf-8") as file:
        verdicts = [json.loads(line) for line in file if line.strip()]
    return {verdict["document_id"]: verdict for verdict in verdicts}


def lines(verdict):
    return [line["text"] for page in verdict.get("pages", []) for line in page.get("lines", [])]


def compare(name, cpu, other):
    """Yields what is not the same."""
    for key in ("decision", "reasons"):
        if cpu[key] != other[key]:
            yield f"{name}: {key} {cpu[key]} on the CPU, {other[key]} on the device"
    difference = abs(cpu["confidence"] - other["confidence"])
    if difference > CONFIDENCE_MAX:
        yield f"{name}: confidence differs by {difference:.4f}"
    if other["provenance"].get("fallback"):
        yield f"{name}: computed by another device than was asked for"


def main(cpu_path, other_path):
    cpu, other = read(cpu_path), read(other_path)
    problems, same, count, worst = [], 0, 0, 0.0
    if not cpu or cpu.keys() != other.keys():
        problems.append("the two files do not hold the same documents")
    for name in cpu.keys() & other.keys():
        problems += compare(name, cpu[name], other[name])
        worst = max(worst, abs(cpu[name]["confidence"] - other[name]["confidence"]))
        of_cpu, of_other = lines(cpu[name]), lines(other[name])
        count += max(len(of_cpu), len(of_other))
        same += sum(a == b for a, b in zip(of_cpu, of_other))
    if count == 0 or same < SAME_LINES_MIN * count:
        problems.append(f"only {same} of {count} lines have the same text")
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(cpu)} documents, {same} of {count} lines with the same text, confidence differs "
          f"by at most {worst:.4f}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
