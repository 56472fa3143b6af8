"""What the programs do when the other side, the disk or the power goes."""
import json
import os
import signal
import socket
import subprocess
import threading

from harness import Api, Failure, Skip, WebSocket, World, free_port, story, wait_until
from harness.world import Agent, Server
from story_accounts import same


@story("an agent whose server is down says so, keeps trying, and is back when the server is")
def agent_outlives_its_server():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        agent = w.agent("ana-laptop", server, ana)
        server.program.kill()
        before = len(agent.program.log())
        wait_until("the agent says that the server is gone",
                   lambda: any(word in agent.program.log()[before:].lower() for word in ("lost", "retry", "again", "reconnect",
                                                                                        "unreachable", "refused")), 15)
        server.start()
        agent.program.wait_for("Sent system.hello", 30, count=2)
        agent.wait_online()
        if not agent.program.running():
            raise Failure("the agent ended")


@story("an agent started before its server finds it later")
def agent_starts_first():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        agent = Agent(w, "ana-laptop", server, ana).enroll()
        server.program.stop()
        agent.program.start()
        wait_until("the agent has tried", lambda: agent.program.log(), 10)
        server.start()
        agent.program.wait_for("Sent system.hello", 30)


@story("kill -9 of the server loses no message that a client was told of")
def kill_loses_nothing_acknowledged():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        room = w.room(ana)
        acknowledged, stop = [], threading.Event()

        def write():
            api, index = Api(server.port, ana.token), 0
            while not stop.is_set():
                try:
                    reply = api.call("POST", f"/api/rooms/{room['id']}/messages", {"text": str(index), "client_id": f"c{index}"})
                except (OSError, ValueError):
                    return
                except Exception:  # noqa: BLE001 - a half answer is no acknowledgement
                    return
                if reply.status == 201:
                    acknowledged.append(index)
                elif reply.status != 429:
                    return
                index += 1

        writer = threading.Thread(target=write)
        writer.start()
        try:
            wait_until("40 messages are acknowledged", lambda: len(acknowledged) >= 40 or not writer.is_alive(), 30)
            server.program.kill()
        finally:
            stop.set()
            writer.join()
        if len(acknowledged) < 20:
            raise Failure(f"only {len(acknowledged)} messages were accepted")
        server.start()
        kept, after = [], 0
        while True:
            page = ana.get(f"/api/rooms/{room['id']}/messages?after={after}&limit=50")
            kept += [int(m["text"]) for m in page["messages"]]
            if not page["has_more"] or not page["messages"]:
                break
            after = page["messages"][-1]["seq"]
        missing = sorted(set(acknowledged) - set(kept))
        if missing:
            raise Failure(f"acknowledged but gone: {missing}")


@story("SIGTERM ends the server in order: sockets are told, exit code 0, data intact")
def graceful_shutdown():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        room = w.room(ana)
        ws = WebSocket(server.port, ana.token)
        ws.hello()
        server.program.process.send_signal(signal.SIGTERM)
        code = ws.expect_close(5)
        if code not in (1000, 1001, 1012):
            raise Failure(f"close code {code}")
        same("exit code", server.program.wait(10), 0)
        server.start()
        same("rooms", [r["id"] for r in ana.get("/api/rooms")["rooms"]], [room["id"]])


@story("a port in use is named together with the option that changes it")
def port_in_use():
    with World() as w:
        server = w.server()
        second = Server(w, "second", port=server.port)
        second.program.start()
        if second.program.wait(15) == 0:
            raise Failure("a second server on the same port ended with 0")
        said = second.program.log()
        if str(server.port) not in said or "--port" not in said:
            raise Failure(f"the message names neither port nor option:\n{said}")


@story("a UDP port in use is named together with the agent's option that changes it")
def udp_port_in_use():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        port = free_port(socket.SOCK_DGRAM)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as four, socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six:
            four.bind(("0.0.0.0", port))
            six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            six.bind(("::", port))
            agent = Agent(w, "ana-laptop", server, ana, config=f"quic_port = {port}\n").enroll()
            agent.program.start()
            if agent.program.wait(15) == 0:
                raise Failure("ended with 0")
        said = agent.program.log()
        if str(port) not in said or "quic_port" not in said and "--quic-port" not in said:
            raise Failure(f"the message names neither port nor option:\n{said}")


@story("an unknown key in server.toml or agent.toml is named with file, line and key")
def unknown_config_key():
    with World() as w:
        server = Server(w, config='# settings\nport = 8000\ncolour = "blue"\n')
        server.args = []
        for argv in ([*server.program.argv], [server.program.argv[0], "config", "check", "--config",
                                              str(server.home / "server.toml")]):
            done = subprocess.run(argv, env=server.env, capture_output=True, text=True, timeout=20, check=False)
            said = done.stdout + done.stderr
            if done.returncode == 0 or "server.toml:3" not in said or "colour" not in said:
                raise Failure(f"{argv}: exit code {done.returncode}, said {said!r}")
        agent = Agent(w, "ana-laptop", Server(w, "other"), None)
        agent.config.write_text('device_id = "ana-laptop"\nquic_prot = 5000\n')
        for verb in (["run"], ["config", "check"]):
            done = agent.command(*verb)
            said = done.stdout + done.stderr
            if done.returncode == 0 or "agent.toml:2" not in said or "quic_prot" not in said:
                raise Failure(f"{verb}: exit code {done.returncode}, said {said!r}")


@story("two daemons never own one state directory")
def one_daemon_a_state():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        agent = w.agent("ana-laptop", server, ana)
        second = agent.command("run")
        if second.returncode == 0:
            raise Failure("a second daemon ran")
        if str(agent.program.pid) not in second.stdout + second.stderr and "running" not in second.stdout + second.stderr:
            raise Failure(f"the message does not say that one runs already: {second.stdout}{second.stderr}")
        if not agent.program.running():
            raise Failure("the first daemon was ended")


def small_disk(w, agent, megabytes):
    """Gives the agent a download folder on a disk of its own of that size."""
    if os.geteuid() != 0:
        raise Skip("needs root: mounts a small tmpfs")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(agent.downloads)],
                             capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        raise Skip(f"cannot mount a tmpfs here: {mounted.stderr.strip()}")
    w.cleanups.append(lambda: subprocess.run(["umount", str(agent.downloads)], check=False))


def names_the_disk(done):
    if done.returncode == 0:
        raise Failure("the sender says it worked")
    if not any(word in (done.stdout + done.stderr).lower() for word in ("disk", "space", "full")):
        raise Failure(f"the sender does not name the reason: {done.stdout}{done.stderr}")


@story("a file larger than the receiver's disk is refused before a byte is sent")
def too_large_for_the_disk():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        sender, receiver = w.agent("sender", server, ana), Agent(w, "receiver", server, ana).enroll()
        small_disk(w, receiver, 64)
        receiver.start()
        names_the_disk(sender.command("send", w.file("big.bin", 80 << 20), "--to", "receiver"))
        same("what is on the disk", list(receiver.downloads.iterdir()), [])
        small = w.file("small.bin", 1000)
        sender.command("send", small, "--to", "receiver", check=True)
        same("small file", receiver.received("small.bin").read_bytes(), small.read_bytes())


@story("a disk that fills up fails the transfer with the reason, keeps the .part, and the daemon goes on")
def disk_full():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        sender, receiver = w.agent("sender", server, ana), Agent(w, "receiver", server, ana).enroll()
        small_disk(w, receiver, 1024)
        receiver.start()
        big = w.file("big.bin", 900 << 20)
        sending = sender.background("send", "send", big, "--to", "receiver")
        wait_until("the .part is there", lambda: list(receiver.downloads.glob("*.part")), 20)
        with open(receiver.downloads / "filler", "wb") as filler:  # someone else takes the rest of the disk
            os.posix_fallocate(filler.fileno(), 0, 300 << 20)
        code = sending.wait(60)
        names_the_disk(subprocess.CompletedProcess([], code, sending.log(), ""))
        if (receiver.downloads / "big.bin").exists():
            raise Failure("a half file stands under its final name")
        if not list(receiver.downloads.glob("*.part")):
            raise Failure("no .part was kept")
        receiver.program.wait_for("disk")
        (receiver.downloads / "filler").unlink()
        small = w.file("small.bin", 1000)
        sender.command("send", small, "--to", "receiver", check=True)
        same("small file", receiver.received("small.bin").read_bytes(), small.read_bytes())


@story("garbage, half requests and slow headers do not disturb the server")
def garbage_on_the_port():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        from harness.api import raw_http
        for data in (b"\x16\x03\x01\x00\xa5\x01\x00", b"GET", b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 4096,
                     b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
                     b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
                     b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n"):
            raw_http(server.port, data, seconds=1)
        ws = WebSocket(server.port, ana.token)
        ws.send_raw(b"\xff" * 64)
        ws.expect_close(5)
        same("health", json.loads(Api(server.port).call("GET", "/health").raw or b"{}") is not None, True)
        ana.get("/api/account")


@story("Ctrl-C while a sender still connects ends it at once, and the daemon's attempt with it")
def interrupt_while_connecting():
    with World() as w:
        server = w.server()
        ana = server.register("ana")
        a, b = w.agent("device-a", server, ana), w.agent("device-b", server, ana)
        path = w.file("note.bin", 1000)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))

            def sending(name):
                made = ana.post("/api/p2p/sessions", {"kind": "file", "target_device_id": b.device_id,
                                                      "initiator_device_id": a.device_id})
                return a.background(name, "send-file", "--session-id", made["session_id"], "--peer-addr",
                                    f"127.0.0.1:{silent.getsockname()[1]}", "--token", made["session_token"], "--file", path)

            through = sending("through")
            a.program.wait_for("Connecting to peer", 10)
            through.process.send_signal(signal.SIGINT)
            through.wait(3)
            a.program.wait_for("could not be opened", 3)

            a.program.stop()
            alone = sending("alone")
            alone.wait_for("Connecting to peer", 10)
            alone.process.send_signal(signal.SIGINT)
            if alone.wait(3) != 130:
                raise Failure(f"exit code {alone.process.returncode}:\n{alone.log()}")
