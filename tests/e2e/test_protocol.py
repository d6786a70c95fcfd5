#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Replays the examples of docs/protocol.md against an engine, in their order.

The page's own first lines say how it is to be read: which values may differ, and what stands before
a request, its answer and an event.
"""

import json
import os
import re
import unittest

import rig

PAGE = os.path.join(rig.ROOT, "docs", "protocol.md")
ADDRESSES = {
    "access": {"port": "access", "address": "10.99.1.2/24"},
    "access6": {"port": "access", "interface": "access", "address": "fd99:1::2/64"},
    "core": {"port": "core", "address": "10.99.2.2/24"},
}


class Page:
    """What the page shows: volatile and open names, and the steps of its story."""

    def __init__(self, text):
        self.volatile = self.names(text, "volatile")
        self.open = self.names(text, "open")
        # a table row that explains drops names its reasons in the first column
        self.reasons = {name for row in re.findall(r"^\| (`[a-z_`, ]+`) \| [^|]* \|$", text, re.M)
                        for name in re.findall(r"`([a-z_]+)`", row)}
        block = r"```json\n(.*)\n```\n"
        found = re.finditer(rf"^<!-- (example|event) (\S+) -->\n{block}(?:{block})?", text, re.M)
        self.steps = [(m[1], m[2], m[3], m[4]) for m in found]
        self.markers = len(re.findall(r"^<!-- (?:example|event) ", text, re.M))

    @staticmethod
    def names(text, which):
        return set(re.search(rf"^<!-- {which}: (.*) -->$", text, re.M)[1].split(", "))


class Comparison:
    """Compares an answer with the page's, as the page says; differences are texts."""

    def __init__(self, page):
        self.page = page
        self.differences = []

    def same(self, path, wanted, got):
        if type(wanted) is not type(got):
            self.differences.append(f"{path}: {wanted!r} on the page, {got!r} here")
        elif isinstance(wanted, dict):
            self.same_object(path, wanted, got)
        elif isinstance(wanted, list):
            self.same_list(path, wanted, got)
        elif wanted != got and not self.is_volatile(path):
            self.differences.append(f"{path}: {wanted!r} on the page, {got!r} here")

    def is_volatile(self, path):
        """Whether a name on the path is volatile, alone or with the name before it."""
        names = [re.sub(r"\[\d+\]", "", name) for name in path.split(".")]
        pairs = [f"{a}.{b}" for a, b in zip(names, names[1:])]
        return not self.page.volatile.isdisjoint(names + pairs)

    def same_object(self, path, wanted, got):
        if path.split(".")[-1] in self.page.open:
            unknown = set(got) - self.page.reasons
            if unknown:
                self.differences.append(f"{path}: the page does not list {sorted(unknown)}")
            return
        if wanted.keys() != got.keys():
            self.differences.append(f"{path}: {list(wanted)} on the page, {list(got)} here")
        for name in wanted.keys() & got.keys():
            self.same(f"{path}.{name}", wanted[name], got[name])

    def same_list(self, path, wanted, got):
        if len(wanted) != len(got) and not self.is_volatile(path):
            self.differences.append(f"{path}: {len(wanted)} elements on the page, {len(got)} here")
        if self.is_volatile(path) and wanted:
            wanted = [wanted[0]] * len(got)
        for i, pair in enumerate(zip(wanted, got)):
            self.same(f"{path}[{i}]", *pair)


class ProtocolPage(rig.EngineTest):
    @classmethod
    def setUpClass(cls):
        if not os.path.exists(PAGE):
            raise unittest.SkipTest(f"{PAGE} is missing")
        with open(PAGE, encoding="utf-8") as f:
            cls.page = Page(f.read())

    def compare(self, name, wanted, got):
        comparison = Comparison(self.page)
        comparison.same(name, json.loads(wanted), got)
        self.assertEqual(comparison.differences, [])

    def test_the_page_was_understood(self):
        self.assertGreater(len(self.page.steps), 30)
        self.assertEqual(len(self.page.steps), self.page.markers)
        self.assertIn("no_key", self.page.reasons)
        for kind, name, _, answer in self.page.steps:
            self.assertEqual(answer is not None, kind == "example", name)

    def test_examples_are_true(self):
        config = rig.sections(self.path("control.sock"), rig.NULL_PORTS, ADDRESSES)
        client = self.start(config).client()
        for kind, name, first, second in self.page.steps:
            with self.subTest(f"{kind} {name}"):
                if kind == "event":
                    shown = json.loads(first)
                    got = client.event(shown["params"]["kind"])
                    self.compare(name, first, {**shown, "params": got})
                else:
                    client.send(first.encode() + b"\n")
                    self.compare(name, second, client.answer())
        self.assertEqual(client.events, [], "events that the page does not show")


if __name__ == "__main__":
    unittest.main()
