#!/usr/bin/env python3
"""A double of the OpenStack CPI's executable: what BOSH's protocol has, done to the same Cinder. Attaching is Nova's part; here
it is Cinder's own record of it. As the Ruby CPI it gives a snapshot its metadata only after the snapshot is available."""

import json
import pathlib
import sys
import time
import urllib.error
import urllib.request

said = json.loads((pathlib.Path(__file__).parent / "cpi.json").read_text())


class Failed(Exception):
    pass


def asked(method, path, body=None):
    headers = {"x-auth-token": said["token"], "content-type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{said['storage']}/{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
            return json.loads(text) if text else {}
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise Failed(f"{method} {path}: {error.code} {error.read().decode()}") from None


def until(kind, cid, *statuses):
    for _ in range(600):
        now = asked("GET", f"{kind}s/{cid}")
        status = now[kind]["status"] if now else None
        if status in statuses:
            return
        if status and status.startswith("error"):
            break
        time.sleep(0.05)
    raise Failed(f"{kind} {cid} is {status}")


def has_disk(cid):
    return asked("GET", f"volumes/{cid}") is not None


def get_disks(vm):
    rows = asked("GET", "volumes/detail")["volumes"]
    return [row["id"] for row in rows if any(place["server_id"] == vm for place in row["attachments"])]


def attach_disk(vm, cid):
    if cid in get_disks(vm):
        return "/dev/vdc"
    asked("POST", f"volumes/{cid}/action", {"os-reserve": {}})
    asked("POST", f"volumes/{cid}/action", {"os-attach": {"instance_uuid": vm, "mountpoint": "/dev/vdc"}})
    until("volume", cid, "in-use")
    return "/dev/vdc"


def detach_disk(vm, cid):
    if cid in get_disks(vm):
        asked("POST", f"volumes/{cid}/action", {"os-begin_detaching": {}})
        asked("POST", f"volumes/{cid}/action", {"os-detach": {}})
        until("volume", cid, "available")


def delete_disk(cid):
    asked("DELETE", f"volumes/{cid}")
    until("volume", cid, None)


def snapshot_disk(cid, metadata):
    wish = {"volume_id": cid, "force": True, "name": f"snapshot-{cid}", "description": "by the executable"}
    made = asked("POST", "snapshots", {"snapshot": wish})
    if made is None:
        raise Failed(f"Volume `{cid}' not found")
    snapshot = made["snapshot"]["id"]
    until("snapshot", snapshot, "available")
    own = {key: str(value) for key, value in metadata.items()}
    own |= {"director": own.pop("director_name", ""), "instance_index": own.pop("index", "")}
    own["instance_name"] = f"{own.pop('job', '')}/{own.get('instance_id', '')}"
    asked("POST", f"snapshots/{snapshot}/metadata", {"metadata": own})
    return snapshot


def delete_snapshot(cid):
    if asked("DELETE", f"snapshots/{cid}") is not None:
        until("snapshot", cid, None)


def set_disk_metadata(cid, metadata):
    asked("POST", f"volumes/{cid}/metadata", {"metadata": metadata})


def info():
    return {"api_version": 2, "stemcell_formats": ["openstack-raw"]}


METHODS = [
    info, has_disk, get_disks, attach_disk, detach_disk, delete_disk, snapshot_disk, delete_snapshot, set_disk_metadata,
]
request = json.load(sys.stdin)
answer = {"result": None, "error": None, "log": ""}
known = {method.__name__: method for method in METHODS}
try:
    if request["method"] in known:
        answer["result"] = known[request["method"]](*request["arguments"])
    else:
        answer["error"] = {"type": "Bosh::Clouds::NotImplemented", "message": "not here", "ok_to_retry": False}
except Failed as failed:
    answer["error"] = {"type": "Bosh::Clouds::CloudError", "message": str(failed), "ok_to_retry": False}
print(json.dumps(answer))
