"""Holds kernels to kernels/limits.toml.

usage: python3 scripts/cuda_limits.py kernels/limits.toml REPORT...

A report is what `ptxas -v` said of one source. Prints a line for each kernel and chip that takes
more than it may, and a summary; the exit code is 1 where there is one.
"""

import re
import sys
import tomllib

FUNCTION = re.compile(r"Compiling entry function '(\w+)' for '(\w+)'")
STACK = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
USED = re.compile(r"Used (\d+) registers")
SHARED = re.compile(r"(\d+) bytes smem")


def kernels(report):
    """Yields (kernel, chip, what it takes) for each kernel that a report names."""
    name, chip, stack, spill = None, None, 0, 0
    for line in report.splitlines():
        if found := FUNCTION.search(line):
            name, chip = found.groups()
        elif found := STACK.search(line):
            stack = int(found[1])
            spill = int(found[2]) + int(found[3])
        elif (found := USED.search(line)) and name:
            shared = SHARED.search(line)
            yield name, chip, {
                "registers": int(found[1]),
                "spill_bytes": spill,
                "stack_bytes": stack,
                "shared_bytes": int(shared[1]) if shared else 0,
            }
            name = None


def main(limits_path, *report_paths):
    with open(limits_path, "rb") as file:
        limits = tomllib.load(file)
    count, broken, seen, worst = 0, [], set(), 0
    for path in report_paths:
        with open(path, encoding="utf-8") as file:
            report = file.read()
        for name, chip, taken in kernels(report):
            count += 1
            seen.add(name)
            worst = max(worst, taken["registers"])
            allowed = limits["default"] | limits.get(name, {})
            broken += [
                f"{name} on {chip}: {key} {value}, allowed {allowed[key]}"
                for key, value in taken.items()
                if value > allowed[key]
            ]
    broken += [f"limits.toml: there is no kernel {name}" for name in limits.keys() - seen
               if name != "default"]
    if count == 0:
        broken.append("the reports name no kernel")
    for line in broken:
        print(line, file=sys.stderr)
    print(f"{len(seen)} kernels, {count} with the chips, at most {worst} registers, "
          f"{len(broken)} above their limits", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
