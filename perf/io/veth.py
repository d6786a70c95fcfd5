# SPDX-License-Identifier: BSD-3-Clause
"""The stage: two network namespaces, "engine" for the gateway and "access" for the generator, and
a veth pair between them for each side of the calls.

A veth device receives in the system call of the one who sends: each program pays for the kernel's
receiving at the other end, up to the ring or socket there. busy_budget=0 keeps it so with AF_XDP,
whose sockets would otherwise poll their device, too, in rounds of the program that find nothing.
"""

import contextlib

import netns
from netns import ENGINE, PEER, SIDES

OWN = {"access": "eth0", "core": "eth1"}  # the generator's devices
LETTER = {"access": "a", "core": "b"}
PREFIX = 24


@contextlib.contextmanager
def namespaces():
    """Both, for as long as the block lasts; what is in them goes with them."""
    made = []
    try:
        for name in ("engine", "access"):
            netns.run("ip", "netns", "add", netns.namespace(name))
            made.append(name)
            netns.run("ip", "-n", netns.namespace(name), "link", "set", "lo", "up")
            netns.run("ip", "netns", "exec", netns.namespace(name), "sysctl", "-qw",
                      "net.ipv6.conf.default.disable_ipv6=1", "net.ipv6.conf.all.disable_ipv6=1",
                      "net.ipv4.ip_forward=0")
        yield
    finally:
        for name in made:
            netns.run("ip", "netns", "del", netns.namespace(name))


def _add_pair(side):
    netns.run("ip", "-n", netns.namespace("engine"), "link", "add", side, "type", "veth", "peer",
              "name", OWN[side], "netns", netns.namespace("access"))
    for name, device in (("engine", side), ("access", OWN[side])):
        # a program on AF_XDP or AF_PACKET sees packets before the kernel fills in checksums
        netns.run("ip", "netns", "exec", netns.namespace(name), "ethtool", "-K", device,
                  "tx", "off", "rx", "off", "txvlan", "off", "rxvlan", "off")
        netns.run("ip", "-n", netns.namespace(name), "link", "set", device, "up")


@contextlib.contextmanager
def pairs(kernel_addresses):
    """A new veth pair for each side. kernel_addresses: the gateway's addresses are the kernel's."""
    made = []
    try:
        for side in SIDES:
            _add_pair(side)
            made.append(side)
            if kernel_addresses:
                netns.run("ip", "-n", netns.namespace("engine"), "address", "add",
                          f"{ENGINE[side, 4]}/{PREFIX}", "dev", side)
        yield
    finally:
        for side in made:
            netns.run("ip", "-n", netns.namespace("engine"), "link", "del", side)


def device(driver, number, interface):
    """devargs of one."""
    more = {"af_packet": "qpairs=1", "af_xdp": "start_queue=0,queue_count=1,busy_budget=0"}[driver]
    return f"net_{driver}{number},iface={interface},{more}"


def generator_place(driver):
    """sotto-gen's options that say where it stands on the veth pairs."""
    for number, side in enumerate(SIDES):
        yield from ("--device", f"{LETTER[side]}={device(driver, number, OWN[side])}")
        yield from own_address(side)


def own_address(side):
    return "--address", f"{LETTER[side]}={PEER[side, 4]}/{PREFIX}"
