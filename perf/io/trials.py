# SPDX-License-Identifier: BSD-3-Clause
"""What is asked of a gateway: searches for its highest rate, latency, and processor time a packet.

Every packet that counts has been verified by sotto-gen; where it found one wrong, or does not vouch
for a trial for another reason, there is no figure (Unverified).
"""

import contextlib
import json
import os
import subprocess

import gateways
import meter
import rig

FAULTS = ("wrong", "bad_tag", "duplicate", "malformed", "unexpected")
DRAIN_S = 30  # sockets hold seconds of packets; the wait ends as soon as none comes any more
MOST_S = 900  # a run of sotto-gen must have ended by then
LOST_MOST = 5.0  # percent; a trial that lost more shows a gateway that is beyond itself
AGAIN = 3  # trials until one is offered as it was asked for
SPINNERS = (0, 1, 3)  # processes that share the gateway's core with it
IDLE_MOST = 0.1  # share of idle rounds at which a gateway is as good as saturated
UNSEEN_MOST = 0.01  # share of what a gateway sends that the generator may miss
BEFORE_S, AFTER_S = 0.2, 0.2  # of a trial for processor time: its load rises and falls


class Unverified(Exception):
    """A trial that gives no figure, and why."""


class Generator:
    """Runs sotto-gen against a gateway that has been started."""

    seed = 0  # each run has other keys: a gateway may not take an index twice

    def __init__(self, gateway):
        self.gateway, self.args = gateway, gateway.args
        self.results = gateway.path("results.json")

    def command(self, reach, options):
        gateway = self.gateway
        return ["taskset", "-c", str(gateway.cores["access"]), *gateway.generator_prefix(),
                gateways.generator(), *gateway.place(), *reach, "--core",
                str(gateway.cores["access"]), "--calls", str(self.args.calls), "--payload",
                str(self.args.payload), "--seed", str(Generator.seed), "--drain", str(DRAIN_S),
                "--warmup", str(self.args.warmup), "--hugepages", self.args.hugepages, "--json",
                self.results, *options]

    def run(self, *options, watch=None):
        """The results of one run, with calls of its own. watch: a Meter that notes meanwhile."""
        Generator.seed += 1
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.results)
        with self.gateway.calls(Generator.seed) as reach:
            process = subprocess.Popen(self.command(reach, [str(o) for o in options]),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, text=True,
                                       preexec_fn=rig.end_with_parent)
            try:
                with watch or contextlib.nullcontext():
                    if watch:
                        watch.processes["generator"] = process.pid
                    said, _ = process.communicate(timeout=MOST_S)
            finally:
                gateways.stop(process)
        return self.read(process, said)

    def read(self, process, said):
        if self.args.verbose:
            print(said, flush=True)
        if process.returncode not in (0, 1) or not os.path.exists(self.results):
            raise Unverified(f"sotto-gen ended with {process.returncode}: "
                             f"{gateways.last_line(said)}")
        with open(self.results, encoding="ascii") as f:
            results = json.load(f)
        trials = (results["search"] or {}).get("trials", []) + [results["result"]]
        for trial in trials:
            wrong = {name: trial[name] for name in FAULTS if trial[name]}
            if wrong:
                raise Unverified(f"packets came that should not: {wrong}")
        return results


def search(generator, limit):
    """The highest rate that loses at most limit percent, and whether the generator set the limit."""
    args = generator.args
    options = ["--search", "pdr" if limit else "ndr", "--settle", args.warmup, "--highest",
               args.highest or generator.gateway.highest, "--trial", args.trial, "--confirm",
               args.confirm, "--precision", args.precision]
    if limit:
        options += ["--max-loss", limit]
    results = generator.run(*options)
    found = results["search"]
    if not results["good"]:
        raise Unverified(f"no rate was confirmed (the last was {found['pps']:,.0f}/s)")
    if found["pps"] * args.trial < 2 * args.calls:
        raise Unverified(f"{found['pps']:,.0f}/s, less than a packet of each stream in a trial: "
                         "the machine does something else")
    return found["pps"], found["offer_limited"]


def lost(result):
    return f", {result['loss_percent']:.3f} % lost" if result["lost"] else ""


def latency(generator, rate, seconds):
    """{percentile: microseconds} at a rate that has to be carried, and a note."""
    for _ in range(AGAIN):
        results = generator.run("--rate", rate, "--duration", seconds, "--max-loss", 100)
        result = results["result"]
        if result["offered"]:
            break
    else:
        raise Unverified(f"only {result['offered_pps']:,.0f} of {rate:,.0f} packets/s could be "
                         f"offered in {AGAIN} trials")
    if result["loss_percent"] > LOST_MOST:
        raise Unverified(f"{result['loss_percent']:.1f} % of {rate:,.0f} packets/s were lost")
    if not results["latency_us"]:
        raise Unverified("payloads of less than 24 bytes have no time stamps")
    return results["latency_us"], f"at {rate:,.0f} packets/s{lost(result)}"


# --- processor time -------------------------------------------------------------------------------


class Cost:
    """Processor time of one trial without its first and last moments."""

    def __init__(self, watch, cores, result, spinners, before):
        began, self.seconds = result["began_s"] + before, result["seconds"] - before - AFTER_S
        self.gateway, self.generator, self.counters = (
            watch.used(name, began, self.seconds) for name in ("gateway", "generator", "counters"))
        cores = {name: watch.used(core, began, self.seconds) for name, core in cores.items()}
        self.softirq = cores["engine"]["softirq"]
        self.machine = sum(sum(times.values()) for times in cores.values())
        self.packets = self.counters["sent"]
        self.spinners = spinners
        self.lost = lost(result)
        self.check(watch, result)

    def check(self, watch, result):
        """What the gateway sent must be what the generator has verified."""
        sent = watch.whole("sent")
        verified = result["received"] + result["late"]
        if not self.packets or verified < (1 - UNSEEN_MOST) * sent:
            raise Unverified(f"of {sent:,.0f} packets that were sent {verified:,.0f} were verified")

    def process(self):
        return sum(self.gateway.values())

    def idle(self):
        """Share of its time that a poll loop found nothing in; 0 for those that sleep.

        The cycles go on while others have the core, so it is their share that counts.
        """
        busy, idle = (self.counters.get(f"{kind}_cycles", 0) for kind in ("busy", "idle"))
        return idle / (busy + idle) if idle else 0

    def work(self):
        """Seconds of the gateway without the rounds of a poll loop that found nothing."""
        return self.process() * (1 - self.idle())

    def efficiency(self):
        """{what is charged: packets for each second of processor time}."""
        seconds = {"work": self.work(), "process": self.process(), "machine": self.machine}
        return {name: self.packets / s for name, s in seconds.items() if s > 0}

    def shares(self):
        """{who works: nanoseconds a packet}; rounds that find nothing call no kernel."""
        kernel = self.gateway["system"]
        seconds = {"own code": max(self.work() - kernel, 0), "kernel": kernel,
                   "generator": sum(self.generator.values())}
        return {name: s / self.packets * 1e9 for name, s in seconds.items()}

    def note(self):
        bursts = self.counters.get("bursts")
        return (f"{self.packets / self.seconds:,.0f} packets/s{self.lost}, "
                f"{100 * self.process() / self.seconds:.0f} % of its core"
                + (f", {self.packets / bursts:.1f} packets a burst, {100 * self.idle():.0f} % idle"
                   f" rounds, beside {self.spinners} spinning processes" if bursts else ""))


@contextlib.contextmanager
def spinning(count, core):
    """Takes part of a core away, in this block."""
    command = ["taskset", "-c", str(core), "sh", "-c", "while :; do :; done"]
    spinners = []
    try:
        for _ in range(count):
            spinners.append(subprocess.Popen(command, preexec_fn=rig.end_with_parent))
        yield
    finally:
        for process in spinners:
            gateways.stop(process)


def one_cost(generator, rate, seconds, spinners):
    gateway = generator.gateway
    watch = meter.Meter({"gateway": gateway.pid}, gateway.counters)
    before = max(generator.args.warmup, BEFORE_S)
    try:
        with spinning(spinners, gateway.cores["engine"]):
            results = generator.run("--rate", rate, "--duration", before + seconds + AFTER_S,
                                    "--warmup", 0, "--max-loss", 100, watch=watch)
        return Cost(watch, gateway.cores, results["result"], spinners, before)
    except (LookupError, OSError) as e:
        raise Unverified(str(e)) from e


def cost(open_gateway, rate, seconds):
    """What a packet costs a gateway that is never without one.

    A generator on one core cannot bring a poll loop to that, so others spin on the gateway's core
    until what it has left is too little: then it finds full bursts.
    """
    for spinners in SPINNERS:
        with open_gateway() as gateway:
            spent = one_cost(Generator(gateway), rate or gateway.highest, seconds, spinners)
        if spent.idle() <= IDLE_MOST:
            break
    return spent
