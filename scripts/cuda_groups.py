"""What a run on the emulated device would have launched with larger groups of documents.

usage: python3 scripts/cuda_groups.py --documents N --lines-calls X --orientation-calls Y \\
           START.json ONE.json RUN.json >COUNTS.json

The three reports (EMU_REPORT) are those of a run on no document, on one, and on N. From them comes
how often each kernel, and a product, is launched by a call of the detector, of the recogniser and
of the classifier of orientation, since those numbers are fixed. What a document takes of calls in
larger groups is given: X of the recogniser and Y of the classifier; of the detector it is one, as
if no two pages had the same size. Bytes and operations are those of the run; only the weights are
read less often. The start is taken away. Write the counts to a file for `ivendor-bench gpu-model`.
"""

import argparse
import json
import sys
from fractions import Fraction

# The kernel of which each call of a network launches one.
CALLS = ("conv_parts", "ctc_ranges", "bdiv_f32")


def launches(report, name):
    return sum(kernel["launches"] for kernel in report["kernels"] if kernel["name"] == name)


def determinant(m):
    return sum(
        m[0][i] * (m[1][(i + 1) % 3] * m[2][(i + 2) % 3] - m[1][(i + 2) % 3] * m[2][(i + 1) % 3])
        for i in range(3)
    )


def per_call(calls, totals):
    """How many of something each kind of call makes, by Cramer's rule."""
    whole = determinant(calls)
    if whole == 0:
        sys.exit("error: the three runs do not tell the calls apart; take other documents")

    def column(i):
        return [[t if j == i else c for j, c in enumerate(row)] for row, t in zip(calls, totals)]

    return [determinant(column(i)) / whole for i in range(3)]


def main(arguments):
    reports = []
    for path in arguments.reports:
        with open(path, encoding="utf-8") as file:
            reports.append(json.load(file))
    start, _, run = reports
    calls = [[Fraction(launches(report, name)) for name in CALLS] for report in reports]
    wanted = [1, Fraction(arguments.lines_calls), Fraction(arguments.orientation_calls)]
    wanted = [of_document * arguments.documents for of_document in wanted]

    def in_groups(totals):
        return float(sum(a * b for a, b in zip(per_call(calls, totals), wanted)))

    before = {kernel["name"]: kernel for kernel in start["kernels"]}
    for kernel in run["kernels"]:
        name = kernel["name"]
        kernel["launches"] = max(0, in_groups([launches(report, name) for report in reports]))
        for key in kernel.keys() - {"name", "launches"}:
            kernel[key] -= before.get(name, {}).get(key, 0)
    products = in_groups([report["gemms"] for report in reports])
    share = products / (run["gemms"] - start["gemms"])
    for product in run["products"]:
        product["count"] *= share
        product["n"] /= share
    for key in ("h2d", "h2d_bytes", "d2h", "d2h_bytes"):
        run[key] -= start[key]
    json.dump(run, sys.stdout)
    total = sum(kernel["launches"] for kernel in run["kernels"])
    print(f"a document: {total / arguments.documents:.0f} launches and "
          f"{products / arguments.documents:.0f} products", file=sys.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--documents", type=int, required=True)
    parser.add_argument("--lines-calls", required=True)
    parser.add_argument("--orientation-calls", required=True)
    parser.add_argument("reports", nargs=3)
    main(parser.parse_args())
