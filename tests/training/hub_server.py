"""A Hugging Face hub on this machine: the part of its addresses that a download uses.

``/{owner}/{name}/resolve/{revision}/{file}`` answers HEAD and GET with the file and the
headers that the hub sends (huggingface.co/docs/hub/api); what is missing is a 404 with
the hub's ``X-Error-Code``.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

# {"owner/name": {"file": content}}; another revision than main is "owner/name@revision"
Repositories = Mapping[str, Mapping[str, bytes]]


@contextmanager
def hub(repositories: Repositories) -> Iterator[str]:
    """The address of a hub that has these repositories."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def log_message(self, *_: object) -> None:
            """Tests need no log."""

        def _answer(self, *, with_body: bool) -> None:
            repository, _, rest = self.path.lstrip("/").partition("/resolve/")
            revision, _, name = rest.rpartition("/")
            revision = revision.replace("%2F", "/")
            known = repository if revision == "main" else f"{repository}@{revision}"
            if known not in repositories and len(revision) == 40:  # by commit
                known = repository
            if known not in repositories:
                return self._missing("RepoNotFound")
            if name not in repositories[known]:
                return self._missing("EntryNotFound")
            content = repositories[known][name]
            self.send_response(200)
            self.send_header("X-Repo-Commit", hashlib.sha1(known.encode()).hexdigest())  # noqa: S324
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if with_body:
                self.wfile.write(content)

        def _missing(self, code: str) -> None:
            self.send_response(404)
            self.send_header("X-Error-Code", code)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
