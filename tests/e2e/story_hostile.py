"""Tokens and hellos of peers without manners over real QUIC: each is denied by name, and good files still go."""
import base64
import json
import time

from harness import Failure, World, story, wait_until
from hostile import Device, claims
from hostile_transfers import bounded, good_file_goes, meta, world
from story_accounts import same


@story("tokens that are stolen, spent, changed, of another kind or session, and hellos that lie are denied by name")
def bad_tokens():
    with World() as w:
        ana, ben, a, b, evil = world(w)
        other = Device(w, ana, "device-f")
        before = b.program.rss_kb()
        made = evil.session("device-b")
        token, session_id = made["session_token"], made["session_id"]
        header, body, signature = token.split(".")

        def changed(**what):
            new = base64.urlsafe_b64encode(json.dumps(claims(token) | what).encode()).rstrip(b"=").decode()
            return f"{header}.{new}.{signature}"

        none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"mesh-cap+jwt"}').rstrip(b"=").decode()
        peer = evil.dial(made)
        peer.expect("connected")
        another = evil.session("device-b", "folder")
        for name, said, code in (
                ("no token", dict(token=""), None),
                ("rubbish", dict(token="a.b.c"), None),
                ("alg none", dict(token=f"{none}.{body}."), None),
                ("no signature", dict(token=f"{header}.{body}."), None),
                ("another life", dict(token=changed(exp=claims(token)["exp"] + 3600)), None),
                ("another size", dict(token=changed(max_size=1 << 50)), None),
                ("of another session", dict(token=another["session_token"]), None),
                ("another version", dict(token=token, version=2), "version_unsupported"),
                ("version -1", dict(token=token, version=-1), None),
                ("another binding", dict(token=token, binding="A" * 43), "binding_mismatch"),
                ("no binding", dict(token=token, binding=""), None)):
            answer = peer.hello(session_id, **said)
            if answer["type"] not in ("P2P_DENY", "closed") or code and answer["code"] != code or not answer["code"]:
                raise Failure(f"{name}: {answer}")
            if answer["type"] == "closed":  # what is no P2P_HELLO at all ends more than its stream
                peer = evil.dial(made)
                peer.expect("connected")
        answer = peer.hello("ses_00000000000000000000000000", token)
        same("a session nobody knows", (answer["type"], answer.get("code")), ("P2P_DENY", "session_unknown"))

        stream = peer.begin(session_id)
        peer.json(stream, meta(1))
        same("a stream before P2P_OK", peer.answer(stream)["type"], "closed")

        thief = other.dial(made)
        if thief.expect("refused|connected")["event"] == "connected":  # the thief has not heard the verdict on its key yet
            thief.expect("gone", code="key_refused")
        good = evil.dial(made)
        good.expect("connected")
        same("the good one", good.hello(session_id, token)["type"], "P2P_OK")
        twice = evil.dial(made)
        twice.expect("connected")
        answer = twice.hello(session_id, token)
        same("a token that is spent", (answer["type"], answer.get("code")), ("P2P_DENY", "token_replayed"))
        same("a folder in a session for a file", peer_of_folder(good, session_id), "closed")
        same("what came", list(b.downloads.iterdir()), [])
        bounded(b, before)
        good_file_goes(w, a, b, "good.bin")


@story("a token whose life is over is denied by name, and a fresh one is not", long=True)
def expired_tokens():
    with World() as w:
        _, _, _, _, evil = world(w)
        made = evil.session("device-b", ttl=60)
        life = claims(made["session_token"])
        peer = evil.dial(made)
        peer.expect("connected")
        over = life["exp"] + 31  # with the skew that is allowed
        wait_until("its life is over", lambda: time.time() > over, over - time.time() + 5)
        answer = peer.hello(made["session_id"], made["session_token"])
        if answer["type"] != "P2P_DENY" or answer["code"] not in ("token_expired", "session_unknown"):
            raise Failure(f"an old token: {answer}")
        fresh = evil.session("device-b")
        same("a fresh one", peer.hello(fresh["session_id"], fresh["session_token"])["type"], "P2P_OK")


def peer_of_folder(peer, session_id):
    return peer.answer(peer.begin(session_id, "folder"))["type"]
