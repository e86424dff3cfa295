"""Makes one report of what scripts/gpu-check has measured, as JSON on standard output.

usage: python3 scripts/gpu_report.py FOLDER DEVICE

FOLDER holds what the steps left; DEVICE is what its files are called after.
"""

import json
import pathlib
import sys

SCHEMA = "ivendor.gpu_check/1"
STAGES = ("fetch", "decode", "detect", "recognise", "check", "total")
# How the emulated device calls itself.
EMULATED = "emulated"


def text(path):
    return path.read_text(encoding="utf-8").strip() if path.exists() else None


def verdicts(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def main(folder, device):
    folder = pathlib.Path(folder)
    of_device = verdicts(folder / f"{device}.jsonl")
    devices = sorted({verdict["provenance"]["device"] for verdict in of_device})
    emulated = any(EMULATED in name for name in devices)
    label = "emulated" if emulated else "cpu" if device == "cpu" else "measured on a GPU"
    report = {
        "schema": SCHEMA,
        "label": label,
        "devices": devices,
        "dtypes": sorted({verdict["provenance"]["dtype"] for verdict in of_device}),
        "canary": text(folder / "device.txt"),
        "documents": len(of_device),
        "fallbacks": sum(verdict["provenance"]["fallback"] for verdict in of_device),
        "parity": text(folder / "parity.txt"),
        "stages_ms": {
            stage: sum(verdict["timings_ms"][stage] for verdict in of_device) for stage in STAGES
        },
        "operations": text(folder / f"{device}.txt"),
        "throughput": json.loads(text(folder / "throughput.json")),
    }
    json.dump(report, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main(*sys.argv[1:])
