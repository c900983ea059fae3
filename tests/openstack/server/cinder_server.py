"""Cinder's API, scheduler and volume services, in this one process: so their messages need no bus (`fake://`)."""

import sys


def serve(bound, home):
    """Answers at a bound socket until the process ends."""
    import eventlet

    eventlet.monkey_patch()
    import __original_module_threading as original
    import threading

    # As Cinder's own commands do it.
    original.current_thread.__globals__["_active"] = threading._active
    import eventlet.wsgi
    from oslo_config import cfg
    from oslo_log import log
    from oslo_service import service as launch
    from oslo_service import wsgi

    from cinder import i18n

    i18n.enable_lazy()
    from cinder import coordination, objects, rpc, service, version
    from cinder.common import config

    conf = cfg.CONF
    objects.register_all()
    conf(["--config-file", f"{home}/cinder.conf"], project="cinder", version=version.version_string())
    config.set_middleware_defaults()
    log.setup(conf, "cinder")
    coordination.COORDINATOR.start()
    rpc.init(conf)
    services = [service.Service.create(binary="cinder-scheduler")]
    for backend in conf.enabled_backends:
        services.append(
            service.Service.create(
                binary="cinder-volume", host=f"{conf.host}@{backend}", service_name=backend, coordination=True
            )
        )
    running = launch.Services()
    for one in services:
        running.add(one)
    app = wsgi.Loader(conf).load_app("osapi_volume")

    def watch():
        while not all(getattr(one.manager, "is_working", lambda: True)() for one in services):
            eventlet.sleep(0.05)
        open(f"{home}/up", "w").close()

    eventlet.spawn(watch)
    eventlet.wsgi.server(
        eventlet.greenio.GreenSocket(bound), app, log_output=False, keepalive=True, custom_pool=eventlet.GreenPool(100)
    )


def manage(home):
    """A new database."""
    from cinder.cmd.manage import main

    sys.argv = ["cinder-manage", "--config-file", f"{home}/cinder.conf", "db", "sync"]
    main()
