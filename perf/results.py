# SPDX-License-Identifier: BSD-3-Clause
"""Reads the JSON of the benchmarks (perf/README.md), for aims, compare and plot."""

import json
import os
import sys

FORMAT = "sotto-bench-1"


class Unreadable(Exception):
    """A folder or a file that is no result, and why."""


def load_file(path):
    try:
        with open(path, encoding="utf-8") as f:
            result = json.load(f)
    except (OSError, ValueError) as e:
        raise Unreadable(f"{path}: {e}") from e
    if not isinstance(result, dict) or result.get("format") != FORMAT:
        raise Unreadable(f"{path}: not of the form {FORMAT}")
    return result


def load(folder):
    """The results of a folder by the names of their files, without .json."""
    try:
        names = sorted(n for n in os.listdir(folder) if n.endswith(".json"))
    except OSError as e:
        raise Unreadable(str(e)) from e
    if not names:
        raise Unreadable(f"{folder}: no results")
    return {name[:-len(".json")]: load_file(os.path.join(folder, name)) for name in names}


def rows(result, name=None, where=None):
    """The measured rows of a name that have all of these parameters; of any when None."""
    for row in result["rows"]:
        if "skipped" in row or (name is not None and row["name"] != name):
            continue
        own = row["parameters"]
        if all(own.get(key) == value for key, value in (where or {}).items()):
            yield row


def key(row):
    """What names a row within its result."""
    return row["name"], tuple(sorted(row["parameters"].items()))


def label(row):
    """The same for people."""
    values = (str(v) for v in row["parameters"].values())
    return " ".join([row["name"], *(v for v in values if v)])


def ratio(row, against):
    """The row's ratio against that, or None."""
    return next((r for r in row["ratios"] if r["against"] == against), None)


def machine_text(result):
    machine = result["machine"]
    flags = machine["flags"].split()
    wide = "AVX-512 with VAES" if {"avx512f", "vaes"} <= set(flags) else "no AVX-512"
    return f"{machine['cpu']}, {wide}, {machine['compiler']}, {machine['build']} build"


def run(main):
    """Ends the program as main says; what cannot be read ends it with 2."""
    try:
        status = main()
        sys.stdout.flush()
        sys.exit(status)
    except BrokenPipeError:  # such as of head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Unreadable as e:
        print(f"{os.path.basename(sys.argv[0])}: {e}", file=sys.stderr)
        sys.exit(2)
