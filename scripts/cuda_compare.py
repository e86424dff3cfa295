"""Compares the verdicts of two devices on the same documents.

usage: python3 scripts/cuda_compare.py [--fallback some] [--confidence-max X] CPU.jsonl OTHER.jsonl

Decisions and reasons must be the same, the texts of nearly all lines where both tell them, and no
confidence may differ by more than the bound below. No document may have been computed by another
device than was asked for; with `--fallback some` one was, or more. The exit code is 1 where it is
not so.
"""

import argparse
import difflib
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


def compare(name, cpu, other, confidence_max):
    """Yields what is not the same."""
    for key in ("decision", "reasons"):
        if cpu[key] != other[key]:
            yield f"{name}: {key} {cpu[key]} on the CPU, {other[key]} on the device"
    difference = abs(cpu["confidence"] - other["confidence"])
    if difference > confidence_max:
        yield f"{name}: confidence differs by {difference:.4f}"


def wrong_devices(fallback, other):
    """What is wrong with who computed them, or None."""
    count = sum(verdict["provenance"].get("fallback", False) for verdict in other.values())
    fits = {"none": count == 0, "some": count > 0}[fallback]
    said = f"{count} of {len(other)} documents were computed by another device than asked for"
    return None if fits else f"{said}, {fallback} should be"


def main(arguments):
    cpu, other = read(arguments.cpu), read(arguments.other)
    problems, same, count, worst = [], 0, 0, 0.0
    if not cpu or cpu.keys() != other.keys():
        problems.append("the two files do not hold the same documents")
    for name in cpu.keys() & other.keys():
        problems += compare(name, cpu[name], other[name], arguments.confidence_max)
        worst = max(worst, abs(cpu[name]["confidence"] - other[name]["confidence"]))
        if "pages" not in cpu[name] or "pages" not in other[name]:
            continue
        of_cpu, of_other = lines(cpu[name]), lines(other[name])
        count += max(len(of_cpu), len(of_other))
        blocks = difflib.SequenceMatcher(None, of_cpu, of_other, False).get_matching_blocks()
        same += sum(block.size for block in blocks)
    is_whole = arguments.fallback == "none"
    if same < SAME_LINES_MIN * count or is_whole and count == 0:
        problems.append(f"only {same} of {count} lines have the same text")
    problems += filter(None, [wrong_devices(arguments.fallback, other)])
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(cpu)} documents, {same} of {count} lines with the same text, confidence differs "
          f"by at most {worst:.6f}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--fallback", choices=["none", "some"], default="none")
    parser.add_argument("--confidence-max", type=float, default=CONFIDENCE_MAX)
    parser.add_argument("cpu")
    parser.add_argument("other")
    sys.exit(main(parser.parse_args()))
