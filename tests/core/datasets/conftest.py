"""Web servers on this computer, and a cache that is empty."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

# A body; a status without one; a body and the length that is announced; None: silence.
Answer = bytes | int | tuple[bytes, int] | None


class Server:
    """A web server on the loopback that answers each path as it is told."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[str] = []
        self.over = threading.Event()
        told = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                told.asked.append(self.path)
                answers = told.answers.get(self.path, [404])
                told.answer(self, answers.pop(0) if len(answers) > 1 else answers[0])

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_port}/"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def put(self, path: str, *answers: Answer) -> None:
        """Tell what is answered at a path: the first time, the second …, the last again and again."""
        self.answers[path] = list(answers)

    def answer(self, request: BaseHTTPRequestHandler, answer: Answer) -> None:
        """Give one answer."""
        if answer is None:
            self.over.wait()
            return
        status = answer if isinstance(answer, int) else 200
        body = answer if isinstance(answer, bytes) else answer[0] if isinstance(answer, tuple) else b""
        request.send_response(status)
        request.send_header("Content-Length", str(answer[1] if isinstance(answer, tuple) else len(body)))
        request.end_headers()
        try:
            request.wfile.write(body)
        except OSError:
            request.close_connection = True  # Who asked has gone away.

    def close(self) -> None:
        """Answer no more."""
        self.over.set()
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def start_server() -> Iterator[Callable[[], Server]]:
    """Return what starts a server; all end with the test."""
    servers: list[Server] = []

    def start() -> Server:
        servers.append(Server())
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def server(start_server: Callable[[], Server]) -> Server:
    """Return a server."""
    return start_server()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a cache that is empty; the environment names no place of one's own and no proxy."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("DOWNHILL_CACHE", str(folder))
    monkeypatch.delenv("DOWNHILL_DATA", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
