"""The chat of Mesh as a competent author writes it with FastAPI: what `./mesh bench chat` measures the server against.

The same work for the same client: people with passwords and tokens, rooms with members, a WebSocket each, every message
stored in SQLite (WAL, synchronous=FULL, many messages a commit) before it goes to the members, rendered once.
"""
import asyncio
import datetime
import hashlib
import hmac
import json
import os
import queue
import secrets
import sqlite3
import sys
import threading

import uvicorn
from fastapi import FastAPI, Header, HTTPException, WebSocket, WebSocketDisconnect
from pydantic import BaseModel

GROUP_MAX = 64  # messages that share a commit, as in the server
SCHEMA = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
CREATE TABLE users (id TEXT PRIMARY KEY, username TEXT UNIQUE, salt BLOB, hash BLOB);
CREATE TABLE tokens (token TEXT PRIMARY KEY, user_id TEXT);
CREATE TABLE rooms (id TEXT PRIMARY KEY, name TEXT, last_seq INTEGER NOT NULL DEFAULT 0);
CREATE TABLE room_members (room_id TEXT, user_id TEXT, PRIMARY KEY (room_id, user_id)) WITHOUT ROWID;
CREATE TABLE messages (id TEXT PRIMARY KEY, room_id TEXT, seq INTEGER, user_id TEXT, text TEXT, client_id TEXT,
                       created_at TEXT, UNIQUE (room_id, seq), UNIQUE (room_id, user_id, client_id));
"""


def scrypt(password, salt):
    return hashlib.scrypt(password.encode(), salt=salt, n=16384, r=8, p=1)


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Store:
    """One connection of its own thread writes, many messages a commit; the loop hears of each after it."""

    def __init__(self, path):
        self.path, self.jobs = path, queue.SimpleQueue()
        connection = sqlite3.connect(path)
        connection.executescript(SCHEMA)
        connection.close()
        threading.Thread(target=self._run, daemon=True).start()

    def write(self, job):
        future = asyncio.get_running_loop().create_future()
        self.jobs.put((job, future, asyncio.get_running_loop()))
        return future

    def _run(self):
        db = sqlite3.connect(self.path, isolation_level=None)
        db.execute("PRAGMA synchronous=FULL")
        while True:
            group = [self.jobs.get()]
            while len(group) < GROUP_MAX and not self.jobs.empty():
                group.append(self.jobs.get())
            db.execute("BEGIN IMMEDIATE")
            answers = [job(db) for job, _, _ in group]
            db.execute("COMMIT")
            group[0][2].call_soon_threadsafe(self._tell, group, answers)

    @staticmethod
    def _tell(group, answers):
        for (_, future, _), answer in zip(group, answers):
            if not future.done():
                future.set_result(answer)


class Credentials(BaseModel):
    username: str
    password: str


class RoomBody(BaseModel):
    name: str


class MemberBody(BaseModel):
    username: str


app = FastAPI()
store = Store(os.path.join(sys.argv[2], "chat.db"))
users = {}  # token -> (user id, name): who is signed in
members = {}  # room -> user ids
sockets = {}  # user id -> open WebSockets


async def caller_of(authorization: str = Header("")):
    found = users.get(authorization.removeprefix("Bearer "))
    if not found:
        raise HTTPException(401)
    return found


@app.post("/api/auth/register", status_code=201)
async def register(body: Credentials):
    salt, user, token = secrets.token_bytes(16), "usr_" + secrets.token_hex(13), secrets.token_urlsafe(32)
    hashed = await asyncio.to_thread(scrypt, body.password, salt)

    def job(db):
        db.execute("INSERT INTO users VALUES (?, ?, ?, ?)", (user, body.username, salt, hashed))
        db.execute("INSERT INTO tokens VALUES (?, ?)", (token, user))
    await store.write(job)
    users[token] = (user, body.username)
    return {"access_token": token, "refresh_token": "", "user": {"id": user, "username": body.username}}


@app.post("/api/auth/login")
async def login(body: Credentials):
    def job(db):
        return db.execute("SELECT id, salt, hash FROM users WHERE username = ?", (body.username,)).fetchone()
    found = await store.write(job)
    salt = found[1] if found else b"0" * 16
    hashed = await asyncio.to_thread(scrypt, body.password, salt)
    if not found or not hmac.compare_digest(hashed, found[2]):
        raise HTTPException(401)
    token = secrets.token_urlsafe(32)
    await store.write(lambda db: db.execute("INSERT INTO tokens VALUES (?, ?)", (token, found[0])) and None)
    users[token] = (found[0], body.username)
    return {"access_token": token, "refresh_token": "", "user": {"id": found[0], "username": body.username}}


@app.post("/api/rooms", status_code=201)
async def create_room(body: RoomBody, authorization: str = Header("")):
    user, _ = await caller_of(authorization)
    room = "rom_" + secrets.token_hex(13)

    def job(db):
        db.execute("INSERT INTO rooms (id, name) VALUES (?, ?)", (room, body.name))
        db.execute("INSERT INTO room_members VALUES (?, ?)", (room, user))
    await store.write(job)
    members[room] = {user}
    return {"room": {"id": room, "name": body.name}}


@app.post("/api/rooms/{room}/members")
async def add_member(room: str, body: MemberBody, authorization: str = Header("")):
    user, _ = await caller_of(authorization)
    if user not in members.get(room, ()):
        raise HTTPException(403)

    def job(db):
        found = db.execute("SELECT id FROM users WHERE username = ?", (body.username,)).fetchone()
        if found:
            db.execute("INSERT INTO room_members VALUES (?, ?)", (room, found[0]))
        return found
    found = await store.write(job)
    if not found:
        raise HTTPException(404)
    members[room].add(found[0])
    return {"room": {"id": room}}


async def chat_send(user, name, event):
    payload = event["payload"]
    room, text, client_id = payload["room_id"], payload["text"], payload["client_id"]
    if user not in members.get(room, ()) or not text.strip() or len(text.encode()) > 16384:
        return {"type": "system.error", "payload": {"code": "forbidden"}}
    message, at = "msg_" + secrets.token_hex(13), now()

    def job(db):
        (seq,) = db.execute("UPDATE rooms SET last_seq = last_seq + 1 WHERE id = ? RETURNING last_seq", (room,)).fetchone()
        db.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)", (message, room, seq, user, text, client_id, at))
        return seq
    seq = await store.write(job)
    out = json.dumps({"type": "chat.message", "id": "evt_" + secrets.token_hex(13), "timestamp": at, "from": "user:" + user,
                      "to": "room:" + room, "payload": {"id": message, "room_id": room, "seq": seq, "user_id": user,
                                                        "username": name, "text": text, "client_id": client_id,
                                                        "created_at": at}})
    for member in members[room]:
        for ws in sockets.get(member, ()):
            await ws.send_text(out)
    return None


@app.websocket("/ws")
async def talk(ws: WebSocket):
    found = users.get(ws.headers.get("authorization", "").removeprefix("Bearer "))
    if not found:
        await ws.close(1008)
        return
    user, name = found
    await ws.accept()
    try:
        hello = json.loads(await ws.receive_text())
        if hello.get("type") != "system.hello":
            await ws.close(1008)
            return
        await ws.send_text(json.dumps({"type": "system.welcome", "reply_to": hello.get("id"), "payload": {}}))
        sockets.setdefault(user, set()).add(ws)
        while True:
            event = json.loads(await ws.receive_text())
            answer = await chat_send(user, name, event) if event.get("type") == "chat.send" else {
                "type": "system.error", "payload": {"code": "event_unknown"}}
            if answer:
                await ws.send_text(json.dumps(answer))
    except WebSocketDisconnect:
        pass
    finally:
        sockets.get(user, set()).discard(ws)


@app.get("/health")
async def health():
    return {"status": "ok"}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", ws="websockets",
                log_level="warning", access_log=False, ws_max_size=65536)
