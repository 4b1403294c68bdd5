"""A few thousand worlds that nobody ran before.

The seeds follow from the commit, so that a red run can be repeated by everybody who has it; each commit has others.
TIDEMARK_FIRST_SEED overrides them. Without git they are random; the soak prints its first seed in any case.
"""
import os
import pathlib
import subprocess
import sys

SEEDS = 2_000
ROOT = pathlib.Path(__file__).resolve().parents[2]


def first_seed():
    if "TIDEMARK_FIRST_SEED" in os.environ:
        return int(os.environ["TIDEMARK_FIRST_SEED"])
    head = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    name = head.stdout.strip() if head.returncode == 0 else os.urandom(8).hex()
    return 1_000_000 + int(name[:8], 16)


def main():
    seeds = sys.argv[1] if len(sys.argv) > 1 else str(SEEDS)
    # One process: the tests beside this one have the other core.
    command = [os.environ["TIDEMARK_SIM_BIN"], "soak", "--seeds", seeds, "--jobs", "1", "--first", str(first_seed())]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
