"""Shows how the demo's requests are worked off, until each has its verdict.

usage: demo_watch.py COUNT WORKER COMMAND...

Runs COMMAND, which prints a line of JSON a second (ivendor-backfill status --watch --json), and
ends it. Exit code 1 where the process WORKER ended first.
"""
import json
import os
import subprocess
import sys
import time

# Seconds between two lines where the output is no terminal.
SAY_EVERY_S = 5


def is_there(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # A child that ended and was not asked about counts as there.
    with open(f"/proc/{process}/stat", encoding="utf-8") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


def text(count, done, began):
    took = time.monotonic() - began
    left = f", about {took / done * (count - done):.0f} s left" if done else ""
    return f"{done} of {count} documents have their verdict, after {took:.0f} s{left}"


def main():
    count, worker, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    began = said = time.monotonic()
    live = sys.stderr.isatty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as status:
        for line in status.stdout:
            told = json.loads(line)
            done = sum((told["decisions"] or {}).values())
            is_done = done >= count and told["lag"] == 0
            if live:
                print(f"\r{text(count, done, began)}   ", end="", file=sys.stderr, flush=True)
            elif is_done or time.monotonic() - said >= SAY_EVERY_S:
                print(text(count, done, began), file=sys.stderr, flush=True)
                said = time.monotonic()
            if is_done or not is_there(worker):
                break
        else:
            is_done = False
        status.kill()
    if live:
        print(file=sys.stderr)
    sys.exit(0 if is_done else 1)


if len(sys.argv) < 4:
    sys.exit(__doc__)
main()
