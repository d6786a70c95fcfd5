# SPDX-License-Identifier: BSD-3-Clause
"""Sessions as the tests of the control socket put them, on the null devices of rig.py."""

import base64
import copy
import hashlib

import rig

MASTER_80 = base64.b64encode(hashlib.sha256(b"a master key").digest()[:30]).decode()


def leg(interface="access", security="clear", **more):
    return {"interface": interface, "security": security, **more}


def media(a=None, b=None, **more):
    return {"a": a or leg("access"), "b": b or leg("core"), **more}


def session(id_="call", rev=1, media_=None, **more):
    return {"id": id_, "rev": rev, "media": media_ or [media()], **more}


def secure_session(id_="call", rev=1, key=MASTER_80):
    """A session with a key each way on leg a, and remotes."""
    return session(id_, rev, [media(
        leg("access", "required", receive=rig.key(key), send={**rig.key(key), "shared": True},
            remote={"address": "192.0.2.9", "port": 40000}),
        leg("core", remote={"address": "198.51.100.9", "port": 50000}))])


def changed(params, path, value):
    """A copy of params with the member at path ("media.0.a.remote") set; ... removes it."""
    out = copy.deepcopy(params)
    at = out
    *way, last = path.split(".")
    for name in way:
        at = at[int(name)] if isinstance(at, list) else at[name]
    if value is ...:
        del at[last]
    else:
        at[int(last) if isinstance(at, list) else last] = value
    return out


def requests(method, list_of_params, first_id=1):
    """Request objects for a batch; first_id None: notifications."""
    out = []
    for i, params in enumerate(list_of_params):
        request = {"jsonrpc": "2.0", "method": method, "params": params}
        if first_id is not None:
            request["id"] = first_id + i
        out.append(request)
    return out
