"""Where the server listens: HOST and PORT, read and tried before anything is set up.

Knows no Django, so that `python -m digestsite.listen` answers at once.
"""

from __future__ import annotations

import errno
import os
import socket
import sys

ANY_HOST = ("0.0.0.0", "::")


def address() -> tuple[str, int]:
    """HOST and PORT from the environment, 127.0.0.1 and 8000 by default.

    Raises ValueError, with a message that names the variable, where one can't be right.
    """
    host = os.environ.get("HOST", "").strip("[]") or "127.0.0.1"
    if "/" in host or any(character.isspace() for character in host):
        raise ValueError(f"HOST is {host!r}. Write an address alone, such as 127.0.0.1 or 0.0.0.0.")
    text = os.environ.get("PORT") or "8000"
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) < 65536):
        raise ValueError(f"PORT is {text!r}. Write a number from 1 to 65535, such as PORT=8000.")
    return host, int(text)


def bind_error(host: str, port: int) -> OSError | None:
    """Why a server could not listen there, or None if it could."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
            probe.listen(1)
    except OSError as error:
        return error
    return None


def problem(host: str, port: int) -> str:
    """In plain words why nothing can listen at `host` and `port`, with the mend; "" if it can."""
    error = bind_error(host, port)
    if error is None:
        return ""
    if error.errno == errno.EADDRINUSE:
        free = next((p for p in range(port + 1, min(port + 50, 65536)) if not bind_error(host, p)), None)
        return (
            f"Port {port} on {host} is taken by another program (perhaps by this one, started before). "
            f"Stop that one, or choose another port with PORT: PORT={free or 'NUMBER'} make run"
        )
    if error.errno == errno.EACCES:
        return f"PORT is {port}: this account may not use it. Choose one above 1023, such as PORT=8000."
    return (
        f"HOST is {host!r}: this machine can't listen there ({error.strerror or error}). Try HOST=127.0.0.1."
    )


def main() -> int:
    """Returns 0 if HOST and PORT can be served; else 1, with the reason on stderr."""
    try:
        message = problem(*address())
    except ValueError as error:
        message = str(error)
    if message:
        print(message, file=sys.stderr)
    return 1 if message else 0


if __name__ == "__main__":
    sys.exit(main())
