"""Run by a story inside a network of its own: an address comes, and a later session names it."""
import fcntl
import socket
import struct

from harness import Failure, WebSocket, World, wait_until

SIOCSIFADDR, SIOCSIFFLAGS, IFF_UP = 0x8916, 0x8914, 1
ADDED = "10.77.0.9"


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def add_address(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        name = struct.pack("16sH2x4s8x", b"lo:1", socket.AF_INET, socket.inet_aton(address))
        fcntl.ioctl(s, SIOCSIFADDR, name)


def main():
    loopback_up()
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        agent = w.agent("device-a", server, ana)
        asking, _ = w.device(ana, "device-x")
        ws = WebSocket(server.port, asking.token)
        ws.hello(device_id="device-x")

        def candidates():
            ana.post("/api/p2p/sessions", {"kind": "file", "target_device_id": "device-a",
                                           "initiator_device_id": "device-x"})
            return [c["ip"] for c in ws.expect("p2p.session.created")["payload"]["candidates"]]

        if ADDED in candidates():
            raise Failure("the address is there already")
        add_address(ADDED)
        agent.program.wait_for("addresses of this machine changed", 10)
        wait_until("a session names the new address", lambda: ADDED in candidates(), 10)


main()
