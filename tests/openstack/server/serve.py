"""Starts Keystone and Cinder, says where they are, and ends them.

serve.py make DIR: makes DIR/template, the databases and keys that each start begins with.
serve.py serve DIR: a fresh cloud, until the standard input ends.
"""

import ctypes
import fcntl
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import sqlite3
import sys
import tempfile
import time
import urllib.error
import urllib.request

import furnish

HERE = pathlib.Path(__file__).parent
PR_SET_PDEATHSIG = 1
PATIENCE = 120
DATABASES = ("keystone.db", "cinder.db")


class Cloud:
    """Both services, with a folder of their own."""

    def __init__(self, home):
        self.home = home
        self.children = {}
        # Bound before anything starts: nobody else gets these ports, and each can be told the other's.
        self.sockets = {name: self._bound() for name in ("keystone", "cinder")}
        port = {name: bound.getsockname()[1] for name, bound in self.sockets.items()}
        self.auth_url = f"http://127.0.0.1:{port['keystone']}/v3"
        self.volume_url = f"http://127.0.0.1:{port['cinder']}"
        for name in ("volumes", "control", "locks"):
            (home / name).mkdir()
        values = {"HOME": str(home), "HERE": str(HERE), "AUTH_URL": self.auth_url}
        for name in ("keystone.conf", "cinder.conf", "api-paste.ini"):
            text = (HERE / name).read_text()
            for key, value in values.items():
                text = text.replace(f"@{key}@", value)
            (home / name).write_text(text)

    @staticmethod
    def _bound():
        bound = socket.socket()
        bound.bind(("127.0.0.1", 0))
        bound.listen(128)
        return bound

    def start(self, *names):
        for name in names:
            self.children[self._forked(name, lambda name=name: self._serve(name))] = name

    def run(self, *names):
        """Runs what ends by itself, all at once."""
        started = [(self._forked(name, lambda name=name: self._manage(name)), name) for name in names]
        for pid, name in started:
            _, status = os.waitpid(pid, 0)
            if status != 0:
                raise RuntimeError(f"{name} could not make its database: {self.log(name)}")

    def _forked(self, name, act):
        parent = os.getpid()
        pid = os.fork()
        if pid != 0:
            return pid
        try:
            # It ends with its parent, however that ends.
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            log = os.open(self.home / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(log, 1)
            os.dup2(log, 2)
            act()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            import traceback

            traceback.print_exc()
            code = 1
        sys.stderr.flush()
        os._exit(code)

    def _serve(self, name):
        module = __import__(f"{name}_server")
        module.serve(self.sockets[name], str(self.home))

    def _manage(self, name):
        module = __import__(f"{name}_server")
        module.manage(str(self.home))

    def log(self, name):
        path = self.home / f"{name}.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else "it logged nothing"

    def wait(self):
        """Waits until both answer."""
        for url in (self.auth_url, self.volume_url + "/"):
            until = time.monotonic() + PATIENCE
            while not self._answers(url):
                self.check()
                if time.monotonic() > until:
                    raise RuntimeError(f"{url} did not answer within {PATIENCE} seconds")
                time.sleep(0.05)
        # Cinder's API answers before the volume services are there.
        until = time.monotonic() + PATIENCE
        while not (self.home / "up").exists():
            self.check()
            if time.monotonic() > until:
                raise RuntimeError(f"Cinder's volume services did not start: {self.log('cinder')}")
            time.sleep(0.05)

    @staticmethod
    def _answers(url):
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                return answer.status < 400
        except urllib.error.HTTPError as answer:
            return answer.code < 400
        except OSError:
            return False

    def check(self):
        """Fails if one of them has ended."""
        pid, status = os.waitpid(-1, os.WNOHANG) if self.children else (0, 0)
        if pid in self.children:
            name = self.children.pop(pid)
            raise RuntimeError(f"{name} ended with {status}: {self.log(name)}")

    def stop(self):
        for pid in list(self.children):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            del self.children[pid]


def make(directory):
    """A template: databases with all that each start begins with."""
    home = directory / "making"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    cloud = Cloud(home)
    try:
        cloud.run("keystone", "cinder")
        for name in DATABASES:
            # Readers do not stop the writer.
            executed(home / name, "PRAGMA journal_mode=WAL")
        cloud.start("keystone", "cinder")
        cloud.wait()
        facts = furnish.furnish(cloud.auth_url, cloud.volume_url)
    finally:
        cloud.stop()
    for name in DATABASES:
        executed(home / name, "PRAGMA wal_checkpoint(TRUNCATE)")
        for rest in ("-wal", "-shm"):
            (home / (name + rest)).unlink(missing_ok=True)
    (home / "facts.json").write_text(json.dumps(facts))
    for name in ("volumes", "control", "locks", "up"):
        path = home / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    home.rename(directory / "template")


def executed(path, statement):
    database = sqlite3.connect(path)
    database.execute(statement).fetchall()
    database.close()


def serve(directory):
    """A fresh cloud, until the standard input ends."""
    runs = directory / "runs"
    runs.mkdir(exist_ok=True)
    sweep(runs)
    home = pathlib.Path(tempfile.mkdtemp(dir=runs))
    held = open(home / "held", "w")
    fcntl.flock(held, fcntl.LOCK_EX)
    template = directory / "template"
    for name in DATABASES:
        shutil.copy(template / name, home / name)
    shutil.copytree(template / "keys", home / "keys")
    cloud = Cloud(home)
    # The template's addresses are those of the server that made it.
    with sqlite3.connect(home / "keystone.db") as database:
        furnish.move(database, cloud.auth_url, cloud.volume_url)
    database.close()
    try:
        cloud.start("keystone", "cinder")
        cloud.wait()
        facts = json.loads((template / "facts.json").read_text())
        facts |= {
            "auth_url": cloud.auth_url,
            "volume_url": cloud.volume_url + "/v3",
            "control": str(home / "control"),
            "volumes": str(home / "volumes"),
            "log": str(home / "cinder.log"),
            "stop": "close the standard input of the server, or send SIGTERM",
            "pid": os.getpid(),
        }
        print(json.dumps(facts), flush=True)
        while True:
            readable, _, _ = select.select([0], [], [], 0.5)
            if readable and not os.read(0, 65536):
                break
            cloud.check()
    finally:
        cloud.stop()
        shutil.rmtree(home, ignore_errors=True)


def sweep(runs):
    """Removes the folders of servers that were killed."""
    for home in runs.iterdir():
        try:
            with open(home / "held") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(home, ignore_errors=True)
        except BlockingIOError:
            pass
        except OSError:
            # One that was killed before it held its folder; or one that holds it in an instant.
            if time.time() - home.stat().st_mtime > 60:
                shutil.rmtree(home, ignore_errors=True)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(0))
    what, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    try:
        {"make": make, "serve": serve}[what](directory)
    except (RuntimeError, OSError, sqlite3.Error) as error:
        sys.exit(f"serve.py {what}: {error}")


main()
