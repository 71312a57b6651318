#!/usr/bin/env python3
"""Runs a sweep in shards by Ray, and joins their files. Run again, it goes on.

SIXFOLD names the program, if it is not on PATH. RAY_ADDRESS names the cluster; without it, Ray
starts on this machine.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import ray

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("out", type=Path, metavar="OUT.csv")
parser.add_argument("shards", type=int, metavar="SHARDS")
parser.add_argument("scenario", metavar="SCENARIO.toml")
parser.add_argument(
    "sweep", nargs=argparse.REMAINDER, metavar="--param PATH=V1,V2,... [--seeds A..B]"
)
args = parser.parse_args()
if args.shards < 1:
    parser.error("expected at least one shard")

shards = range(1, args.shards + 1)
parts = Path(f"{args.out}.shards")
parts.mkdir(parents=True, exist_ok=True)
sixfold = os.environ.get("SIXFOLD", "sixfold")
folder = os.getcwd()


# A shard that fails is tried again, and goes on where it ended.
@ray.remote(num_cpus=1, max_retries=2, retry_exceptions=True)
def run(shard):
    part = ["--shard", f"{shard}/{len(shards)}", "--out", f"{parts}/{shard}.csv"]
    command = [sixfold, "sweep", args.scenario, *args.sweep, *part]
    status = subprocess.run(command, cwd=folder).returncode
    # With 0 a shard is done, and with 1, too: then a row tells of an invariant that did not hold.
    if status not in (0, 1):
        raise RuntimeError(f"shard {shard} ended with {status}")
    return status


ray.init()
statuses = []
for task in [run.remote(shard) for shard in shards]:
    try:
        statuses.append(ray.get(task))
    except ray.exceptions.RayError as error:
        print(str(error).splitlines()[-1], file=sys.stderr)
if len(statuses) != len(shards):
    print(f"{len(statuses)} of {len(shards)} shards are done; run again, it goes on", file=sys.stderr)
    sys.exit(2)

whole = parts / "all.csv"
with whole.open("wb") as file:
    for shard in shards:
        with (parts / f"{shard}.csv").open("rb") as part:
            shutil.copyfileobj(part, file)
whole.replace(args.out)
violated = sum(statuses)
print(f"{args.out}: {len(shards)} shards, {violated} of them with a violation")
sys.exit(violated > 0)
