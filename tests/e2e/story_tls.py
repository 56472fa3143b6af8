"""The TLS listener as scanners and clients see it."""
import re
import shutil
import socket
import subprocess

from harness import Failure, Skip, WebSocket, World, story
from harness.tls import TlsServer
from story_accounts import same


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
        if not server.program.running() or server.api().call("GET", "/health").status != 200:
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
        if server.api().call("GET", "/health").status != 200 or not server.program.running():
            raise Failure("the server does not answer any more")


@story("accounts and a WebSocket work over TLS, and pages are told to stay with it")
def over_tls():
    with World() as w:
        server = TlsServer(w).start()
        if not server.api().call("GET", "/health").headers.get("strict-transport-security", "").startswith("max-age="):
            raise Failure("no HSTS over TLS")
        ana = server.register("ana")
        ws = WebSocket(server.port, ana.token, tls=server.tls)
        ws.hello()
        ws.send_raw(ws.frame(9, b"p"))
        ws.close()
