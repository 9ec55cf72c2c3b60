#!/usr/bin/env python3
"""Runs parts of the suite on one control plane; see run.sh."""
import argparse
import os
import signal
import subprocess
import sys
import traceback

import faults
import figures
import rolls
import scenarios
from plane import Plane, say

PARTS = {"scenarios": None, **figures.PARTS, **faults.PARTS, **rolls.PARTS}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help="scenarios (default) or " + ", ".join(p for p in PARTS if p != "scenarios"))
    parser.add_argument("--only", action="append", default=[], help="one scenario, by its name; may be given again")
    parser.add_argument("--minutes", type=int, default=90, help="gives up after so long (90)")
    parser.add_argument("--out", help="appends the tables to this file as well")
    parser.add_argument("--nodes", type=int, default=1000, help="nodes of the part cordon (1000)")
    parser.add_argument("--rounds", type=int, default=2, help="rounds of the parts cordon and owner (2)")
    parser.add_argument("--command", nargs=argparse.REMAINDER, help="runs a command with KUBECONFIG instead of the parts")
    options = parser.parse_args()
    parts = options.parts or ["scenarios"]
    unknown = set(parts) - set(PARTS)
    if unknown:
        parser.error(f"no part {', '.join(sorted(unknown))}; allowed: {', '.join(PARTS)}")
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"not done within {options.minutes} minutes"))
    signal.alarm(options.minutes * 60)
    say("starts etcd, kube-apiserver, kube-controller-manager, kube-scheduler and the kubelets' stand-in")
    plane = Plane()
    if options.command:
        return subprocess.run(options.command, env={**os.environ, "KUBECONFIG": str(plane.kubeconfig)}).returncode
    failed = 0
    for part in parts:
        say(f"{part} begins")
        try:
            if part == "scenarios":
                results = scenarios.Suite(plane, plane.launch("scenarios")).run(options.only)
                text, right = scenarios.table(results), not any(r["wrong"] for r in results)
            else:
                text, right = PARTS[part](plane, options)
        except Exception:  # noqa: BLE001 - the other parts go on
            traceback.print_exc()
            text, right = f"{part}: did not end", False
        say(f"{part}: {'as it should be' if right else 'WRONG'}")
        print(text, flush=True)
        if options.out:
            with open(options.out, "a") as out:
                out.write(f"### {part}\n\n{text}\n\n")
        failed += not right
        plane.end_replicas()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
