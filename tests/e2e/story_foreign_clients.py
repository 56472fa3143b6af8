"""WebSocket libraries of others against our server: what they refuse of it, and whether people can chat with them."""
import json
import os
import pathlib
import shutil
import subprocess

from harness import Failure, Skip, WebSocket, World, story
from harness.world import ROOT, run

PYTHON = """
import asyncio, json, sys, websockets

async def main(url, token, room):
    async with websockets.connect(url, extra_headers={"Authorization": "Bearer " + token}) as ws:
        async def until(wanted):
            while True:
                event = json.loads(await asyncio.wait_for(ws.recv(), 10))
                if event["type"] == wanted:
                    return event
        await ws.send(json.dumps({"type": "system.hello", "device_id": "python"}))
        await until("system.welcome")
        await ws.send(json.dumps({"type": "room.join", "id": "1", "payload": {"room_id": room}}))
        await until("room.joined")
        await ws.send(json.dumps({"type": "chat.send", "id": "2", "payload": {"room_id": room, "text": "from python", "client_id": "p"}}))
        print((await until("chat.message"))["payload"]["text"])
        await (await ws.ping())
        try:
            await ws.send(b"binary")
            await asyncio.wait_for(ws.recv(), 10)
        except websockets.ConnectionClosed as closed:
            print(closed.rcvd.code)

asyncio.run(main(*sys.argv[1:]))
"""

NODE = """
import { createRequire } from 'node:module';
const WebSocket = createRequire(process.argv[1])('ws');
const [url, token, room] = process.argv.slice(2);
const ws = new WebSocket(url, { headers: { Authorization: 'Bearer ' + token } });
const send = (type, payload) => ws.send(JSON.stringify({ type, id: type, payload }));
ws.on('error', (error) => { console.log('error', error.message); process.exit(1); });
ws.on('open', () => ws.send(JSON.stringify({ type: 'system.hello', device_id: 'node' })));
ws.on('message', (data) => {
  const event = JSON.parse(data.toString());
  if (event.type === 'system.welcome') send('room.join', { room_id: room });
  if (event.type === 'room.joined') send('chat.send', { room_id: room, text: 'from node', client_id: 'n' });
  if (event.type === 'chat.message') { console.log(event.payload.text); ws.ping(); }
});
ws.on('pong', () => ws.close(4000, 'bye'));
ws.on('close', (code) => { console.log(code); process.exit(0); });
setTimeout(() => { console.log('too late'); process.exit(1); }, 20000).unref();
"""


def chat_with(argv, text, code):
    with World() as w:
        server = w.server()
        ana, ben = server.register("ana"), server.register("ben")
        room = w.room(ana, ben)["id"]
        listener = WebSocket(server.port, ben.token)
        listener.hello()
        env = w.environment(w.folder("client")) | {"PATH": os.environ["PATH"]}
        done = run([*argv, f"ws://localhost:{server.port}/ws", ana.token, room], env)
        if done.returncode != 0 or done.stdout.split("\n")[:2] != [text, code]:
            raise Failure(f"the client says {done.stdout!r} {done.stderr[-600:]!r}")
        heard = listener.expect("chat.message")["payload"]
        if heard["text"] != text:
            raise Failure(f"the others read {heard}")


@story("a client of python3-websockets says hello, joins, chats and is told what it may not send")
def python_websockets():
    probe = subprocess.run(["/usr/bin/python3", "-c", "import websockets"], capture_output=True, check=False)
    if probe.returncode != 0:
        raise Skip("needs the package python3-websockets")
    chat_with(["/usr/bin/python3", "-c", PYTHON], "from python", "1003")


@story("a client of node's ws library says hello, joins, chats and closes with a code of its own")
def node_ws():
    node = shutil.which("node", path=f"{ROOT}/tools/node/node_modules/.bin:{os.environ['PATH']}")
    package = pathlib.Path(ROOT) / "client/node_modules/ws"
    if node is None or not package.exists():
        raise Skip("needs the packages of the web page (tools/setup.sh web)")
    version = json.loads((package / "package.json").read_text())["version"]
    if not version.startswith("8."):
        raise Failure(f"ws {version} is not the one of the lock file")
    chat_with([node, "--input-type=module", "-e", NODE, "--", str(ROOT / "client/package.json")], "from node", "4000")
