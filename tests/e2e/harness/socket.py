"""A WebSocket client of its own (RFC 6455), so that the stories do not test the server with the server's code."""
import base64
import hashlib
import json
import os
import socket
import ssl
import struct
import time

from .program import Failure

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA


class Refused(Failure):
    """The server answered the upgrade with another status."""

    def __init__(self, status, head):
        super().__init__(f"upgrade refused: {head[:300]!r}")
        self.status = status


class Closed(Failure):
    """The server ended the connection; code 1006: without a close frame."""

    def __init__(self, code, reason=""):
        super().__init__(f"connection closed, code {code} {reason}")
        self.code, self.reason = code, reason


class WebSocket:
    def __init__(self, port, token=None, path="/ws", query_token=False, headers=None, host="127.0.0.1", tls=None,
                 seconds=10.0, receive_buffer=None):
        self.buffer, self.pending, self.counter = b"", [], 0
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if receive_buffer is not None:  # only counts before the connection is made
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(seconds)
        self.socket.connect((host, port))
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        key = base64.b64encode(os.urandom(16))
        lines = {"Host": f"localhost:{port}", "Upgrade": "websocket", "Connection": "Upgrade",
                 "Sec-WebSocket-Key": key.decode(), "Sec-WebSocket-Version": "13"}
        if token and not query_token:
            lines["Authorization"] = f"Bearer {token}"
        lines.update(headers or {})
        target = path + (f"?token={token}" if token and query_token else "")
        head = f"GET {target} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items() if v is not None)
        self.socket.sendall(head.encode() + b"\r\n")
        answer = self._until(b"\r\n\r\n", time.monotonic() + seconds)
        status = int(answer.split(b" ", 2)[1])
        if status != 101:
            raise Refused(status, answer)
        expected = base64.b64encode(hashlib.sha1(key + GUID).digest())
        if expected not in answer:
            raise Failure(f"wrong Sec-WebSocket-Accept: {answer!r}")

    def _until(self, mark, end):
        while mark not in self.buffer:
            self._read(end)
        found, self.buffer = self.buffer.split(mark, 1)
        return found

    def _read(self, end):
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.socket.settimeout(left)
        try:
            chunk = self.socket.recv(65536)
        except (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError):
            raise Closed(1006) from None
        if not chunk:
            raise Closed(1006)
        self.buffer += chunk

    def _exactly(self, count, end):
        while len(self.buffer) < count:
            self._read(end)
        found, self.buffer = self.buffer[:count], self.buffer[count:]
        return found

    def frame(self, opcode, data, final=True, masked=True):
        """One frame as it is on the wire; a client masks (RFC 6455 section 5.3)."""
        head = bytes([(0x80 if final else 0) | opcode])
        bit = 0x80 if masked else 0
        if len(data) < 126:
            head += bytes([bit | len(data)])
        elif len(data) < 65536:
            head += bytes([bit | 126]) + struct.pack(">H", len(data))
        else:
            head += bytes([bit | 127]) + struct.pack(">Q", len(data))
        if not masked:
            return head + data
        mask = os.urandom(4)
        repeated = (mask * (len(data) // 4 + 1))[: len(data)]
        return head + mask + (int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(data), "big")

    def send_raw(self, data):
        self.socket.sendall(data)

    def send_text(self, text):
        self.send_raw(self.frame(TEXT, text.encode() if isinstance(text, str) else text))

    def send(self, type_, payload=None, **envelope):
        """Sends one event; answers its id."""
        self.counter += 1
        event = {"type": type_, "id": f"evt_test_{self.counter}", "payload": payload or {}, **envelope}
        self.send_text(json.dumps(event))
        return event["id"]

    def _frame(self, end):
        first, second = self._exactly(2, end)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", self._exactly(2, end))
        elif length == 127:
            (length,) = struct.unpack(">Q", self._exactly(8, end))
        return first & 0x0F, bool(first & 0x80), self._exactly(length, end)

    def _message(self, end):
        whole = b""
        while True:
            opcode, final, data = self._frame(end)
            if opcode == PING:
                self.send_raw(self.frame(PONG, data))
            elif opcode == CLOSE:
                try:
                    self.send_raw(self.frame(CLOSE, data[:2]))
                except OSError:
                    pass
                code = struct.unpack(">H", data[:2])[0] if len(data) >= 2 else 1005
                raise Closed(code, data[2:].decode(errors="replace"))
            elif opcode != PONG:
                whole += data
                if final:
                    return json.loads(whole)

    def receive(self, seconds=10.0):
        """The next event, ours to look at; those put aside by expect() first."""
        if self.pending:
            return self.pending.pop(0)
        return self._message(time.monotonic() + seconds)

    def expect(self, type_, seconds=10.0, where=None):
        """The next event of that type for which where(payload) holds; others stay for later calls."""
        end = time.monotonic() + seconds

        def wanted(event):
            return event["type"] == type_ and (where is None or where(event["payload"]))

        for index, event in enumerate(self.pending):
            if wanted(event):
                return self.pending.pop(index)
        seen = [event["type"] for event in self.pending]
        while True:
            try:
                event = self._message(end)
            except TimeoutError:
                raise Failure(f"no {type_} within {seconds:g} s; seen: {seen}") from None
            if wanted(event):
                return event
            seen.append(event["type"] if event["type"] != "system.error" else event)
            self.pending.append(event)

    def expect_close(self, seconds=10.0):
        """Reads until the server closes; answers the close code."""
        end = time.monotonic() + seconds
        try:
            while True:
                self._message(end)
        except Closed as closed:
            return closed.code
        except TimeoutError:
            raise Failure(f"still open after {seconds:g} s") from None

    def hello(self, **payload):
        """Says hello; answers the payload of system.welcome."""
        self.send("system.hello", payload)
        return self.expect("system.welcome")["payload"]

    def close(self):
        try:
            self.send_raw(self.frame(CLOSE, struct.pack(">H", 1000)))
        except OSError:
            pass
        self.socket.close()

    def cut(self):
        """Gone without a word, as when a cable is pulled."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
