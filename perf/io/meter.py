# SPDX-License-Identifier: BSD-3-Clause
"""Processor time of programs, cores and poll loops over a stretch of time.

A thread notes the kernel's counters a few times a second. They grow evenly while a trial lasts, so
what was used between two moments is read off the straight lines between notes. Times are seconds,
moments those of CLOCK_MONOTONIC (time.monotonic()).
"""

import os
import threading
import time

EVERY_S = 0.1
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
# columns of /proc/stat (proc(5)) that are work; idle, waiting and stolen time are none
CORE_COLUMNS = {"user": (0, 1), "system": (2,), "softirq": (5, 6)}


def process_times(pid):
    """User and system time of all threads of a process, also of those that have ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            fields = f.read().rpartition(")")[2].split()
    except OSError:
        return {}  # it has ended
    return {"user": int(fields[11]) * TICK_S, "system": int(fields[12]) * TICK_S}


def core_times():
    """{core: {column: time}} of each core since the start of the machine."""
    cores = {}
    with open("/proc/stat", encoding="ascii") as f:
        for line in f:
            name, *fields = line.split()
            if name.startswith("cpu") and name != "cpu":
                cores[int(name[3:])] = {
                    column: sum(int(fields[i]) for i in numbers) * TICK_S
                    for column, numbers in CORE_COLUMNS.items()}
    return cores


def flat(name, times):
    return {(name, key): value for key, value in times.items()}


class Meter:
    """Notes while it is entered.

    processes: {name: pid}, more may join later. counters: a function that returns what else grows.
    """

    def __init__(self, processes, counters):
        self.processes = dict(processes)
        self.counters = counters
        self.notes = []
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def note(self):
        counters = {}
        moment = time.monotonic()
        for core, times in core_times().items():
            counters.update(flat(core, times))
        for name, pid in list(self.processes.items()):
            counters.update(flat(name, process_times(pid)))
        counters.update(flat("counters", self.counters()))
        self.notes.append((moment, counters))

    def run(self):
        try:
            while not self.is_over.wait(EVERY_S):
                self.note()
        except (OSError, LookupError):
            pass  # the gateway has ended; the last note tells

    def __enter__(self):
        self.note()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()
        self.note()

    def _at(self, counter, moment):
        before = [n for n in self.notes if n[0] <= moment and counter in n[1]]
        after = [n for n in self.notes if n[0] >= moment and counter in n[1]]
        if not before or not after:
            raise LookupError(f"{counter} was not noted around the trial")
        (t0, c0), (t1, c1) = before[-1], after[0]
        share = (moment - t0) / (t1 - t0) if t1 > t0 else 0
        return c0[counter] + share * (c1[counter] - c0[counter])

    def whole(self, counter):
        """How much one of "counters" grew in all."""
        return self.notes[-1][1]["counters", counter] - self.notes[0][1]["counters", counter]

    def used(self, name, began, seconds):
        """{counter: how much it grew} of a process, a core's number, or "counters"."""
        keys = {key for _, counters in self.notes for owner, key in counters if owner == name}
        return {key: self._at((name, key), began + seconds) - self._at((name, key), began)
                for key in keys}
