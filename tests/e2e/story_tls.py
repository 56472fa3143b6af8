"""The TLS listener as scanners and clients see it."""
import json
import re
import shutil
import socket
import ssl
import subprocess

from harness import Api, Failure, Skip, WebSocket, World, story
from harness.world import Server
from story_accounts import same


def certificate(w, name="localhost"):
    cert, key = w.tmp / f"{name}.pem", w.tmp / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out",
                    str(cert)], check=True, capture_output=True)
    return cert, key


class TlsServer(Server):
    """A server whose /health is asked over TLS."""

    def __init__(self, world):
        self.cert, self.key = certificate(world)
        super().__init__(world, args=["--tls-cert", world.tmp / "localhost.pem", "--tls-key", world.tmp / "localhost.key"])

    def context(self):
        return ssl.create_default_context(cafile=str(self.cert))

    def _healthy(self):
        if not self.program.running():
            raise Failure("the server ended at start:\n" + self.program.tail())
        try:
            return b" 200 " in self.get("/health")
        except OSError:
            return False

    def get(self, path):
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as plain, \
                self.context().wrap_socket(plain, server_hostname="localhost") as s:
            s.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost:{self.port}\r\nConnection: close\r\n\r\n".encode())
            received = b""
            while chunk := s.recv(65536):
                received += chunk
            return received


@story("sslscan finds TLS 1.3 and 1.2 with authenticated encryption only, and the server survives it")
def scanned():
    if shutil.which("sslscan") is None:
        raise Skip("needs the package sslscan")
    with World() as w:
        server = TlsServer(w).start()
        done = subprocess.run(["sslscan", "--no-colour", f"127.0.0.1:{server.port}"], capture_output=True, text=True, timeout=120,
                              check=False)
        said = done.stdout
        protocols = dict(re.findall(r"^(SSLv2|SSLv3|TLSv1\.\d)\s+(enabled|disabled)", said, re.MULTILINE))
        same("protocols", {k for k, v in protocols.items() if v == "enabled"}, {"TLSv1.2", "TLSv1.3"})
        ciphers = re.findall(r"^(?:Preferred|Accepted)\s+(TLSv1\.\d)\s+\d+ bits\s+(\S+)", said, re.MULTILINE)
        if not ciphers:
            raise Failure(f"no cipher found: {said}")
        weak = [c for c in ciphers if not re.search(r"GCM|CHACHA20|POLY1305", c[1])]
        weak += [c for c in ciphers if c[0] == "TLSv1.2" and not c[1].startswith("ECDHE-")]
        if weak:
            raise Failure(f"accepted: {weak}")
        if "Compression enabled" in said or "ffdhe" in said:
            raise Failure(f"compression, or groups whose exponentiation costs too much: {said}")
        if not server.program.running() or not server._healthy():
            raise Failure("the server did not survive the scan")


@story("garbage, half handshakes and clients that vanish do not disturb the TLS listener")
def garbage():
    with World() as w:
        server = TlsServer(w).start()
        hello = b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(32)
        for data in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03", hello, b"\x00" * 4096, b"\x80\x2e\x01\x00\x02"):
            for wait in (False, True):
                with socket.create_connection(("127.0.0.1", server.port), timeout=5) as s:
                    s.sendall(data)
                    try:
                        if wait:
                            s.shutdown(socket.SHUT_WR)
                            s.recv(4096)
                    except OSError:  # the server may hang up first
                        pass
        if b" 200 " not in server.get("/health") or not server.program.running():
            raise Failure("the server does not answer any more")


@story("accounts and a WebSocket work over TLS, and pages are told to stay with it")
def over_tls():
    with World() as w:
        server = TlsServer(w).start()
        if b"strict-transport-security: max-age=" not in server.get("/health").lower():
            raise Failure("no HSTS over TLS")
        made = subprocess.run(["curl", "-sS", "--cacert", str(server.cert), "-d", '{"username":"ana","password":"test123"}',
                               f"https://localhost:{server.port}/api/auth/register"], capture_output=True, text=True, check=True)
        token = Api(server.port).take(json.loads(made.stdout)).token
        ws = WebSocket(server.port, token, tls=server.context())
        ws.hello()
        ws.send_raw(ws.frame(9, b"p"))
        ws.close()
