#!/usr/bin/env python3
"""The AWS CPI's executable, as far as disks go, on moto's server: what it asks of EC2, its tags, its waits and its errors are
those of bosh-aws-cpi-release (`cloud_v1.rb`, `cloud_v2.rb`, `tag_manager.rb`, `volume_manager.rb`). It has no recovery
extension. `cpi.json` beside it says where the server is, which region is meant, and how it misbehaves."""
import json
import os
import re
import signal
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

HOME = Path(__file__).parent


class CpiError(Exception):
    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class Cloud:
    def __init__(self, config, context):
        # What a cpi-config says comes with the context, and counts more.
        self.address = config["address"]
        self.region = context.get("region", config["region"])
        self.key = context.get("access_key_id", config.get("access_key_id", "AKIATHEEXECUTABLE"))
        self.context = context
        self.slow = config.get("slow", 0)

    def ask(self, action, **params):
        form = {"Action": action, "Version": "2016-11-15", **params}
        scope = f"{self.key}/20260101/{self.region}/ec2/aws4_request"
        request = urllib.request.Request(
            f"http://{self.address}/",
            data=urllib.parse.urlencode(form).encode(),
            headers={"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=x"},
        )
        try:
            return urllib.request.urlopen(request).read().decode()
        except urllib.error.HTTPError as error:
            body = error.read().decode()
            code = (within(body, "Code") or ["Unknown"])[0]
            raise CpiError(f"Aws::EC2::Errors::{code.replace('.', '')}", (within(body, "Message") or [body])[0])

    def volume(self, cid):
        try:
            return self.ask("DescribeVolumes", **{"VolumeId.1": cid})
        except CpiError as error:
            if error.kind.endswith("InvalidVolumeNotFound"):
                raise CpiError("Bosh::Clouds::DiskNotFound", f"Disk '{cid}' not found")
            raise

    def until(self, ready):
        for _ in range(100):
            if ready():
                return
            time.sleep(0.05)
        raise CpiError("Bosh::Clouds::CloudError", "Timed out waiting for it")

    def has_disk(self, cid):
        try:
            self.volume(cid)
            return True
        except CpiError as error:
            if error.kind == "Bosh::Clouds::DiskNotFound":
                return False
            raise

    def get_disks(self, vm):
        answer = self.ask("DescribeInstances", **{"InstanceId.1": vm})
        return [within(part, "volumeId")[0] for part in answer.split("<deviceName>")[1:]]

    def snapshot_disk(self, cid, metadata):
        volume = self.volume(cid)
        name = [metadata.get("deployment"), metadata["job"], str(metadata["index"])]
        device = within(volume, "device")
        tags = {key: str(value) for key, value in metadata.items() if key not in ("director_name", "index", "job")}
        if device:
            name.append(device[0].rsplit("/", 1)[-1])
            tags["device"] = device[0]
        name = "/".join(part for part in name if part)
        tags["director"] = metadata.get("director_name", "")
        tags["instance_index"] = str(metadata["index"])
        tags["instance_name"] = f"{metadata['job']}/{metadata['instance_id']}"
        tags["Name"] = name
        params = {"VolumeId": cid, "Description": name, "TagSpecification.1.ResourceType": "snapshot"}
        for number, (key, value) in enumerate(sorted(tags.items()), 1):
            params[f"TagSpecification.1.Tag.{number}.Key"] = key[:127]
            params[f"TagSpecification.1.Tag.{number}.Value"] = value[:255]
        made = within(self.ask("CreateSnapshot", **params), "snapshotId")[0]
        time.sleep(self.slow)
        self.until(lambda: "<status>completed<" in self.ask("DescribeSnapshots", **{"SnapshotId.1": made}))
        return made

    def delete_snapshot(self, cid):
        try:
            self.ask("DeleteSnapshot", SnapshotId=cid)
        except CpiError as error:
            if not error.kind.endswith("InvalidSnapshotNotFound"):
                raise

    def create_disk(self, size, properties, vm=None):
        made = self.ask("CreateVolume", Size=str(-(-size // 1024)), AvailabilityZone=f"{self.region}a")
        return within(made, "volumeId")[0]

    def delete_disk(self, cid):
        self.volume(cid)
        self.ask("DeleteVolume", VolumeId=cid)

    def attach_disk(self, vm, cid):
        # moto would attach it twice.
        if "<status>attached<" in self.volume(cid):
            raise CpiError("Aws::EC2::Errors::VolumeInUse", f"{cid} is already attached to an instance")
        if self.context.get("vm", {}).get("stemcell", {}).get("api_version", 0) < 2:
            raise CpiError("Bosh::Clouds::CloudError", "no registry")
        used = within(self.ask("DescribeInstances", **{"InstanceId.1": vm}), "deviceName")
        device = next(name for name in (f"/dev/sd{letter}" for letter in "fghijklmnop") if name not in used)
        self.ask("AttachVolume", VolumeId=cid, InstanceId=vm, Device=device)
        self.until(lambda: "<status>attached<" in self.volume(cid))
        return device

    def detach_disk(self, vm, cid):
        if vm not in self.volume(cid):
            raise CpiError("Bosh::Clouds::DiskNotAttached", f"Disk '{cid}' is not attached to '{vm}'")
        self.ask("DetachVolume", VolumeId=cid, InstanceId=vm)
        self.until(lambda: vm not in self.volume(cid))

    def set_disk_metadata(self, cid, metadata):
        params = {"ResourceId.1": cid}
        for number, (key, value) in enumerate(sorted(metadata.items()), 1):
            params[f"Tag.{number}.Key"], params[f"Tag.{number}.Value"] = key[:127], str(value)[:255]
        self.ask("CreateTags", **params)


def within(xml, name):
    return re.findall(f"<{name}>([^<]*)</{name}>", xml)


def main():
    request = json.load(sys.stdin)
    config = json.loads((HOME / "cpi.json").read_text())
    method, context = request["method"], request.get("context", {})
    with open(HOME / "calls.jsonl", "a") as calls:
        calls.write(json.dumps({"method": method, "arguments": request["arguments"], "context": sorted(context)}) + "\n")
    does = config.get("does", {}).get(method)
    if does == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if isinstance(does, dict):
        print(json.dumps({"result": does.get("result"), "error": does.get("error"), "log": ""}))
        return
    try:
        if method == "info":
            result = {"api_version": 2, "stemcell_formats": ["aws-raw", "aws-light"]}
        elif (call := getattr(Cloud(config, context), method, None)) and method not in ("ask", "until", "volume"):
            result = call(*request["arguments"])
        else:
            raise CpiError("Bosh::Clouds::NotImplemented", f"Must be implemented: {method}")
        if does == "die after":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = {"result": result, "error": None, "log": ""}
    except CpiError as error:
        answer = {"result": None, "error": {"type": error.kind, "message": str(error), "ok_to_retry": False}, "log": ""}
    except Exception as error:  # a defect of the Ruby, too, is an answer
        answer = {"result": None, "error": {"type": type(error).__name__, "message": str(error), "ok_to_retry": False}, "log": ""}
    print(json.dumps(answer))


main()
