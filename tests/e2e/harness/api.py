"""The server's REST interface, as raw as a story needs it."""
import http.client
import json
import socket

from .program import Failure


class Reply:
    def __init__(self, status, headers, raw):
        self.status, self.headers, self.raw = status, headers, raw

    @property
    def body(self):
        return json.loads(self.raw) if self.raw else None

    @property
    def code(self):
        body = self.body
        return body["error"]["code"] if isinstance(body, dict) and "error" in body else None

    @property
    def field(self):
        return self.body["error"].get("field")

    def __repr__(self):
        return f"{self.status} {self.raw[:600].decode(errors='replace')}"


class Api:
    """One caller: with a bearer token once signed in."""

    def __init__(self, port, token=None, host="127.0.0.1", tls=None):
        self.port, self.token, self.host, self.tls = port, token, host, tls
        self.user = None
        self.refresh_token = None

    def call(self, method, path, body=None, raw=None, headers=None, seconds=15.0):
        """Any answer is an answer: a Reply with its status."""
        sent = {"Host": f"localhost:{self.port}"}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        if self.tls is None:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=seconds)
        else:
            connection = http.client.HTTPSConnection(self.host, self.port, timeout=seconds, context=self.tls)
        try:
            connection.request(method, path, body=data, headers=sent)
            answer = connection.getresponse()
            return Reply(answer.status, dict((k.lower(), v) for k, v in answer.getheaders()), answer.read())
        finally:
            connection.close()

    def ok(self, method, path, body=None, status=None):
        """The parsed body of a call that must succeed."""
        reply = self.call(method, path, body)
        good = reply.status == status if status else 200 <= reply.status < 300
        if not good:
            raise Failure(f"{method} {path}: expected {status or '2xx'}, got {reply}")
        return reply.body

    def get(self, path):
        return self.ok("GET", path)

    def post(self, path, body=None, status=None):
        return self.ok("POST", path, {} if body is None else body, status)

    def put(self, path, body):
        return self.ok("PUT", path, body)

    def patch(self, path, body):
        return self.ok("PATCH", path, body)

    def delete(self, path, body=None):
        return self.ok("DELETE", path, body)

    def take(self, tokens):
        """Goes on as the one whom these tokens were given to."""
        self.token, self.refresh_token, self.user = tokens["access_token"], tokens["refresh_token"], tokens["user"]
        return self

    def register(self, username, password="test123", **more):
        return self.take(self.post("/api/auth/register", {"username": username, "password": password, **more}, 201))

    def login(self, username, password="test123"):
        return self.take(self.post("/api/auth/login", {"username": username, "password": password}, 200))


def raw_http(port, data, seconds=15.0, host="127.0.0.1"):
    """Sends bytes as they are; answers everything until the server closes or `seconds` pass without a byte."""
    with socket.create_connection((host, port), timeout=seconds) as s:
        s.sendall(data)
        received = b""
        try:
            while chunk := s.recv(65536):
                received += chunk
        except (TimeoutError, ConnectionResetError):
            pass
        return received
