# SPDX-License-Identifier: BSD-3-Clause
"""What the lints share: which files there are, how a finding looks, how a lint ends."""

import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CODE = ("app", "lib", "drivers", "tests", "perf")

OK, FOUND, SKIPPED = 0, 1, 77  # exit statuses of every lint; 77 is Meson's "skipped" too


class Report:
    """Collects findings; end() prints them and leaves with the right status."""

    def __init__(self, about):
        self.about = about
        self.findings = []

    def add(self, path, line, text):
        self.findings.append((path, line, text))

    def end(self, behind=()):
        """Prints the findings, or what was looked at. behind: what the build lacks or has old."""
        for path, line, text in sorted(self.findings):
            print(f"{path}:{line}: {text}")
        if self.findings:
            sys.exit(FOUND)
        if behind:
            skip(f"the build is behind, run ninja first: {' '.join(behind)}")
        print(self.about)
        sys.exit(OK)


def skip(reason):
    """Leaves with the status that says: nothing was checked, and why."""
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def files(folders, endings):
    """Paths, relative to the root, of the files below folders whose names end so; sorted.

    The tree itself is read, not git's index: a file that is not added yet is checked too.
    """
    found = []
    for folder in folders:
        for base, subfolders, names in os.walk(os.path.join(ROOT, folder)):
            subfolders[:] = [s for s in subfolders if s != "__pycache__"]
            found += [os.path.join(base, n) for n in names if n.endswith(endings)]
    return sorted(os.path.relpath(path, ROOT) for path in found)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def first_line(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as f:
        return f.readline().rstrip("\n")


def code_only(text):
    """C text with comments and the insides of strings blanked out; lines stay where they are."""

    def blank(match):
        kept = "".join("\n" if c == "\n" else " " for c in match.group(0))
        return '"' + kept[1:-1] + '"' if match.group(0)[0] == '"' else kept

    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)


def build_directory(argument):
    """The build to look into: the argument, else $SOTTO_BUILD, else build/. Skips when unfit."""
    path = argument or os.environ.get("SOTTO_BUILD") or os.path.join(ROOT, "build")
    path = os.path.abspath(path)
    if not os.path.isdir(path):
        skip(f"no build in {path}; make one with: meson setup build && ninja -C build")
    altered = altering_options(path)
    if altered:
        skip(f"{path} is built with {' and '.join(altered)}, so its objects show other symbols")
    return path


def altering_options(build):
    """The options of a Meson build directory that add symbols of their own or hide ours."""
    options = os.path.join(build, "meson-info", "intro-buildoptions.json")
    if not os.path.exists(options):
        return []
    with open(options, encoding="utf-8") as f:
        value = {option["name"]: option["value"] for option in json.load(f)}
    return [name for name in ("b_sanitize", "b_coverage", "b_lto")
            if value.get(name) not in (None, False, "none", [])]


def place(source, name):
    """The line of a source that names the symbol first; 1 when a header or the compiler does."""
    word = re.compile(rf"^(?!\s*#\s*include).*\b{re.escape(name)}\b")
    lines = code_only(read(source)).splitlines()
    return next((number for number, line in enumerate(lines, 1) if word.search(line)), 1)


def objects(build, folders):
    """(source, object) pairs below folders, and the sources that are newer than their object.

    Meson puts lib/rtp/rtp.c into lib/rtp/<target>.p/rtp.c.o. A source without an object is not
    part of this build (a variant for another version, or an option that is off).
    """
    pairs, stale = [], []
    for source in files(folders, (".c",)):
        folder, name = os.path.split(source)
        for obj in targets(os.path.join(build, folder), name + ".o"):
            pairs.append((source, obj))
            if os.path.getmtime(obj) < os.path.getmtime(os.path.join(ROOT, source)):
                stale.append(source)
    return pairs, stale


def targets(folder, name):
    """The files of that name in Meson's private directories of static libraries in folder."""
    if not os.path.isdir(folder):
        return []
    private = [os.path.join(folder, p) for p in os.listdir(folder) if p.endswith(".a.p")]
    return sorted(f for f in (os.path.join(p, name) for p in private) if os.path.exists(f))


def run(*command):
    """The lines that a command of the binutils prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()
