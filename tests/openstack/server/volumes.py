"""A volume driver: volumes and snapshots are sparse files below the server's folder.

Type `ssd` is like Ceph's: a snapshot that volumes were made from is busy until these are gone. Type `hdd` copies.
A test can hold, slow down or break each operation: see README, "Control".
"""

import json
import os
import pathlib

import eventlet
from oslo_config import cfg

from cinder import exception
from cinder.volume import driver

GIB = 1024**3
PIECE = 1024**2


class FileDriver(driver.VolumeDriver):
    VERSION = "1"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        state = pathlib.Path(cfg.CONF.state_path)
        self.volumes, self.control = state / "volumes", state / "control"

    def do_setup(self, context):
        pass

    def check_for_setup_error(self):
        pass

    def _update_volume_stats(self):
        name = self.configuration.volume_backend_name
        pools = [
            {
                "pool_name": kind,
                "kind": kind,
                "total_capacity_gb": 100000,
                "free_capacity_gb": 100000,
                "reserved_percentage": 0,
                "thin_provisioning_support": False,
                "multiattach": False,
            }
            for kind in ("ssd", "hdd")
        ]
        self._stats = {
            "volume_backend_name": name,
            "vendor_name": "tests",
            "driver_version": self.VERSION,
            "storage_protocol": "file",
            "pools": pools,
        }

    def create_volume(self, volume):
        self._controlled("create_volume", volume.id, volume.name)
        self._made(self._volume(volume), volume.size)

    def delete_volume(self, volume):
        self._controlled("delete_volume", volume.id, volume.name)
        self._volume(volume).unlink(missing_ok=True)
        for clone in self.volumes.glob(f"*.clones/{volume.id}"):
            clone.unlink()

    def create_snapshot(self, snapshot):
        self._controlled("create_snapshot", snapshot.volume_id, snapshot.id)
        self._copied(self._volume(snapshot.volume), self._snapshot(snapshot), snapshot.volume_size)

    def delete_snapshot(self, snapshot):
        self._controlled("delete_snapshot", snapshot.id, snapshot.volume_id, snapshot=snapshot)
        clones = self._clones(snapshot)
        if clones.exists() and any(clones.iterdir()):
            raise exception.SnapshotIsBusy(snapshot_name=snapshot.name)
        self._snapshot(snapshot).unlink(missing_ok=True)
        if clones.exists():
            clones.rmdir()

    def create_volume_from_snapshot(self, volume, snapshot):
        self._controlled("create_volume_from_snapshot", snapshot.id, snapshot.volume_id)
        self._copied(self._snapshot(snapshot), self._volume(volume), volume.size)
        if volume.host.endswith("#ssd"):
            clones = self._clones(snapshot)
            clones.mkdir(exist_ok=True)
            (clones / volume.id).touch()

    def create_cloned_volume(self, volume, src_vref):
        self._controlled("create_cloned_volume", src_vref.id)
        self._copied(self._volume(src_vref), self._volume(volume), volume.size)

    def revert_to_snapshot(self, context, volume, snapshot):
        self._controlled("revert_to_snapshot", snapshot.id, volume.id)
        self._copied(self._snapshot(snapshot), self._volume(volume), volume.size)

    def extend_volume(self, volume, new_size):
        self._controlled("extend_volume", volume.id)
        os.truncate(self._volume(volume), new_size * GIB)

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass

    def initialize_connection(self, volume, connector, **kwargs):
        self._controlled("initialize_connection", volume.id)
        return {"driver_volume_type": "local", "data": {"device_path": str(self._volume(volume))}}

    def terminate_connection(self, volume, connector, **kwargs):
        self._controlled("terminate_connection", volume.id)

    def _volume(self, volume):
        return self.volumes / f"volume-{volume.id}"

    def _snapshot(self, snapshot):
        return self.volumes / f"snapshot-{snapshot.id}"

    def _clones(self, snapshot):
        return self.volumes / f"snapshot-{snapshot.id}.clones"

    @staticmethod
    def _made(path, gib):
        with open(path, "xb") as made:
            made.truncate(gib * GIB)

    @staticmethod
    def _copied(source, target, gib):
        """The bytes of one file in another, holes kept. In between others have their turn, as with a real copy."""
        with open(source, "rb") as given, open(target, "wb") as made:
            size = os.fstat(given.fileno()).st_size
            at = 0
            while at < size:
                try:
                    at = os.lseek(given.fileno(), at, os.SEEK_DATA)
                except OSError:
                    break
                end = os.lseek(given.fileno(), at, os.SEEK_HOLE)
                while at < end:
                    piece = os.pread(given.fileno(), min(PIECE, end - at), at)
                    os.pwrite(made.fileno(), piece, at)
                    at += len(piece)
                    eventlet.sleep(0)
            made.truncate(gib * GIB)

    def _controlled(self, operation, *ids, snapshot=None):
        for path in [self.control / operation, *(self.control / f"{operation}.{one}" for one in ids)]:
            try:
                rule = json.loads(path.read_text() or "{}")
            except FileNotFoundError:
                continue
            if rule.get("once"):
                path.unlink(missing_ok=True)
            eventlet.sleep(rule.get("seconds", 0))
            while rule.get("hold"):
                eventlet.sleep(0.02)
                try:
                    rule = json.loads(path.read_text())
                except FileNotFoundError:
                    rule["hold"] = False
            if rule.get("busy") and snapshot is not None:
                raise exception.SnapshotIsBusy(snapshot_name=snapshot.name)
            if rule.get("fail"):
                raise exception.VolumeDriverException(message=str(rule["fail"]))
