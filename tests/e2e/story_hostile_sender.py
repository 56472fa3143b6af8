"""Senders without manners over real QUIC with real tokens: each lie is refused by name, nothing lies outside, and good files
still go. What is tried is the list of docs/security.md; names and lists of entries stand in tests/vectors/hostile."""
from harness import Failure, World, story
from hostile_transfers import MIB, Outside, b3, bounded, connected, corpus, good_file_goes, meta, verdict, world
from story_accounts import same


@story("evil names are refused or made harmless, and no byte lies outside the folder for downloads")
def evil_names():
    with World() as w:
        ana, ben, a, b, evil = world(w)
        before = b.program.rss_kb()
        outside = Outside(w, a, b)
        peer, session_id = connected(evil)
        names = corpus("names")
        for name in names["refused"]:
            stream = peer.begin(session_id)
            peer.json(stream, meta(3, name))
            if (code := verdict(peer, stream)) not in ("name_unsafe", "bad_message"):
                raise Failure(f"{name!r}: {code}")
        same("what came", list(b.downloads.iterdir()), [])
        for index, name in enumerate(names["renamed"]):
            stream = peer.begin(session_id)
            peer.json(stream, meta(3, name, f"N{index}"))
            said = peer.answer(stream)
            if said["type"] == "closed" or said["type"] == "FILE_REJECT" and said["code"] not in ("name_unsafe", "bad_message"):
                raise Failure(f"{name!r}: {said}")
            if said["type"] == "FILE_REJECT":
                continue
            peer.say("chunk", stream, 0, 3)
            peer.json(stream, {"type": "FILE_DONE", "hash": b3(b"xxx"), "size": 3})
            peer.say("fin", stream)
            same(f"{name!r}", verdict(peer, stream), "ok")
        for path in b.downloads.rglob("*"):
            if path.is_symlink() or not path.is_file() or path.stat().st_mode & 0o7111 or path.name.startswith("."):
                raise Failure(f"stored as {path.name!r}: mode {path.stat().st_mode:o}")
            if any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u200b\u2028\ufeff\\" for c in path.name):
                raise Failure(f"stored as {path.name!r}")
            same(f"content of {path.name!r}", path.read_bytes(), b"xxx")
        outside.check("evil names")
        bounded(b, before)
        good_file_goes(w, a, b, "good.bin")


def attacks(peer, session_id):
    """(name, codes that are right): each act leaves its stream as the last one."""
    def offered(size, **more):
        stream = peer.begin(session_id)
        peer.json(stream, meta(size, **more))
        same("answer to the offer", peer.answer(stream)["type"], "FILE_ACCEPT")
        return stream

    def chunk(size, *parts, done=None, fin=True):
        def act():
            stream = offered(size)
            for offset, length in parts:
                peer.say("chunk", stream, offset, length)
            if done:
                peer.json(stream, {"type": "FILE_DONE", "hash": done[0], "size": done[1]})
            if fin:
                peer.say("fin", stream)
            return stream
        return act

    def first(*messages, raw=None):
        def act():
            stream = peer.begin(session_id)
            for message in messages:
                peer.json(stream, message)
            if raw:
                peer.say("raw", stream, raw)
            return stream
        return act

    def after_accept(message):
        def act():
            stream = offered(5)
            peer.json(stream, message)
            return stream
        return act

    x = b3(b"xxx")
    return [
        ("a first chunk that is not at 0", chunk(10, (5, 5)), "offset_invalid"),
        ("a gap", chunk(10, (0, 3), (4, 3)), "offset_invalid"),
        ("the same chunk twice", chunk(10, (0, 3), (0, 3)), "offset_invalid"),
        ("a chunk that overlaps", chunk(10, (0, 6), (3, 7)), "offset_invalid"),
        ("an offset of 2^63", chunk(10, (1 << 63, 3)), "offset_invalid"),
        ("an offset that overflows", chunk(10, ((1 << 64) - 1, 3)), "offset_invalid"),
        ("more bytes than announced", chunk(3, (0, 4)), "size_mismatch"),
        ("more in a second chunk", chunk(3, (0, 3), (3, 1)), "size_mismatch"),
        ("bytes for an empty file", chunk(0, (0, 1)), "size_mismatch"),
        ("an empty chunk", chunk(10, (0, 0)), "size_mismatch"),
        ("fewer bytes than announced", chunk(10, (0, 3), done=(x, 10)), "size_mismatch"),
        ("another size at the end", chunk(3, (0, 3), done=(x, 4)), "size_mismatch"),
        ("another hash", chunk(3, (0, 3), done=(b3(b"xxy"), 3)), "hash_mismatch"),
        ("no hash", chunk(3, (0, 3), done=("", 3)), "bad_message"),
        ("an end without FILE_DONE", chunk(10, (0, 3)), "connection_lost"),
        ("a chunk of 256 KiB and a byte", chunk(1 << 20, (0, 262_145)), "bad_frame"),
        ("a size of 2^63", first(meta(1 << 63)), "bad_message"),
        ("a size beyond every disk", first(meta((1 << 53) - 1)), "disk_full|size_exceeded"),
        ("a negative size", first(meta(-1)), "bad_message"),
        ("a size in quotes", first(meta("3")), "bad_message"),
        ("a hash that is a path", first(meta(3, hash="../../etc/passwd")), "bad_message"),
        ("a transfer_id that is a path", first(meta(3, transfer_id="../../x")), "field_invalid"),
        ("an empty transfer_id", first(meta(3, transfer_id="")), "bad_message"),
        ("FILE_DONE first", first({"type": "FILE_DONE", "hash": x, "size": 3}), "unexpected_message"),
        ("an answer of a receiver", first({"type": "FILE_ACCEPT", "offset": 0}), "unexpected_message"),
        ("progress of a file that is not compared", after_accept({"type": "FILE_PROGRESS", "offset": 3}), "unexpected_message"),
        ("FILE_META twice", after_accept(meta(5)), "unexpected_message"),
        ("a hello on a stream of content", after_accept({"type": "P2P_HELLO", "session_id": session_id, "token": "t",
                                                         "version": 1, "binding": "b"}), "unexpected_message|bad_message"),
        ("a renewal on a stream of content", after_accept({"type": "SESSION_RENEW", "session_id": session_id, "token": "t"}),
         "unexpected_message"),
        ("a message nobody knows", first({"type": "FILE_EVIL"}), "bad_message"),
        ("no JSON", first("{nonsense"), "bad_message"),
        ("40 levels", first('{"type":"FILE_META","x":' + "[" * 40 + "]" * 40 + "}"), "bad_message"),
        ("a frame of length 0", first(raw="00000000"), "bad_frame"),
        ("a frame of 4 GiB", first(raw="ffffffff7b"), "bad_frame"),
        ("an unknown kind", first(raw="000000027f00"), "bad_frame"),
        ("terminal output", first(raw="0000000a02000000000000000041"), "unexpected_message"),
        ("a name that is no UTF-8", first(raw=frame_of(b'{"type":"FILE_META","transfer_id":"t","name":"a\xff","size":1,'
                                                       b'"mtime":0,"mode":0}')), "bad_message"),
        ("JSON of 64 KiB and more", first(raw=frame_of(b'{"x":"' + b"x" * 65_536 + b'"}')), "bad_frame"),
    ]


def frame_of(body):
    return (len(body).to_bytes(4, "big") + body).hex()


@story("a hostile sender over real QUIC: offsets, sizes, hashes, order, frames and messages that lie are refused by name")
def hostile_sender():
    with World() as w:
        ana, ben, a, b, evil = world(w)
        before = b.program.rss_kb()
        outside = Outside(w, a, b)
        peer, session_id = connected(evil)
        for name, act, codes in attacks(peer, session_id):
            code = verdict(peer, act())
            if code not in codes.split("|"):
                raise Failure(f"{name}: the sender was told {code!r}, not {codes}")
            if left := [p.name for p in b.downloads.iterdir() if ".part" not in p.name]:
                raise Failure(f"{name}: {left} came")
        outside.check("lies")
        bounded(b, before)
        # The same session still carries a good file: an attack ends its stream and nothing else.
        stream = peer.begin(session_id)
        peer.json(stream, meta(3, "fine.bin", "T2"))
        same("answer to a good offer", peer.answer(stream)["type"], "FILE_ACCEPT")
        peer.say("chunk", stream, 0, 3)
        peer.json(stream, {"type": "FILE_DONE", "hash": b3(b"xxx"), "size": 3})
        peer.say("fin", stream)
        same("a good file", verdict(peer, stream), "ok")
        good_file_goes(w, a, b, "good.bin")


@story("a hostile sender over real QUIC: lists of folders that climb, lie or are bombs are refused by name")
def hostile_folders():
    with World() as w:
        ana, ben, a, b, evil = world(w)
        before = b.program.rss_kb()
        outside = Outside(w, a, b)
        peer, session_id = connected(evil, kind="folder")

        def folder(listed, **more):
            figures = {"entries": len(listed), "files": sum(e["kind"] == "file" for e in listed),
                       "size": sum(e["size"] for e in listed), "pages": 1, "name": "album"} | more
            stream = peer.begin(session_id, "folder")
            peer.json(stream, {"type": "FOLDER_META", "transfer_id": "F1", "origin": "a" * 32, "mtime": 0, "mode": 0o755,
                               **figures})
            return stream

        def page(stream, entries, number=0, pages=1):
            peer.json(stream, {"type": "FOLDER_MANIFEST", "page": number, "pages": pages, "entries": entries})

        def refused(name, stream):
            if (code := verdict(peer, stream)) not in ("bad_message", "name_unsafe", "disk_full", "size_exceeded",
                                                       "unexpected_message", "too_large", "field_invalid"):
                raise Failure(f"{name}: {code!r}")
            same(f"what came after {name}", [p.name for p in b.downloads.iterdir() if ".part" not in p.name], [])

        for name, entries in corpus("manifests")["manifests"]:
            stream = folder(entries)
            page(stream, entries)
            refused(name, stream)
        one = {"path": "a", "kind": "file", "size": 1, "mtime": 0, "mode": 0o644}
        for name, figures, entries in (
                ("fewer entries than announced", {"entries": 2}, [one]),
                ("more entries than announced", {"entries": 0}, [one]),
                ("more files than announced", {"files": 0}, [one]),
                ("more bytes than announced", {"size": 0}, [one]),
                ("fewer bytes than announced", {"size": 9}, [one]),
                ("a page without entries", {"entries": 5}, []),
                ("a name that climbs", {"name": "../album"}, [one]),
                ("more bytes than any disk", {"size": (1 << 53) - 1}, [{**one, "size": (1 << 53) - 1}])):
            stream = folder(entries, **figures)
            page(stream, entries)
            refused(name, stream)
        for name, figures in (("a count of entries that is a bomb", {"entries": 1 << 40}),
                              ("a count of pages that is a bomb", {"pages": (1 << 32) - 1, "entries": 1 << 31})):
            stream = folder([], **figures)
            page(stream, [one], number=7)  # nothing is reserved for what is only announced; a wrong page ends it
            refused(name, stream)
        outside.check("lists")
        bounded(b, before)
        good_file_goes(w, a, b, "good.bin")


@story("a hostile sender over real QUIC: floods of streams, silence and sudden ends at every step cost the agent nothing")
def hostile_floods():
    with World() as w:
        ana, ben, a, b, evil = world(w)
        before = b.program.rss_kb()
        peer, session_id = connected(evil)
        for number in range(5000, 5400):
            peer.say("open", number)
        opened = sum(peer.expect("opened|not_opened")["event"] == "opened" for _ in range(400))
        if opened > 256:
            raise Failure(f"{opened} streams were allowed at once")
        bounded(b, before)
        peer.end()
        steps = [lambda p, s, t: None, lambda p, s, t: p.json(t, {"type": "STREAM_OPEN", "session_id": s, "purpose": "file"}),
                 lambda p, s, t: p.json(t, meta(10 * MIB)), lambda p, s, t: p.say("chunks", t, 0, 262_144, 8),
                 lambda p, s, t: p.json(t, {"type": "FILE_DONE", "hash": b3(b""), "size": 10 * MIB})]
        for last in range(len(steps) + 1):
            for how in (["reset", 1, 16], ["close", 7], None):
                peer, session_id = connected(evil)
                peer.last_stream = 1
                peer.open()
                for step in steps[:last]:
                    step(peer, session_id, peer.last_stream)
                peer.say(*(how if how and how[0] == "close" else ["reset", peer.last_stream, 16] if how else ["open", 99]))
                peer.end()
        if names := [p.name for p in b.downloads.iterdir() if ".part" not in p.name]:
            raise Failure(f"{names} came")
        bounded(b, before)
        good_file_goes(w, a, b, "good.bin")
