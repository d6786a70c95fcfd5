#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The methods of the control socket: what they do, and how they refuse."""

import base64
import json
import unittest

import calls
import rig
from calls import leg, media, session


class Sessions(rig.EngineTest):
    def put(self, params):
        return self.client.call_with("session.put", params)

    def setUp(self):
        super().setUp()
        self.engine = self.start_null()
        self.client = self.engine.client()

    def totals(self):
        stats = self.client.call("stats.get")
        return stats["sessions"], stats["streams"]

    def test_put_get_delete(self):
        put = self.put(calls.secure_session())
        self.assertEqual((put["state"], put["rev"], put["worker"]), ("applied", 1, 0))
        got = self.client.call("session.get", id="call")
        for side in "ab":
            local = put["media"][0][side]
            self.assertEqual({k: got["media"][0][side][k] for k in local}, local)
            self.assertEqual(local["port"] % 2, 0)
            self.assertEqual(local["rtcp_port"], local["port"] + 1)
            self.assertTrue(20000 <= local["port"] <= 29999)
        self.assertEqual(got["media"][0]["a"]["suite"],
                         {"receive": rig.SUITE_80, "send": rig.SUITE_80})
        self.assertEqual(got["media"][0]["b"]["remote"],
                         {"address": "198.51.100.9", "port": 50000, "rtcp_port": 50001})
        self.assertEqual(self.totals(), (1, 16))
        deleted = self.client.call("session.delete", id="call")
        self.assertEqual(deleted["state"], "deleted")
        self.assertEqual(deleted["statistics"], got["media"])
        self.assertEqual(self.totals(), (0, 0))

    def test_delete_twice(self):
        self.put(session())
        self.assertEqual(self.client.call("session.delete", id="call")["state"], "deleted")
        again = self.client.call("session.delete", id="call")
        self.assertEqual(again, {"id": "call", "state": "absent", "statistics": None})
        self.refused("not_found", self.client.call, "session.get", id="call", field="id")

    def test_delete_with_revision(self):
        self.put(session(rev=5))
        self.refused("stale", self.client.call, "session.delete", id="call", rev=4, field="rev")
        self.assertEqual(self.client.call("session.delete", id="call", rev=5)["state"], "deleted")

    def test_revisions(self):
        first = self.put(session(rev=3))
        self.refused("stale", self.put, session(rev=2))
        self.refused("conflict", self.put, session(rev=3, timeout_s=7))
        spelled_out = session(rev=3, media_=[media(
            leg("access", local_port=0, rtcp_mux=False, dscp="keep", source="strict", max_ssrcs=4),
            id="0")], **{"x-note": [1, {"x": 2}]})
        self.assertEqual(self.put(spelled_out), {**first, "state": "unchanged"})
        self.assertEqual(self.put(session(rev=4, timeout_s=7))["state"], "applied")
        self.refused("conflict", self.put, session(rev=4))
        self.assertEqual(self.put(session(rev=2 ** 53))["rev"], 2 ** 53)
        self.refused("params", self.put, session(rev=2 ** 53 + 1), field="rev")

    def test_another_key_is_a_conflict(self):
        self.put(calls.secure_session())
        other = base64.b64encode(bytes(range(30))).decode()
        self.refused("conflict", self.put, calls.secure_session(key=other))
        self.assertEqual(self.put(calls.secure_session())["state"], "unchanged")

    def test_update_keeps_ports_and_birth(self):
        first = self.put(calls.secure_session())
        born = self.client.call("session.get", id="call")["created_s"]
        other = base64.b64encode(bytes(range(30))).decode()
        second = self.put(calls.secure_session(rev=2, key=other))
        self.assertEqual(second["media"], first["media"])
        got = self.client.call("session.get", id="call")
        self.assertEqual((got["rev"], got["created_s"]), (2, born))
        self.assertEqual(self.totals(), (1, 16))

    def test_update_adds_and_ends_media(self):
        one = leg("access", local_port=21000)
        two = leg("access", local_port=21002)
        self.put(session(rev=1, media_=[media(one, id="audio"), media(two, id="video")]))
        self.refused("port_in_use", self.put, session("other", 1, [media(two)]),
                     field="media[0].a.local_port")
        kept = self.put(session(rev=2, media_=[media(id="audio")]))
        self.assertEqual(kept["media"][0]["a"]["port"], 21000)
        self.assertEqual(self.totals(), (1, 16))
        self.put(session("other", 1, [media(two)]))  # the port is free again

    def test_a_local_port_is_taken_once(self):
        wish = leg("access", local_port=20100)
        self.put(session("one", 1, [media(wish)]))
        self.refused("port_in_use", self.put, session("two", 1, [media(wish)]),
                     field="media[0].a.local_port")
        self.client.call("session.delete", id="one")
        self.assertEqual(self.put(session("two", 1, [media(wish)]))["media"][0]["a"]["port"], 20100)

    def test_both_legs_cannot_have_one_port(self):
        wish = leg("access", local_port=20100)
        self.refused("port_in_use", self.put, session(media_=[media(wish, wish)]),
                     field="media[0].b.local_port")
        self.assertEqual(self.totals(), (0, 0))

    def test_refused_put_changes_nothing(self):
        good = media(leg("access", local_port=20100), leg("core", local_port=20100))
        for kind, bad in (("no_interface", leg("nowhere")),
                          ("params", leg("access", local_port=40000)),
                          ("port_in_use", leg("access", local_port=20100)),
                          ("no_route", leg("access", remote={"address": "203.0.113.1",
                                                              "port": 4000}))):
            self.refused(kind, self.put, session(media_=[good, media(bad)]))
            self.assertEqual(self.totals(), (0, 0))
        self.assertEqual(self.put(session(media_=[good]))["state"], "applied")
        before = self.client.call("session.get", id="call")
        self.refused("no_route", self.put, session(rev=2, media_=[good, media(bad)]))
        self.assertEqual(self.client.call("session.get", id="call"), before)

    def test_no_interface(self):
        self.refused("no_interface", self.put, session(media_=[media(leg("dmz"))]),
                     field="media[0].a.interface")
        self.refused("no_interface", self.put,
                     session(media_=[media(b=leg("core", family="ip6"))]),
                     field="media[0].b.interface")

    def test_no_route(self):
        for address in ("203.0.113.1", "2001:db8::1"):
            far = leg("access", remote={"address": address, "port": 4000})
            self.refused("no_route", self.put, session(media_=[media(far)]),
                         field="media[0].a.remote")

    def test_max_ssrcs_cannot_change(self):
        """Nor what else belongs to the streams, while the key stays."""
        def a(**more):
            return media(leg("access", "required", receive=rig.key(calls.MASTER_80), **more))
        self.put(session(media_=[a()]))
        for member, value in (("max_ssrcs", 5), ("replay_window", 64)):
            self.refused("params", self.put, session(rev=2, media_=[a(**{member: value})]),
                         field=f"media[0].a.{member}")

    def walk(self, most=20, **params):
        """The pages of session.list up to the last one."""
        page = self.client.call("session.list", **params)
        yield page
        while page["cursor"] is not None:
            most -= 1
            self.assertGreater(most, 0, "the walk does not end")
            page = self.client.call("session.list", cursor=page["cursor"], **params)
            yield page

    def test_list_by_pages(self):
        wanted = {f"call-{i}" for i in range(250)}
        batch = calls.requests("session.put", [session(id_) for id_ in sorted(wanted)])
        self.client.send(json.dumps(batch).encode() + b"\n")
        self.assertEqual({a["result"]["state"] for a in self.client.answer()}, {"applied"})
        pages = [[entry["id"] for entry in page["sessions"]] for page in self.walk()]
        self.assertEqual([len(page) for page in pages], [100, 100, 50])
        self.assertEqual(sorted(sum(pages, [])), sorted(wanted))
        self.assertEqual([page["total"] for page in self.walk()], [250] * 3)
        whole = self.client.call("session.list", limit=1000)
        self.assertEqual((len(whole["sessions"]), whole["cursor"]), (250, None))
        exact = self.client.call("session.list", limit=250)
        self.assertEqual((len(exact["sessions"]), exact["cursor"]), (250, None))

    def test_list_while_sessions_go(self):
        for i in range(30):
            self.put(session(f"call-{i}"))
        seen = []
        for page in self.walk(limit=7):
            seen += [entry["id"] for entry in page["sessions"]]
            self.client.call("session.delete", id=seen[-1])
        self.assertEqual(len(seen), 30)
        self.assertEqual(len(set(seen)), 30)

    def test_wrong_cursor(self):
        for cursor in ("x", "s", "s-1", "s1x", "s99999999999", "17"):
            self.refused("params", self.client.call, "session.list", cursor=cursor, field="cursor")

    def test_ports_and_port_set(self):
        self.client.call("events.subscribe")
        self.client.call("port.set", name="access", up=False)
        self.assertEqual(self.client.event("port.down")["port"], "access")
        up = {p["name"]: p["up"] for p in self.client.call("stats.get")["ports"]}
        self.assertEqual(up, {"access": False, "core": True})
        self.assertEqual(self.client.call("port.set", name="access", up=True),
                         {"name": "access", "up": True})
        self.assertEqual(self.client.event("port.up")["port"], "access")
        self.refused("not_found", self.client.call, "port.set", name="dmz", up=True, field="name")

    def test_port_set_without_change_tells_nothing(self):
        before = self.client.call("events.subscribe")["seq"]
        self.client.call("port.set", name="access", up=True)
        self.client.call("port.set", name="core", up=True)
        self.assertEqual(self.client.call("events.subscribe")["seq"], before)


class Limits(rig.EngineTest):
    def put(self, *args, **more):
        return self.client.call_with("session.put", session(*args, **more))

    def test_sessions(self):
        self.client = self.start_null(limits={"sessions": 3}).client()
        for id_ in ("one", "two", "three"):
            self.put(id_)
        self.refused("limit", self.put, "four")
        self.assertEqual(self.put("two", 2, timeout_s=9)["state"], "applied")
        self.client.call("session.delete", id="one")
        self.put("four")
        self.refused("limit", self.put, "five")
        self.assertEqual(self.client.call("session.list")["total"], 3)

    def test_streams(self):
        """A leg takes max_ssrcs streams in each direction: 2 * (4 + 4) for one media."""
        self.client = self.start_null(limits={"streams": 40}).client()
        self.put("one")
        self.put("two")
        self.refused("limit", self.put, "three")
        self.assertEqual(self.client.call("stats.get")["streams"], 32)
        small = [media(leg("access", max_ssrcs=2), leg("core", max_ssrcs=2))]
        self.put("three", 1, small)
        self.refused("limit", self.put, "four", 1, [media(leg("access", max_ssrcs=1),
                                                         leg("core", max_ssrcs=1))])
        self.refused("limit", self.put, "three", 2, small + [media()])
        self.assertEqual(self.client.call("session.get", id="three")["rev"], 1)

    def test_local_ports(self):
        addresses = {**rig.NULL_ADDRESSES,
                     "access": {**rig.NULL_ADDRESSES["access"], "ports": "20000-20003"}}
        self.client = self.start(rig.sections(self.path("control.sock"), rig.NULL_PORTS,
                                              addresses)).client()
        ports = {self.put(id_)["media"][0]["a"]["port"] for id_ in ("one", "two")}
        self.assertEqual(ports, {20000, 20002})
        self.refused("no_ports", self.put, "three")
        self.client.call("session.delete", id="one")
        self.assertEqual(self.put("three")["media"][0]["a"]["port"], 20000)


class Strictness(rig.EngineTest):
    """What is not understood is refused, with the path of the field."""

    def setUp(self):
        super().setUp()
        self.client = self.start_null().client()
        self.good = calls.secure_session()

    def tearDown(self):
        self.assertEqual(self.client.call("session.list")["total"], 0)

    def refuse_put(self, path, value, field, kind="params"):
        with self.subTest(path=path, value=value):
            self.refused(kind, self.client.call_with, "session.put",
                         calls.changed(self.good, path, value), field=field)

    def test_unknown_fields(self):
        self.refuse_put("colour", 1, "colour")
        self.refuse_put("media.0.colour", 1, "media[0].colour")
        self.refuse_put("media.0.a.colour", 1, "media[0].a.colour")
        self.refuse_put("media.0.b.remote.colour", 1, "media[0].b.remote.colour")
        # inside a key no name is repeated: it could be the key
        self.refuse_put("media.0.a.receive.colour", 1, "media[0].a.receive")

    def test_x_fields_are_ignored(self):
        params = self.good
        for path in ("x-a", "media.0.x-a", "media.0.a.x-a", "media.0.b.remote.x-a",
                     "media.0.a.receive.x-a"):
            params = calls.changed(params, path, {"any": [None, 1.5, "thing"]})
        self.assertEqual(self.client.call_with("session.put", params)["state"], "applied")
        self.client.call("session.delete", id="call")

    def test_missing_fields(self):
        for path, field in (("id", "id"), ("rev", "rev"), ("media", "media"),
                            ("media.0.a", "media[0].a"), ("media.0.b", "media[0].b"),
                            ("media.0.a.interface", "media[0].a.interface"),
                            ("media.0.a.security", "media[0].a.security"),
                            ("media.0.a.remote.address", "media[0].a.remote.address"),
                            ("media.0.a.remote.port", "media[0].a.remote.port")):
            self.refuse_put(path, ..., field)

    def test_wrong_values(self):
        long_ = "i" * 129
        for path, field, values in (
                ("id", "id", (1, "", "a b", "ä", "a\n", long_, None)),
                ("rev", "rev", (-1, 1.0, "1", True, None, 2 ** 62)),
                ("media", "media", ([], {}, "x", [media()] * 9)),
                ("media.0", "media[0]", (1, [], None)),
                ("media.0.id", "media[0].id", ("", "i" * 33, 0, "a b")),
                ("timeout_s", "timeout_s", (-1, 86401, "1", 1.5)),
                ("media.0.a", "media[0].a", ([], "x", None)),
                ("media.0.a.interface", "media[0].a.interface", ("", 1, "i" * 33)),
                ("media.0.a.family", "media[0].a.family", ("ip5", 4, "IP4")),
                ("media.0.a.security", "media[0].a.security", ("none", "", True, "REQUIRED")),
                ("media.0.a.local_port", "media[0].a.local_port",
                 (20001, 65535, 65536, -2, "20000", 1022, 30000)),
                ("media.0.a.rtcp_mux", "media[0].a.rtcp_mux", (0, 1, "true", None)),
                ("media.0.a.dscp", "media[0].a.dscp", (-1, 64, "ef", 1.0)),
                ("media.0.b.source", "media[0].b.source", ("everybody", 1)),
                ("media.0.a.max_ssrcs", "media[0].a.max_ssrcs", (0, 65, "4", 4.0)),
                ("media.0.a.remote", "media[0].a.remote", ([], "192.0.2.9:4000", None)),
                ("media.0.a.remote.port", "media[0].a.remote.port", (0, 65536, -1, "4000")),
                ("media.0.a.remote.rtcp_port", "media[0].a.remote.rtcp_port", (0, 65536)),
                ("media.0.a.remote.address", "media[0].a.remote.address",
                 ("", "host", "192.0.2", "192.0.2.256", "0.0.0.0", "255.255.255.255", "224.0.0.1",
                  "192.0.2.9 ", "::", "ff02::1", "fe80::1%eth0", "192.0.2.9/24", 1))):
            for value in values:
                self.refuse_put(path, value, field)

    def test_two_media_of_one_id(self):
        self.refused("params", self.client.call_with, "session.put",
                     session(media_=[media(id="1"), media()]), field="media[1].id")

    def test_remote_port_without_a_next_one(self):
        self.refuse_put("media.0.a.remote.port", 65535, "media[0].a.remote.rtcp_port")
        mux = calls.changed(self.good, "media.0.a.rtcp_mux", True)
        mux = calls.changed(mux, "media.0.a.remote.port", 65535)
        self.client.call_with("session.put", mux)
        self.client.call("session.delete", id="call")

    def test_keys_on_a_clear_leg(self):
        for member in ("receive", "send"):
            self.refuse_put(f"media.0.b.{member}", rig.key(calls.MASTER_80),
                            f"media[0].b.{member}")

    def test_hello(self):
        for params, field in (({}, "api"), ({"api": {"major": 1}}, "api.minor"),
                              ({"api": {"major": 2, "minor": 0}}, "api.major"),
                              ({"api": {"major": 0, "minor": 9}}, "api.major"),
                              ({"api": {"major": 1, "minor": 0, "patch": 0}}, "api.patch"),
                              ({"api": 1}, "api"),
                              ({"api": {"major": 1, "minor": 0}, "client": "c" * 65}, "client")):
            self.refused("params", self.client.call_with, "hello", params, field=field)
        newer = self.client.call("hello", api={"major": 1, "minor": 7})
        self.assertEqual(newer["api"], {"major": 1, "minor": 1})

    def test_other_methods(self):
        for method, params, field in (
                ("session.get", {}, "id"), ("session.get", {"id": 1}, "id"),
                ("session.get", {"id": "a", "rev": 1}, "rev"),
                ("session.list", {"limit": 0}, "limit"), ("session.list", {"limit": 1001}, "limit"),
                ("session.list", {"cursor": ""}, "cursor"), ("session.delete", {}, "id"),
                ("session.delete", {"id": "a", "rev": -1}, "rev"),
                ("stats.get", {"all": True}, "all"),
                ("events.subscribe", {"kinds": []}, "kinds"),
                ("events.subscribe", {"kinds": "port.up"}, "kinds"),
                ("events.subscribe", {"kinds": ["port.up", "nothing"]}, "kinds[1]"),
                ("events.subscribe", {"from_seq": -1}, "from_seq"),
                ("port.set", {"name": "access"}, "up"),
                ("port.set", {"name": "access", "up": 1}, "up"),
                ("port.set", {"up": True}, "name")):
            with self.subTest(method=method, params=params):
                self.refused("params", self.client.call_with, method, params, field=field)

    def test_params_that_are_no_object(self):
        for params in ([], "x", 1, [{"id": "a"}]):
            self.refused("params", self.client.call_with, "session.get", params)


class Keys(rig.EngineTest):
    """SD-01, SD-05, SD-08, SD-10: keys that cannot be used are refused, and never repeated."""

    KEY = bytes(range(101, 117))
    SALT = bytes(range(201, 215))
    TEXT = base64.b64encode(KEY + SALT).decode()

    def setUp(self):
        super().setUp()
        self.client = self.start_null().client()

    def refuse(self, key, kind="bad_key"):
        """The key is refused on both members, and no part of its text comes back."""
        for member in ("receive", "send"):
            with self.subTest(key=key, member=member):
                a = leg("access", "required", **{member: key})
                request = self.client.request("session.put", session(media_=[media(a)]))
                self.client.send(json.dumps(request).encode() + b"\n")
                line = self.client.line().decode()
                data = json.loads(line)["error"]["data"]
                self.assertEqual(data["kind"], kind, line)
                self.assertTrue(data["field"].startswith(f"media[0].a.{member}"), line)
                secret = self.TEXT + base64.b64encode(self.KEY).decode() + \
                    base64.b64encode(self.SALT).decode()
                for i in range(len(secret) - 7):
                    self.assertNotIn(secret[i:i + 8], line)
        self.assertEqual(self.client.call("session.list")["total"], 0)

    def test_good_spellings(self):
        spellings = [f"1 {rig.SUITE_80} inline:{self.TEXT}",
                     f"a=crypto:1 {rig.SUITE_80} inline:{self.TEXT}",
                     f"999999999 {rig.SUITE_32} inline:{self.TEXT}|2^20",
                     f"2 {rig.SUITE_80}  inline:{self.TEXT}|1048576 "]
        for rev, sdes in enumerate(spellings, 1):
            put = session(rev=rev, media_=[media(leg("access", "required",
                                                     receive={"sdes": sdes},
                                                     allow=["TAG_32"]))])
            self.assertEqual(self.client.call_with("session.put", put)["state"], "applied", sdes)
        raw = {"suite": rig.SUITE_80, "key": base64.b64encode(self.KEY).decode(),
               "salt": base64.b64encode(self.SALT).decode()}
        unpadded = {name: text.rstrip("=") for name, text in raw.items()}
        for rev, key in enumerate((raw, unpadded), 9):
            put = session(rev=rev, media_=[media(leg("access", "required", send=key))])
            self.assertEqual(self.client.call_with("session.put", put)["state"], "applied")

    def test_base64(self):
        text = self.TEXT
        for wrong in ("", text[:-1], text[:-4], text + "QUJD", text + "A", text + "=",
                      text[:-1] + "=", text[:-2] + "==", text[:20] + " " + text[20:],
                      text[:20] + "!" + text[21:], text.replace(text[5], "-", 1),
                      "A" * 40,
                      base64.b64encode(self.KEY + self.SALT + b"\0").decode(),
                      base64.b64encode((self.KEY + self.SALT)[:-1]).decode(),
                      base64.b64encode(bytes(16) + self.SALT).decode()):
            self.refuse({"sdes": f"1 {rig.SUITE_80} inline:{wrong}"})

    def test_lines(self):
        text, suite = self.TEXT, rig.SUITE_80
        for wrong in ("", f"{suite} inline:{text}", f"0 {suite} inline:{text}",
                      f"1000000000 {suite} inline:{text}", f"-1 {suite} inline:{text}",
                      f"1 {suite}", f"1 {suite} {text}", f"1 {suite} uri:{text}",
                      f"1 {suite} inline:{text}|2^49", f"1 {suite} inline:{text}|0",
                      f"1 {suite} inline:{text}|x", f"1 {suite} inline:{text}|2^20|1:0",
                      f"1 {suite} inline:{text}|256:1", f"1 {suite} inline:{text}|1:129",
                      f"1 {suite} inline:{text};inline:{text}",
                      f"1 {suite} inline:{text}|1:4;inline:{text}|1:4",
                      f"1 {suite} inline:{text}|1:4;inline:{text}|2:2",
                      f"1 {suite} inline:{text} KDR=1", f"1 {suite} inline:{text} WSH=x",
                      f"1 {suite} inline:{text} FEC_ORDER=FEC_SRTP",
                      f"1 {suite} inline:{text} FEC_KEY=inline:{text}",
                      f"1 {suite} inline:{text} UNENCRYPTED_SRTP UNENCRYPTED_SRTP",
                      f"1 {suite} inline:{text} SOMETHING", f"b=crypto:1 {suite} inline:{text}"):
            # what is no text at all is a wrong parameter, not a wrong key
            self.refuse({"sdes": wrong}, "bad_key" if wrong else "params")

    def test_consent(self):
        """SD-05: what weakens a leg is taken only when the leg allows it by its name."""
        for text, name in ((f"1 {rig.SUITE_32} inline:{self.TEXT}", "TAG_32"),
                           (f"1 NULL_HMAC_SHA1_80 inline:{self.TEXT}", "NULL_CIPHER"),
                           *((f"1 {rig.SUITE_80} inline:{self.TEXT} {mode}", mode) for mode in
                             ("UNENCRYPTED_SRTP", "UNENCRYPTED_SRTCP", "UNAUTHENTICATED_SRTP"))):
            self.refuse({"sdes": text}, "consent")
            a = leg("access", "required", receive={"sdes": text}, allow=[name])
            put = session(name, media_=[media(a)])
            self.assertEqual(self.client.call_with("session.put", put)["state"], "applied")
            self.client.call("session.delete", id=name)

    def test_key_and_salt(self):
        key, salt = base64.b64encode(self.KEY).decode(), base64.b64encode(self.SALT).decode()
        zero = base64.b64encode(bytes(16)).decode()
        for k, s in ((key[:-4], salt), (key, salt[:-4]), (salt, key), (key, key),
                     (key + "AAAA", salt), (key[:-1], salt), (self.TEXT, salt), (zero, salt),
                     (key, salt + "AAAA"), (key, salt[:-1] + "B")):
            self.refuse({"suite": rig.SUITE_80, "key": k, "salt": s})

    def test_half_a_key(self):
        key, salt = base64.b64encode(self.KEY).decode(), base64.b64encode(self.SALT).decode()
        whole = {"suite": rig.SUITE_80, "key": key, "salt": salt}
        for member in whole:
            self.refuse({k: v for k, v in whole.items() if k != member}, "params")
        self.refuse({**whole, **rig.key(self.TEXT)}, "params")
        for wrong in ({}, self.TEXT, [self.TEXT], None, {"sdes": [self.TEXT]},
                      {"sdes": {"inline": self.TEXT}}, {self.TEXT: 1}, {"sdes": "x" * 4097},
                      {**whole, "key": key * 6}, {**whole, "salt": salt * 4}):
            self.refuse(wrong, "params")

    def test_unknown_suites(self):
        key, salt = base64.b64encode(self.KEY).decode(), base64.b64encode(self.SALT).decode()
        for suite in ("F8_128_HMAC_SHA1_80", "ARIA_128_CTR_HMAC_SHA1_80", "AEAD_ARIA_128_GCM",
                      "NO_SUITE", rig.SUITE_80 + "0"):
            self.refuse(rig.key(self.TEXT, suite), "unsupported_suite")
            self.refuse({"suite": suite, "key": key, "salt": salt}, "unsupported_suite")


if __name__ == "__main__":
    unittest.main()
