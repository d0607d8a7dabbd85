"""Gunicorn reads this by itself: `gunicorn digestsite.wsgi` needs no options."""

import os
import sys
from typing import Any

from digestsite import listen

try:
    host, port = listen.address()
except ValueError as error:
    sys.exit(str(error))

bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

# Two processes of four threads suit two cores; WEB_CONCURRENCY sets the number of processes.
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "gthread"
threads = 4
# Loaded once, then forked: the processes share the memory, and a wrong setting stops the start
# with one message instead of once per process. No connection is open before the fork.
preload_app = True
timeout = 60
graceful_timeout = 8  # seconds for requests under way when it is stopped: containers are killed after 10
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS") or "127.0.0.1,::1"  # as in settings.py
control_socket_disable = True  # nobody needs a second way in
# The heartbeat file must not wait for a busy disk.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def on_starting(server: Any) -> None:
    """The last look before listening, with messages that say what to do."""
    from digestsite import settings  # not on top: what is wrong in it is said by digestsite.wsgi

    if not (settings.STATIC_ROOT / "staticfiles.json").exists():
        sys.exit("This site is not set up yet. Run `python manage.py setup` first (`make run` does both).")
    if "GUNICORN_FD" in os.environ or "LISTEN_FDS" in os.environ:  # sockets handed over: nothing to try
        return
    for where in server.cfg.address:
        if isinstance(where, tuple) and (message := listen.problem(where[0], where[1])):
            sys.exit(message)
