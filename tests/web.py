"""A web server on this machine, for tests of what is fetched: each path answers as a test says."""

from __future__ import annotations

import contextlib
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

# What tests allow beside the public internet, by the same parameter and setting as an installation does.
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Web:
    """`pages` maps a path to its answer; `asked` are the requests that came: path and Host header."""

    port: int
    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def put(self, path: str, data: bytes, status: int = 200, **headers: str) -> str:
        """Answer `path` with bytes; returns its address. Header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Content-Length", str(len(data)))

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in named.items():
                if value:
                    handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(data)

        self.pages[path] = answer
        return self.address + path

    def send_on(self, path: str, to: str, status: int = 302) -> str:
        return self.put(path, b"", status, Location=to)

    def raw(self, path: str, write: Callable[[Any], None]) -> str:
        """Answer with whatever `write` sends, status line and all."""
        self.pages[path] = lambda handler: write(handler.wfile)
        return self.address + path


@contextlib.contextmanager
def serving(certificate: Path | None = None) -> Iterator[Web]:
    """A server for the time of the block; with a PEM file of key and certificate it speaks TLS."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.asked.append((self.path, self.headers["Host"]))
            web.headers.append(dict(self.headers))
            answer = web.pages.get(self.path)
            if answer is None:
                return self.send_error(404)
            # Whoever was asked and has had enough closes the line: no concern of the server's.
            with contextlib.suppress(OSError):
                answer(self)

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    web = Web(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
