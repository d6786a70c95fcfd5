# SPDX-License-Identifier: BSD-3-Clause
"""Rows of results as the C benchmarks write them (perf/README.md): printed table and JSON."""

import json
import os
import platform
import statistics
import subprocess
import time

import results

# what a crypto library looks at; the same words as perf/machine.c
FLAGS = ("hypervisor aes pclmulqdq avx avx2 sha_ni avx512f avx512vl gfni vaes vpclmulqdq").split()


def spread(values):
    """The six numbers of a row."""
    lower, median, upper = (statistics.quantiles(values, n=4, method="inclusive")
                            if len(values) > 1 else values * 3)
    return {"median": median, "lower": lower, "upper": upper, "min": min(values),
            "max": max(values), "n": len(values)}


def _value_of(path, key):
    with open(path, encoding="utf-8") as f:
        return next((line.partition(":")[2].strip() for line in f if line.startswith(key)), "")


def first_line(*command):
    """What a program says first."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout.strip().partition("\n")[0] or "unknown"


def _compiler(build):
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as f:
        return first_line(json.load(f)[0]["command"].split()[0], "--version")


def _buildtype(build):
    with open(os.path.join(build, "meson-info", "intro-buildoptions.json"),
              encoding="utf-8") as f:
        return next(o["value"] for o in json.load(f) if o["name"] == "buildtype")


def machine(core, build):
    """The member "machine"."""
    flags = _value_of("/proc/cpuinfo", "flags").split()
    return {"cpu": _value_of("/proc/cpuinfo", "model name"),
            "flags": " ".join(flag for flag in FLAGS if flag in flags),
            "kernel": f"{platform.system()} {platform.release()}", "compiler": _compiler(build),
            "build": _buildtype(build), "load_at_start": os.getloadavg()[0], "core": core,
            "cores": os.cpu_count(),
            "memory": int(_value_of("/proc/meminfo", "MemTotal").split()[0]) * 1024}


class Report:
    """Collects rows, prints each as it comes, and writes the JSON."""

    def __init__(self, bench, clock, commit, described):
        self.result = {"format": results.FORMAT, "bench": bench,
                       "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                       "clock": clock, "commit": commit, "machine": described, "versions": {},
                       "parameters": {}, "rows": []}
        print(f"processor {described['cpu']}, gateway on core {described['core']} of "
              f"{described['cores']} ({described['flags']})")
        print(f"system    {described['kernel']}, compiler {described['compiler']}, build "
              f"{described['build']}, load {described['load_at_start']:.2f}")

    def set(self, member, name, value):
        """A version or a parameter."""
        self.result[member][name] = value
        print(f"{name:<9} {value}")

    def row(self, name, parameters, unit, values=(), note=None, skipped=None, against=None):
        """values: one for each round; against: {name: values of another row}, round by round."""
        row = {"name": name, "parameters": parameters, "unit": unit}
        if note:
            row["note"] = note
        if skipped:
            row["skipped"] = skipped
        else:
            row.update(spread(list(values)))
            row["ratios"] = [
                {"against": other, **spread([a / b for a, b in zip(values, others)])}
                for other, others in (against or {}).items() if others]
        self.result["rows"].append(row)
        print(text_of(row), flush=True)

    def save(self, path):
        with open(path, "w", encoding="utf-8") as f:
            json.dump(self.result, f, indent=1)
            f.write("\n")


def number(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}"


def text_of(row):
    head = f"{row['name']:<11} " + " ".join(
        f"{str(value):<{width}}" for value, width in zip(row["parameters"].values(), (10, 24)))
    if "skipped" in row:
        return f"{head:<48} skipped: {row['skipped']}"
    text = f"{head:<48} {number(row['median']):>11}"
    if row["n"] > 1:
        text += f" [{number(row['lower'])}..{number(row['upper'])}]"
    text += f" {row['unit']}"
    for ratio in row["ratios"]:
        text += f", {ratio['median']:.2f} times {ratio['against']}"
    return text + (f"; {row['note']}" if "note" in row else "")
