#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Tests of the scripts themselves: what scripts/test counts, the functions of lib.sh, and what
perf/compare, perf/aims and perf/plot make of results."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

SCRIPTS = os.path.dirname(os.path.abspath(__file__))
CHECKS = "Running suite(s): x\n{}%: Checks: {}, Failures: {}, Errors: {}\n"


def count(kind, text, status=0):
    """What count-results makes of a file with that text, as (passed, failed, skipped)."""
    with tempfile.NamedTemporaryFile("w", suffix=".log") as f:
        f.write(text)
        f.flush()
        command = [os.path.join(SCRIPTS, "count-results"), kind, f.name, str(status)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return tuple(int(n) for n in done.stdout.split())


def program(result, stdout=""):
    """A line of Meson's testlog.json."""
    return json.dumps({"name": "x", "result": result, "stdout": stdout}) + "\n"


class CountResults(unittest.TestCase):
    def test_once(self):
        self.assertEqual(count("once", "", 0), (1, 0, 0))
        self.assertEqual(count("once", "", 1), (0, 1, 0))
        self.assertEqual(count("once", "", 139), (0, 1, 0))
        self.assertEqual(count("once", "", 77), (0, 0, 1))

    def test_setup_is_no_test_until_it_fails(self):
        self.assertEqual(count("setup", "", 0), (0, 0, 0))
        self.assertEqual(count("setup", "", 1), (0, 1, 0))

    def test_summary(self):
        self.assertEqual(count("summary", "a\n9 passed, 0 failed\n"), (9, 0, 0))
        self.assertEqual(count("summary", "a\n7 passed, 1 failed, 2 skipped\n", 1), (7, 1, 2))

    def test_summary_that_was_cut_off(self):
        self.assertEqual(count("summary", "9 passed, 0 failed\nKilled\n", 137), (0, 1, 0))
        self.assertEqual(count("summary", "", 1), (0, 1, 0))

    def test_summary_that_contradicts_the_status(self):
        self.assertEqual(count("summary", "9 passed, 0 failed\n", 1), (9, 1, 0))

    def test_unittest(self):
        self.assertEqual(count("unittest", "Ran 5 tests in 0.1s\n\nOK\n"), (5, 0, 0))
        self.assertEqual(count("unittest", "Ran 1 test in 0.1s\n\nOK (skipped=1)\n"), (0, 0, 1))
        text = "Ran 9 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=3)\n"
        self.assertEqual(count("unittest", text, 1), (3, 3, 3))
        text = "Ran 2 tests in 0.1s\n\nFAILED (unexpected successes=1)\n"
        self.assertEqual(count("unittest", text, 1), (1, 1, 0))
        text = "Ran 2 tests in 0.1s\n\nOK (expected failures=1)\n"
        self.assertEqual(count("unittest", text), (2, 0, 0))

    def test_unittest_skipped_as_a_whole(self):
        text = "Ran 0 tests in 0.0s\n\nOK (skipped=1)\n"
        self.assertEqual(count("unittest", text), (0, 0, 1))

    def test_unittest_that_died(self):
        self.assertEqual(count("unittest", "Traceback\n", 1), (0, 1, 0))
        self.assertEqual(count("unittest", "test_a ... ", 124), (0, 1, 0))
        self.assertEqual(count("unittest", "Ran 3 tests in 0.1s\n\nOK\n", 134), (3, 1, 0))

    def test_meson_counts_checks(self):
        text = program("OK", CHECKS.format(100, 12, 0, 0)) + \
            program("FAIL", CHECKS.format(50, 4, 1, 1)) + program("OK", "no Check in it\n")
        self.assertEqual(count("meson", text, 1), (12 + 2 + 1, 2, 0))

    def test_meson_program_with_two_runners(self):
        text = program("OK", CHECKS.format(100, 2, 0, 0) + CHECKS.format(100, 3, 0, 0))
        self.assertEqual(count("meson", text), (5, 0, 0))

    def test_meson_leak_after_all_checks_passed(self):
        self.assertEqual(count("meson", program("FAIL", CHECKS.format(100, 3, 0, 0)), 1), (3, 1, 0))

    def test_meson_crash_and_timeout_and_skip(self):
        self.assertEqual(count("meson", program("ERROR"), 1), (0, 1, 0))
        self.assertEqual(count("meson", program("TIMEOUT", "half"), 1), (0, 1, 0))
        self.assertEqual(count("meson", program("SKIP")), (0, 0, 1))

    def test_meson_planted_faults(self):
        fails = CHECKS.format(0, 1, 1, 0)
        self.assertEqual(count("meson", program("EXPECTEDFAIL", fails)), (1, 0, 0))
        self.assertEqual(count("meson", program("UNEXPECTEDPASS"), 1), (0, 1, 0))

    def test_meson_without_tests(self):
        self.assertEqual(count("meson", ""), (0, 0, 1))
        self.assertEqual(count("meson", "", 1), (0, 1, 1))


def shell(text):
    """Runs shell text after lib.sh: (exit status, output)."""
    text = f"set -euo pipefail\n. {SCRIPTS}/lib.sh\n{text}"
    done = subprocess.run(["bash", "-c", text], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


class Library(unittest.TestCase):
    def test_clean_up_runs_backwards_and_keeps_the_status(self):
        self.assertEqual(shell("sotto_defer echo 1; sotto_defer echo 2; exit 3"), (3, "2\n1\n"))

    def test_clean_up_goes_on_after_a_failure(self):
        status, output = shell("sotto_defer echo 'a  b'; sotto_defer false; echo 0")
        self.assertEqual(status, 0)
        self.assertTrue(output.startswith("0\nwarning: clean-up failed: false"))
        self.assertTrue(output.endswith("a  b\n"))

    def test_clean_up_after_a_signal(self):
        self.assertEqual(shell("sotto_defer echo 1; kill -TERM $$; echo no"), (143, "1\n"))

    def test_clean_up_after_a_failed_command(self):
        self.assertEqual(shell("sotto_defer echo 1; false; echo no"), (1, "1\n"))

    def test_clean_up_of_a_subshell_is_its_own(self):
        text = "sotto_defer echo outer; (sotto_defer echo inner); echo between"
        self.assertEqual(shell(text), (0, "inner\nbetween\nouter\n"))

    def test_started_process_ends_with_the_script(self):
        status, output = shell("sotto_start /dev/null sleep 60; echo $SOTTO_PID")
        self.assertEqual(status, 0)
        self.assertFalse(os.path.exists(f"/proc/{int(output)}"))

    def test_process_that_ignores_the_term_signal_is_stopped(self):
        text = "sotto_start /dev/null bash -c 'trap \"\" TERM; exec sleep 60'\n" \
            "sleep 0.3; sotto_stop $SOTTO_PID 1; echo $SOTTO_PID"
        status, output = shell(text)
        self.assertEqual(status, 0)
        self.assertFalse(os.path.exists(f"/proc/{int(output)}"))

    def test_waiting_has_an_end(self):
        self.assertEqual(shell("sotto_wait_for 1 false || echo late"), (0, "late\n"))
        self.assertEqual(shell("sotto_wait_for 1 true && echo there"), (0, "there\n"))

    def test_die_says_why(self):
        self.assertEqual(shell("die no such thing; echo no"), (1, "error: no such thing\n"))

    def test_every_list_of_packages_is_known(self):
        status, output = shell("for l in build tests lint clang run; do sotto_packages $l; done")
        self.assertEqual(status, 0)
        self.assertIn("libdpdk-dev", output)
        self.assertEqual(shell("sotto_packages nonsense")[0], 1)


MACHINE = {"cpu": "a", "flags": "avx2", "cores": 2, "kernel": "k", "compiler": "c", "build": "b"}


def bench_row(name, median, half=1.0, unit="ns/packet", ratios=(), **parameters):
    """A row of a benchmark whose quartiles are that far from its median."""
    figure = {"median": median, "lower": median - half, "upper": median + half}
    ratios = [{"against": a, "median": m, "lower": m - 0.01, "upper": m + 0.01} for a, m in ratios]
    return {"name": name, "parameters": parameters, "unit": unit, "ratios": ratios, **figure}


def bench_result(*rows, **machine):
    return {"format": "sotto-bench-1", "bench": "x", "clock": "t", "commit": "1",
            "date": "2026-01-01T00:00:00Z", "machine": {**MACHINE, **machine}, "versions": {},
            "parameters": {}, "rows": list(rows)}


class Bench(unittest.TestCase):
    """perf/compare and perf/aims, which read what the benchmarks write."""

    def run_on(self, program, *folders, options=()):
        """Writes each folder's results, runs the program on them: (status, output)."""
        with tempfile.TemporaryDirectory() as top:
            paths = []
            for number, results in enumerate(folders):
                paths.append(os.path.join(top, str(number)))
                os.mkdir(paths[-1])
                for name, result in results.items():
                    with open(os.path.join(paths[-1], f"{name}.json"), "w", encoding="utf-8") as f:
                        json.dump(result, f)
            command = [os.path.join(SCRIPTS, "..", "perf", program), *options, *paths]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, check=False)
        return done.returncode, done.stdout

    def compare(self, old, new, *options):
        return self.run_on("compare", {"r": old}, {"r": new}, options=options)

    def test_compare_is_silent_inside_the_noise(self):
        old = bench_result(bench_row("p", 100, 5, ratios=[("raw", 1.2)], size=1))
        new = bench_result(bench_row("p", 108, 5, ratios=[("raw", 1.21)], size=1))
        status, output = self.compare(old, new)
        self.assertEqual((status, output), (0, "1 rows compared, nothing beyond the noise\n"))

    def test_compare_speaks_in_percent_beyond_it_and_still_ends_well(self):
        status, output = self.compare(bench_result(bench_row("p", 100, size=1)),
                                      bench_result(bench_row("p", 110, size=1)))
        self.assertEqual(status, 0)
        self.assertIn("r: p 1: 100.0 -> 110.0 ns/packet, +10.0 % worse\n", output)

    def test_compare_knows_that_more_a_second_is_better(self):
        _, output = self.compare(bench_result(bench_row("p", 100, unit="packets/s")),
                                 bench_result(bench_row("p", 110, unit="packets/s")))
        self.assertIn("+10.0 % better", output)

    def test_compare_does_not_say_what_is_small(self):
        old, new = (bench_result(bench_row("p", m, 0.1)) for m in (100, 101.5))
        self.assertIn("nothing beyond", self.compare(old, new)[1])
        self.assertIn("+1.5 %", self.compare(old, new, "--least", "1")[1])

    def test_compare_looks_at_ratios_too(self):
        old = bench_result(bench_row("p", 100, 20, ratios=[("raw", 1.2)]))
        new = bench_result(bench_row("p", 100, 20, ratios=[("raw", 1.3)]))
        self.assertIn("p, times raw: 1.20 -> 1.30, +8.3 %", self.compare(old, new)[1])

    def test_compare_tells_rows_apart_by_their_parameters(self):
        old = bench_result(bench_row("p", 100, size=1), bench_row("p", 200, size=2))
        new = bench_result(bench_row("p", 200, size=2), bench_row("p", 300, size=3))
        status, output = self.compare(old, new)
        self.assertEqual(status, 0)
        self.assertNotIn("%", output)
        self.assertIn("1 rows are in the old folder only", output)
        self.assertIn("1 rows are in the new folder only", output)

    def test_compare_says_when_the_machine_itself_was_slower(self):
        old = bench_result(bench_row("p", 100, contender="raw"))
        new = bench_result(bench_row("p", 120, contender="raw"))
        self.assertIn("ipsec-mb itself changed by +20.0 %", self.compare(old, new)[1])

    def test_compare_refuses_another_machine_and_what_is_no_result(self):
        one = bench_result(bench_row("p", 100))
        status, output = self.compare(one, bench_result(bench_row("p", 100), cpu="b"))
        self.assertEqual(status, 2)
        self.assertIn("other machines (cpu)", output)
        self.assertEqual(self.compare(one, {"format": "another"})[0], 2)

    def aim(self, protect, unprotect):
        """The line of the first aim when the library has these ratios; None: not measured."""
        where = {"suite": "AES_CM_128_HMAC_SHA1_80", "payload": 160, "streams": 1000,
                 "contender": "sotto", "backend": "ipsecmb", "tier": "avx512"}
        measured = (("protect", protect), ("unprotect", unprotect))
        rows = [bench_row(n, 80, ratios=[("raw", r)], **where) for n, r in measured if r]
        status, output = self.run_on("aims", {"srtp-suites": bench_result(*rows)})
        self.assertEqual(status, 0)
        return output.splitlines()[1]

    def test_aims_are_met_and_missed_by_the_worst(self):
        self.assertRegex(self.aim(1.10, 1.15), r"1\.15 \[.*\] \(unprotect\) +met$")
        self.assertRegex(self.aim(1.25, 1.15), r"1\.25 \[.*\] \(protect\) +missed")
        self.assertTrue(self.aim(1.10, None).endswith("not measured"))

    def test_every_aim_is_whole(self):
        with open(os.path.join(SCRIPTS, "..", "perf", "aims.json"), encoding="utf-8") as f:
            aims = json.load(f)["aims"]
        for aim in aims:
            self.assertEqual(("at_most" in aim) + ("at_least" in aim), 1, aim)
            self.assertEqual(("ratio" in aim) + ("unit" in aim), 1, aim)
            self.assertTrue(aim["what"] and aim["result"] and aim["names"], aim)


WAYS = ("rtp-to-srtp", "srtp-to-rtp", "srtp-to-srtp")
SUITES = ("AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM")
PAYLOADS = (20, 60, 160, 1200)
CALLS = (1000, 10000, 100000)


def matrix():
    """A result of the packet path in which no two figures are the same."""
    rows, median = [bench_row("session-memory", 1e8, suite=SUITES[0], calls=200000)], 100.0
    for suite in SUITES:
        for payload in reversed(PAYLOADS):
            for way in WAYS:
                for calls in CALLS:
                    median += 1.7
                    rows.append(bench_row(way, median, ratios=[("raw", median / 90)], suite=suite,
                                          payload=payload, calls=calls, workers=1))
    return bench_result(*rows)


class Plot(unittest.TestCase):
    """perf/plot, with a stand-in for gnuplot that keeps what it is told to draw."""

    STAND_IN = '#!/bin/sh\ntext=$(cat)\npath=$(echo "$text" | sed -n \'s/^set output "\\(.*\\)"$/\\1/p\')\n' \
        'echo "$text" >"$path"\n'

    def plot(self, found, gnuplot=STAND_IN):
        """Runs it on a folder of these results: the files of the other folder by their names."""
        with tempfile.TemporaryDirectory() as top:
            folder, out, tools = (os.path.join(top, name) for name in ("in", "out", "tools"))
            os.mkdir(folder)
            os.mkdir(tools)
            for name, result in found.items():
                with open(os.path.join(folder, f"{name}.json"), "w", encoding="utf-8") as f:
                    json.dump(result, f)
            if gnuplot:
                with open(os.path.join(tools, "gnuplot"), "w", encoding="utf-8") as f:
                    f.write(gnuplot)
                os.chmod(os.path.join(tools, "gnuplot"), 0o755)
            done = subprocess.run([os.path.join(SCRIPTS, "..", "perf", "plot"), folder, out],
                                  env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"},
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 0, done.stdout)
            files = {}
            for name in os.listdir(out):
                with open(os.path.join(out, name), encoding="utf-8") as f:
                    files[name] = f.read()
            self.assertEqual(sorted(os.path.join(out, name) for name in files),
                             sorted(done.stdout.split()))
        return files

    def curves(self, text):
        """What is drawn: (curve's title, x) to the median, as a table would show it."""
        titles = re.findall(r'title "([^"]*)"$', text.replace(", $d", "\n$d"), re.M)[-len(SUITES):]
        blocks = re.findall(r"<< END\n(.*?)\nEND", text, re.S)
        self.assertEqual(len(titles), len(blocks))
        return {(title, int(line.split()[0])): f"{float(line.split()[1]):.1f}"
                for title, block in zip(titles, blocks) for line in block.splitlines()}

    def table(self, text, title):
        """The figures of one table: (suite, payload, column) to the median."""
        lines = text.split(f"## pipeline-suites: {title}:")[1].split("\n##")[0].splitlines()
        head, _, *lines = [line.strip("| ").split(" | ") for line in lines if line[:1] == "|"]
        self.assertEqual(head, ["suite", "payload", *(f"{n:,} calls" for n in CALLS)])
        return {(line[0], int(line[1]), n): figure.split()[0]
                for line in lines for n, figure in zip(CALLS, line[2:])}

    def test_plots_and_tables_of_the_packet_path_match(self):
        files = self.plot({"pipeline-suites": matrix()})
        names = {f"pipeline-{way}-{over}.svg" for way in WAYS for over in ("payload", "calls")}
        self.assertEqual(set(files), {*names, "tables.md"})
        shorts = {"AES_CM_128_HMAC_SHA1_80": "AES CM 128-80", "AEAD_AES_128_GCM": "AEAD AES 128 GCM"}
        for way, title in zip(WAYS, ("RTP to SRTP", "SRTP to RTP", "SRTP to SRTP")):
            table = self.table(files["tables.md"], title)
            self.assertEqual(len(set(table.values())), len(SUITES) * len(PAYLOADS) * len(CALLS))
            self.assertEqual(self.curves(files[f"pipeline-{way}-payload.svg"]),
                             {(shorts[s], p): table[s, p, 1000] for s in SUITES for p in PAYLOADS})
            self.assertEqual(self.curves(files[f"pipeline-{way}-calls.svg"]),
                             {(shorts[s], n): table[s, 160, n] for s in SUITES for n in CALLS})

    def test_tables_of_stages_and_drops(self):
        where = {"suite": SUITES[0], "payload": 160, "workers": 1}
        stages = [bench_row("srtp-to-rtp", 200, calls=n, **where) for n in CALLS] + \
            [bench_row("srtp-to-rtp parse", n / 500, calls=n, **where) for n in CALLS]
        drops = [bench_row("good", 200, calls=1000, **where),
                 bench_row("replayed", 100, ratios=[("good", 0.5)], calls=1000, **where)]
        text = self.plot({"stages": bench_result(*stages),
                          "drops": bench_result(*drops)})["tables.md"]
        self.assertIn("| parse | 2.0 | 20.0 | 200.0 |\n", text)
        self.assertIn("| replayed | 100.0 | 0.50 times good |\n", text)

    @unittest.skipIf(shutil.which("gnuplot") is None, "needs gnuplot")
    def test_gnuplot_draws_what_it_is_told(self):
        files = self.plot({"pipeline-suites": matrix()}, gnuplot=None)
        for name in (name for name in files if name.endswith(".svg")):
            self.assertIn("</svg>", files[name])
            self.assertIn("ns per packet", files[name])
            self.assertIn("AEAD AES 128 GCM", files[name])


@unittest.skipIf(shell("sotto_can_network")[0] != 0, "needs root and network namespaces")
class Network(unittest.TestCase):
    PREFIX = "SOTTO_NETNS_PREFIX=sotto-selftest-\n"
    PAIR = PREFIX + "sotto_netns_add a; sotto_netns_add b; sotto_veth_add a v0 b v0 2\n" \
        "sotto_link_up a v0 02:00:00:00:00:01 192.0.2.1/24 2001:db8::1/64\n" \
        "sotto_link_up b v0 02:00:00:00:00:02 192.0.2.2/24 2001:db8::2/64\n"

    def test_two_namespaces_reach_each_other_at_once(self):
        status, output = shell(self.PAIR + "sotto_in a ip -br address show v0\n"
                               "sotto_in b ip -br link show v0\n"
                               "sotto_in a ls /sys/class/net/v0/queues")
        self.assertEqual(status, 0, output)
        self.assertIn("192.0.2.1/24 2001:db8::1/64", output)
        self.assertIn("02:00:00:00:00:02", output)
        self.assertIn("rx-1", output)

    def test_checksums_are_left_to_nobody(self):
        status, output = shell(self.PAIR + "sotto_in b ethtool -k v0")
        self.assertEqual(status, 0, output)
        self.assertIn("tx-checksumming: off", output)
        self.assertIn("rx-checksumming: off", output)

    def test_nothing_is_left(self):
        self.assertEqual(shell(self.PAIR)[0], 0)
        self.assertNotIn("sotto-selftest-", shell("ip netns")[1])

    def test_a_killed_run_is_cleared_away(self):
        status, _ = shell(self.PAIR + "sotto_start /dev/null sotto_in a sleep 60\n"
                          "sleep 0.3; kill -KILL $$")
        self.assertEqual(status, -9)
        status, output = shell(self.PAIR + "ip netns pids sotto-selftest-a")
        self.assertEqual((status, output), (0, ""))


if __name__ == "__main__":
    unittest.main()
