"""Keystone, in this process."""

import os
import sys


def serve(bound, home):
    """Answers at a bound socket until the process ends."""
    import eventlet

    eventlet.monkey_patch()
    import eventlet.wsgi
    from keystone.server.flask import core

    # Keystone reads the command line of its process.
    sys.argv = ["keystone"]
    app = core.initialize_application(name="public", config_files=[f"{home}/keystone.conf"])
    eventlet.wsgi.server(eventlet.greenio.GreenSocket(bound), app, log_output=False)


def manage(home):
    """A new database, keys and the first administrator."""
    from keystone.cmd.manage import main

    import furnish

    owner = ["--keystone-user", str(os.getuid()), "--keystone-group", str(os.getgid())]
    first = ["--bootstrap-password", furnish.ADMIN["password"], "--bootstrap-region-id", furnish.REGION]
    os.makedirs(f"{home}/keys")
    for step in (["db_sync"], ["fernet_setup", *owner], ["credential_setup", *owner], ["bootstrap", *first]):
        # Each in a process of its own, as by hand: what one registers another cannot.
        pid = os.fork()
        if pid == 0:
            sys.argv = ["keystone-manage", "--config-file", f"{home}/keystone.conf", *step]
            try:
                code = main() or 0
            except SystemExit as end:
                code = end.code or 0
            finally:
                sys.stderr.flush()
            os._exit(int(code))
        if os.waitpid(pid, 0)[1] != 0:
            sys.exit(f"keystone-manage {step[0]} failed")
