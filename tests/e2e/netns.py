# SPDX-License-Identifier: BSD-3-Clause
"""An engine between two network namespaces, over veth pairs, and sockets inside them.

Three namespaces, whose names hold this process's id: "access" and "core" with a peer each, and
"engine", so that the host's own network is left alone. They are removed when the test ends.
"""

import contextlib
import ctypes
import os
import socket
import struct
import subprocess
import time

import rig

SIDES = ("access", "core")
PEER = {("access", 4): "10.99.1.1", ("core", 4): "10.99.2.1",
        ("access", 6): "fd00:99:1::1", ("core", 6): "fd00:99:2::1"}
ENGINE = {("access", 4): "10.99.1.2", ("core", 4): "10.99.2.2",
          ("access", 6): "fd00:99:1::2", ("core", 6): "fd00:99:2::2"}
VLAN = 100
VLAN_PEER, VLAN_ENGINE = "10.99.3.1", "10.99.3.2"  # on the access side
PREFIX = {4: 24, 6: 64}
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}

CLONE_NEWNET = 0x40000000
SO_RCVBUFFORCE = 33
SOL_PACKET, PACKET_AUXDATA, ETH_P_ALL = 263, 8, 3
TP_STATUS_VLAN_VALID = 1 << 4
_libc = ctypes.CDLL(None, use_errno=True)


def run(*command):
    """A command that must not fail."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=20, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}")
    return done.stdout


def namespace(name):
    return f"sotto-e2e-{os.getpid()}-{name}"


def why_not():
    """Why no namespaces can be had here, or None. Leaves none behind."""
    probe = namespace("probe")
    try:
        run("ip", "netns", "add", probe)
    except (RuntimeError, FileNotFoundError) as e:
        return f"no network namespaces here: {e}"
    try:
        run("ip", "-n", probe, "link", "add", "probe0", "type", "veth", "peer",
            "name", "probe1")
    except RuntimeError as e:
        return f"no veth devices here: {e}"
    finally:
        run("ip", "netns", "del", probe)
    return None


@contextlib.contextmanager
def inside(name):
    """What is opened in this block belongs to the namespace; for a process with one thread."""

    def enter(fd):
        if _libc.setns(fd, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns to {name}")

    with open("/proc/self/ns/net", "rb") as home, \
            open(f"/run/netns/{namespace(name)}", "rb") as there:
        enter(there.fileno())
        try:
            yield
        finally:
            enter(home.fileno())


class Socket:
    """A UDP socket of a peer. What it receives: (payload, (address, port), DSCP)."""

    def __init__(self, name, address, port):
        family = 6 if ":" in address else 4
        with inside(name):
            self.socket = socket.socket(FAMILY[family], socket.SOCK_DGRAM)
        self.family = family
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
        if family == 4:
            self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        else:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
        try:
            self.socket.bind((address, port))
        except OSError:
            self.socket.close()
            raise
        self.address = (address, port)

    def close(self):
        self.socket.close()

    def set_dscp(self, dscp):
        if self.family == 4:
            self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << 2)
        else:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, dscp << 2)

    def send(self, payload, to):
        self.socket.sendto(payload, to)

    def receive(self, seconds=5.0):
        """The next datagram; AssertionError when none comes."""
        self.socket.settimeout(seconds)
        try:
            payload, ancillary, _, source = self.socket.recvmsg(65536, 256)
        except TimeoutError:
            raise AssertionError(f"nothing came to {self.address} in {seconds} s") from None
        # one byte for IPv4, an int for IPv6 (ip(7), ipv6(7))
        tos = next((data[0] if len(data) == 1 else struct.unpack("i", data)[0]
                    for _, _, data in ancillary), 0)
        return payload, source[:2], tos >> 2

    def receive_all(self, count, seconds=5.0):
        """That many datagrams."""
        deadline = time.monotonic() + seconds
        return [self.receive(max(0.001, deadline - time.monotonic())) for _ in range(count)]

    def drain(self):
        """Throws away what is there."""
        self.socket.setblocking(False)
        try:
            while True:
                self.socket.recv(65536)
        except BlockingIOError:
            pass

    def is_empty(self):
        self.socket.setblocking(False)
        try:
            self.socket.recv(65536)
        except BlockingIOError:
            return True
        return False


def receive_frame(raw):
    """The next frame of a raw socket, and its VLAN (0: none), which the kernel takes out."""
    frame, ancillary, _, source = raw.recvmsg(65536, 256)
    for _, _, data in ancillary:
        status, _, _, _, _, tci = struct.unpack_from("IIIHHH", data)
        if status & TP_STATUS_VLAN_VALID:
            return frame, tci & 0xfff, source
    return frame, 0, source


class NetnsTest(rig.EngineTest):
    """A test with namespaces. driver is what its devices are made with."""

    driver = None
    queues = 1

    def setUp(self):
        super().setUp()
        reason = why_not()
        if reason:
            self.skipTest(reason)
        for name in ("engine", *SIDES):
            run("ip", "netns", "add", namespace(name))
            self.addCleanup(run, "ip", "netns", "del", namespace(name))
        self.inside_run("engine", "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1",
                        "net.ipv6.conf.all.disable_ipv6=1", "net.ipv4.ip_forward=0")
        for side in SIDES:
            self.join(side)

    def inside_run(self, name, *command):
        return run("ip", "netns", "exec", namespace(name), *command)

    def join(self, side):
        """A veth pair: the device called like the side at the engine, eth0 at the peer."""
        queues = ("numrxqueues", str(self.queues), "numtxqueues", str(self.queues))
        run("ip", "-n", namespace("engine"), "link", "add", side, *queues, "type", "veth", "peer",
            "name", "eth0", *queues, "netns", namespace(side))
        for name, device in (("engine", side), (side, "eth0")):
            # the engine sees packets before the kernel has filled in checksums and VLAN tags
            self.inside_run(name, "ethtool", "-K", device, "tx", "off", "rx", "off",
                            "txvlan", "off", "rxvlan", "off")
            run("ip", "-n", namespace(name), "link", "set", device, "up")
        run("ip", "-n", namespace(side), "link", "set", "lo", "up")
        for family in (4, 6):
            self.add_address(side, "eth0", f"{PEER[side, family]}/{PREFIX[family]}")

    def add_address(self, side, device, address):
        run("ip", "-n", namespace(side), "address", "add", address, "dev", device,
            *(["nodad"] if ":" in address else []))

    def mac(self, side):
        """Of the peer's device."""
        with inside(side), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
            raw.bind(("eth0", 0))
            return raw.getsockname()[4]

    def raw_socket(self, side):
        """A socket that sends and receives whole frames of the peer's device."""
        with inside(side):
            raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            self.addCleanup(raw.close)
            raw.bind(("eth0", ETH_P_ALL))
        raw.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        raw.settimeout(5)
        return raw

    def device(self, number, side):
        options = {"net_af_packet": f"qpairs={self.queues}",
                   "net_af_xdp": "start_queue=0,queue_count=1"}[self.driver]
        return f"{self.driver}{number},iface={side},{options}"

    def start_between_peers(self, **engine):
        """An engine with addresses of both families on both sides, and one in a VLAN."""
        ports = {side: {"device": self.device(n, side)} for n, side in enumerate(SIDES)}
        addresses = {f"{side}{family}": {"interface": side, "port": side,
                                         "address": f"{ENGINE[side, family]}/{PREFIX[family]}"}
                     for side in SIDES for family in (4, 6)}
        addresses["vlan"] = {"port": "access", "vlan": VLAN, "address": f"{VLAN_ENGINE}/24",
                             "neighbor": f"{VLAN_PEER} {self.mac('access').hex(':')}"}
        running = self.spawn(rig.sections(self.path("control.sock"), ports, addresses,
                                          engine={"mbufs": 16384, **engine}),
                             netns=namespace("engine"))
        try:
            running.wait_until_ready()
        except AssertionError:
            running.is_over = running.process.poll() == 1
            if running.is_over and self.driver in running.log():
                why = next(text for text in running.log().splitlines() if text[:3] != "<6>")
                self.skipTest(f"{self.driver} cannot be had here: {why}")
            raise
        return running

    def socket(self, side, address, port):
        opened = Socket(side, address, port)
        self.addCleanup(opened.close)
        return opened
