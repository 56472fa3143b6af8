"""Fetching from one's own other machine, short texts, and several paths at once."""
import json
import os
import re
import shutil
import subprocess
import zipfile

from harness import Failure, World, story, wait_until
from harness.window import SEQUENCES, Window
from harness.world import ROOT, b3sum
from story_accounts import same
from story_folder import facts
from transfers import MIB, of_name, pair, part_size


def own_pair(w):
    """Two machines of one person, and one of somebody else in the same room."""
    server = w.server()
    ana, ben = server.register("ana"), server.register("ben")
    w.room(ana, ben)
    return w.agent("laptop", server, ana), w.agent("desk", server, ana), w.agent("stranger", server, ben)


def refused(done, what):
    if done.returncode != 6:
        raise Failure(f"{what}: exit code {done.returncode}\n{done.stdout}{done.stderr}")


@story("get fetches a file and a folder from one's own machine where its rule allows it, and the owner sees it there")
def get_fetches():
    with World() as w:
        laptop, desk, _ = own_pair(w)
        path = w.file("given/report.bin", 3 * MIB + 1)
        w.file("given/sub/deep/b.txt", 10)
        given = w.tmp / "given"
        rules = desk.json("rules", "add", "--from", "laptop", "--allow-get", given)
        same("the rule", rules["rules"][0]["allow_get"], [str(given)])
        laptop.command("get", f"desk:{path}", check=True)
        same("content", b3sum(laptop.received("report.bin")), b3sum(path))
        record = of_name(desk, "report.bin")
        same("what the owner sees", (record["direction"], record["device_id"], record["state"]), ("out", "laptop", "done"))
        laptop.command("get", f"desk:{given}", "--output", w.folder("elsewhere"), check=True)
        same("the folder", facts(w.tmp / "elsewhere" / "given"), facts(given))
        piped = laptop.command("get", f"desk:{given}/sub/deep/b.txt", "--output", "-", check=True)
        same("standard output", piped.stdout.encode(), (given / "sub/deep/b.txt").read_bytes())


@story("get into a folder that the agent may not write into keeps what it could not put there; the same command fetches it anew and leaves nothing behind")
def get_is_kept():
    with World() as w:
        laptop, desk, _ = own_pair(w)
        path, to = w.file("given/report.bin", 1000), w.folder("to")
        desk.command("rules", "add", "--from", "laptop", "--allow-get", path.parent, check=True)
        (to / "report.bin").write_text("mine")
        asked = ["get", f"desk:{path}", "--output", to, "--on-collision", "skip"]
        kept = laptop.command(*asked)
        cache = laptop.home / "cache/mesh"
        same("exit code", kept.returncode, 8)
        same("what lies where it says", [b3sum(p) for p in cache.rglob("report.bin") if str(p.parent) in kept.stderr], [b3sum(path)])
        again = laptop.command(*asked)
        same("once more", (again.returncode, len(list(cache.rglob("*.bin")))), (8, 1))
        (to / "report.bin").unlink()
        path.write_text("newer")
        laptop.command(*asked, check=True)
        same("what lies there", (to / "report.bin").read_text(), "newer")
        same("in the cache", list(cache.rglob("*")), [])


@story("get and receive name what of a folder stayed behind; get of an incomplete one ends with the exit code of send")
def get_names_what_is_missing():
    with World() as w:
        laptop, desk, _ = own_pair(w)
        given = w.folder("given")
        (given / "ok.txt").write_text("ok")
        (given / "out").symlink_to("/etc/hostname")
        os.mkfifo(given / "pipe")
        (given / ".meshignore").write_text("*.log\n")
        (given / "a.log").write_text("l")
        desk.command("rules", "add", "--from", "laptop", "--allow-get", given, check=True)

        def named(done, said, *words):
            for part in ("Left out: out ", "Left out: pipe ", "1 entry was left out by .meshignore", *words):
                if part not in said:
                    raise Failure(f"{part!r} is not said: exit code {done}\n{said}")

        whole = laptop.command("get", f"desk:{given}", check=True)
        named(0, whole.stderr)
        if "incomplete" in whole.stderr:
            raise Failure(f"nothing is missing: {whole.stderr}")
        # Root reads everything, so what cannot be sent here is a folder that is too deep.
        (given / "/".join("d" * 70)).mkdir(parents=True)
        for start in (lambda: None, laptop.program.stop):  # with the agent in the background, and without
            start()
            done = laptop.command("get", f"desk:{given}")
            same("exit code", done.returncode, 8)
            named(8, done.stderr, "Left out: d/d/d", "The folder is incomplete: what is named above did not come.")
            told = laptop.command("get", f"desk:{given}", "--json")
            same("exit code of --json", told.returncode, 8)
            folder = json.loads(told.stdout.splitlines()[-1])["folder"]
            same("figures", (folder["omitted"], folder["incomplete"], folder["ignored"], len(folder["notes"])), (3, True, 1, 3))
        for note in folder["notes"]:
            if "hostname" in str(note):
                raise Failure(f"a path of the other machine: {note}")
        waiting = laptop.background("receive", "receive", "--accept", "all")
        waiting.wait_for("Ready", 20)
        same("exit code of send", desk.command("send", given, "--to", "laptop").returncode, 8)
        same("exit code of receive", waiting.wait(30), 0)
        named(0, waiting.log(), "The folder is incomplete: what is named above did not come.")


@story("get is refused without a rule, to other people, outside of the folder, through links and for odd paths")
def get_refuses():
    with World() as w:
        laptop, desk, stranger = own_pair(w)
        given = w.folder("given")
        inside, secret = w.file("given/a.txt", 10), w.file("secret.txt", 10)
        (given / "link").symlink_to(secret)
        (given / "out").symlink_to(w.tmp)
        refused(laptop.command("get", f"desk:{inside}"), "no rule")
        desk.command("rules", "add", "--from", "laptop", "--take", "auto", check=True)
        refused(laptop.command("get", f"desk:{inside}"), "a rule about something else")
        for wrong in (("--from", "stranger"), ("--from", "ana"), ("--everybody",)):
            same(f"a rule {wrong}", desk.command("rules", "add", *wrong, "--allow-get", given).returncode, 2)
        desk.command("rules", "add", "--from", "laptop", "--allow-get", given, check=True)
        for path in (secret, w.tmp, f"{given}/../secret.txt", f"{given}/link", f"{given}/out/secret.txt", "/etc/passwd", "/",
                     f"{given}//a.txt", f"{given}/./a.txt", f"{given}x"):
            refused(laptop.command("get", f"desk:{path}"), path)
        other = stranger.command("get", f"desk:{inside}")
        if other.returncode != 2 or '"desk" belongs to "ana"' not in other.stderr or "rules" in other.stderr:
            raise Failure(f"another person: exit code {other.returncode}, {other.stderr}")
        refused(desk.command("get", f"laptop:{inside}"), "the other way")
        same("a relative path", laptop.command("get", "desk:given/a.txt").returncode, 2)
        same("an overlong path", laptop.command("get", "desk:/" + "a" * 5000).returncode != 0, True)
        missing = laptop.command("get", f"desk:{given}/missing")
        if missing.returncode != 1 or f"by that name: {given}/missing." not in missing.stderr:
            raise Failure(f"what is missing: exit code {missing.returncode}, {missing.stderr}")
        laptop.command("get", f"desk:{inside}", check=True)
        desk.command("rules", "remove", "--from", "laptop", check=True)
        refused(laptop.command("get", f"desk:{inside}"), "after the rule is gone")
        same("what came", [p.name for p in laptop.downloads.iterdir()], ["a.txt"])


@story("a machine of one's own that asks for many files at once gets some of them at a time, and hears why it gets no more")
def get_is_bounded():
    with World() as w:
        laptop, desk, _ = own_pair(w)
        names = [f"{n}.bin" for n in range(9)]
        for name in names:
            w.file(f"given/{name}", MIB)
        desk.command("rules", "add", "--from", "laptop", "--allow-get", w.tmp / "given", check=True)
        desk.command("limit", "16K", check=True)
        first = [laptop.background(f"get-{name}", "get", f"desk:{w.tmp}/given/{name}") for name in names[:8]]
        wait_until("eight are on their way", lambda: [r["state"] for r in desk.json("transfers")["transfers"]].count("running") == 8, 30)
        ninth = laptop.command("get", f"desk:{w.tmp}/given/8.bin")
        if ninth.returncode == 0 or "Busy just now" not in ninth.stderr:
            raise Failure(f"the ninth: exit code {ninth.returncode}, {ninth.stderr!r}")
        desk.command("limit", "off", check=True)
        for getting in first:
            same("exit code", getting.wait(60), 0)
        laptop.command("get", f"desk:{w.tmp}/given/8.bin", check=True)
        for name in names:
            same(name, b3sum(laptop.received(name)), b3sum(w.tmp / "given" / name))


@story("get goes on where it stopped after kill -9 of the machine that gives and of the one that asks")
def get_survives_kills():
    with World() as w:
        laptop, desk, _ = own_pair(w)
        path = w.file("given/big.bin", 48 * MIB)
        desk.command("rules", "add", "--from", "laptop", "--allow-get", w.tmp / "given", check=True)
        desk.command("limit", "12M", check=True)
        getting = laptop.background("get", "get", f"desk:{path}", "--json")
        wait_until("some of it is there", lambda: part_size(laptop) > 8 * MIB, 30)
        desk.program.kill()
        desk.start()
        before = part_size(laptop)
        wait_until("it goes on by itself", lambda: part_size(laptop) > before + 4 * MIB, 60)
        getting.kill()
        laptop.program.kill()
        laptop.start()
        laptop.command("get", f"desk:{path}", check=True)
        same("content", b3sum(laptop.received("big.bin")), b3sum(path))
        record = [r for r in laptop.json("transfers")["transfers"] if r["name"] == "big.bin"][-1]
        if not laptop.program.log() or record["state"] != "done":
            raise Failure(f"{record}")
        same("what is left", [p.name for p in laptop.downloads.iterdir()], ["big.bin"])


@story("send --text shows a short text at the other side, escaped, and hands it out whole; nothing is stored as a file")
def text_is_shown():
    with World() as w:
        _, _, _, a, b = pair(w)
        text = "première ligne\n\x1b[31mred\x07 \u202eevil\n"
        said = a.command("send", "--text", text, "--to", "device-b", check=True).stdout
        if not said.startswith("the text: arrived at device-b, "):
            raise Failure(f"what the sender reads: {said!r}")
        record = b.json("transfers")["transfers"][-1]
        same("the text", record["text"], text)
        same("files", list(b.downloads.iterdir()), [])
        shown = b.command("transfers", "show", record["transfer_id"], check=True).stdout
        if "\x1b" in shown or "\x07" in shown or "\u202e" in shown or "\\u{1B}[31mred" not in shown:
            raise Failure(f"not escaped: {shown!r}")
        if "première ligne" not in b.command("transfers", check=True).stdout:
            raise Failure("the list does not show the beginning")
        same("copied out", b.command("transfers", "show", record["transfer_id"], "--text", check=True).stdout, text)
        long = "x" * 65535 + "\n"
        a.command("send", "--text", "-", "--to", "device-b", stdin=long, check=True)
        record = b.json("transfers")["transfers"][-1]
        same("a beginning", len(record["text"]) < len(long), True)
        same("all of it", b.command("transfers", "show", record["transfer_id"], "--text", check=True).stdout, long)
        for bad, stdin in (("-", "y" * 65537), ("", None), ("-", "")):
            if a.command("send", "--text", bad, "--to", "device-b", stdin=stdin).returncode == 0:
                raise Failure(f"sent: {bad!r}")
        same("without anything", a.command("send", "--to", "device-b").returncode, 2)
        own = a.json("transfers")["transfers"][-1]["transfer_id"]
        for verb in (("transfers",), ("transfers", "show", own)):
            listed = a.command(*verb, check=True).stdout
            if "a text" not in listed or "snippet" in listed:
                raise Failure(f"not told as a text by its sender: {listed}")
        listening = b.background("listen", "receive", "--once")
        listening.wait_for("Ready to receive")
        a.command("send", "--text", "hello\x1b]0;title\x07", "--to", "device-b", check=True)
        same("exit code", listening.wait(20), 0)
        if "hello\\u{1B}]0;title" not in listening.log():
            raise Failure(f"not shown: {listening.log()!r}")
        b.program.stop()
        b.wait_online(False)
        same("exit code when nobody is there", a.command("send", "--text", "later", "--to", "device-b").returncode, 5)
        later = a.json("transfers")["transfers"][-1]["transfer_id"]
        same("paused", a.command("transfers", "pause", later, check=True).stdout, f"the text is paused. It goes on with:  mesh-agent transfers resume {later}\n")


@story("several paths go as one command with one summary; one that fails does not stop the others and decides the exit code")
def several_paths():
    with World() as w:
        _, _, _, a, b = pair(w)
        root = w.folder("album")
        w.file("album/1.bin", MIB)
        one, two = w.file("one.bin", 2 * MIB), w.file("two.bin", 10)
        said = a.command("send", one, two, f"{root}/", "--to", "device-b", check=True)
        if "3 of 3 arrived at device-b: 3.00 MB" not in said.stdout:
            raise Failure(f"no summary: {said.stdout}")
        same("what arrived", sorted(p.name for p in b.downloads.iterdir()), ["album", "one.bin", "two.bin"])
        lines = [json.loads(line) for line in
                 a.command("send", one, two, "--to", "device-b", "--json", check=True).stdout.splitlines()]
        same("the last event", (lines[-1]["event"], lines[-1]["sent"], lines[-1]["of"]), ("summary", 2, 2))
        b.command("rules", "add", "--everybody", "--on-collision", "skip", check=True)
        three = w.file("three.bin", 10)
        done = a.command("send", one, three, "--to", "device-b")
        if done.returncode == 0 or "1 of 2 arrived" not in done.stdout or "one.bin: did not arrive" not in done.stderr:
            raise Failure(f"exit code {done.returncode}: {done.stdout}{done.stderr}")
        same("the other one", b3sum(b.received("three.bin")), b3sum(three))
        if os.path.exists(b.downloads / "one.bin (2)"):
            raise Failure("a skipped file arrived")


def events(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def told_in_order(told, size):
    """The progress of one file; answers its last event."""
    moves = [e for e in told if e["event"] == "progress"]
    if not any(0 < e["done"] < size for e in moves):
        raise Failure(f"nothing is told on the way: {told}")
    for field in ("done", "seconds"):
        same(f"{field} in order", [e[field] for e in moves], sorted(e[field] for e in moves))
    same("one transfer, all of it running", {(e["transfer_id"], e["size"], e["before"], e["state"]) for e in moves},
         {(told[-1]["transfer_id"], size, 0, "running")})
    if not all(e["rate"] >= 0 and e.get("eta_seconds", 0) >= 0 for e in moves) or moves[-1]["rate"] == 0:
        raise Failure(f"no rates: {moves}")
    documented = set(re.findall(r"`(\w+)`", (ROOT / "docs/AGENT.md").read_text().split("## Events of transfers")[1]))
    same("fields that no page names", sorted({field for e in told for field in e} - documented), [])
    return told[-1]


@story("send --json and transfers --watch --json tell a file event by event, with the fields that the agent's page lists")
def events_of_a_file():
    with World() as w:
        _, _, _, a, b = pair(w)
        path = w.file("big.bin", 8 * MIB)
        watching = b.background("watch", "transfers", "--watch", "--json")
        watching.wait_for('"watching"')
        told = events(a.command("send", path, "--to", "device-b", "--limit", "4M", "--json", check=True).stdout)
        same("the first event", (told[0]["event"], told[0]["name"], told[0]["direction"]), ("session", "big.bin", "out"))
        last = told_in_order(told, 8 * MIB)
        for field, value in {"event": "sent", "state": "done", "done": 8 * MIB, "hash": b3sum(path), "stored": "big.bin",
                             "limit": 4 * MIB, "device_id": "device-b", "username": "ben"}.items():
            same(field, last[field], value)
        watching.wait_for('"received"')
        seen = events(watching.log())
        same("the watcher's first", seen[0], {"event": "watching", "device_id": "device-b"})
        last = told_in_order([e for e in seen if e["event"] in ("progress", "received")], 8 * MIB)
        for field, value in {"event": "received", "direction": "in", "done": 8 * MIB, "hash": b3sum(path),
                             "device_id": "device-a", "username": "ana"}.items():
            same(field, last[field], value)


def bars(window, together):
    """The lines of the last whole picture whose last line begins so."""
    pictures = bytes(window.raw).decode(errors="replace").split("\x1b[J")[:-1]
    shown = [SEQUENCES.sub(b"", picture.encode()).decode().replace("\r", "").split("\n") for picture in pictures]
    return next((lines for lines in reversed(shown) if lines[-1].startswith(together)), [])


@story("on a terminal several files have a bar each and one for all, on both sides, within its columns and in both languages")
def bars_of_several():
    with World() as w:
        _, _, _, a, b = pair(w)
        paths = [w.file(name, 8 * MIB, name.encode()) for name in ("one.bin", "two.bin", "three.bin")]
        watching = Window(b, "transfers", "--watch", cols=80, rows=12).wait_for("Watching the transfers of device-b")
        sending = Window(a, "send", *paths, "--to", "device-b", "--limit", "1M", cols=40, rows=12, env={"MESH_LANG": "fr"})
        for window, columns, together in ((sending, 40, "0 sur 3"), (watching, 80, "3 transfers")):
            wait_until(f"a bar for each in {columns} columns", lambda: len(bars(window, together)) == 4
                       and all(" 0 B/s" not in line and " 0\xa0o/s" not in line for line in bars(window, together)), 30)
            lines = bars(window, together)
            if {line[:3] for line in lines[:3]} != {"one", "two", "thr"} or any(
                    len(line) >= columns or "/s" not in line for line in lines):
                raise Failure(f"{columns} columns: {lines}")
        a.command("transfers", "pause", of_name(a, "two.bin")["transfer_id"], check=True)
        sending.wait_for("two.bin est en pause")
        wait_until("no bar for what stands still", lambda: len(bars(sending, "0 sur 3")) == 3, 30)
        a.command("transfers", "resume", of_name(a, "two.bin")["transfer_id"], check=True)
        for name in ("one.bin", "two.bin", "three.bin"):
            a.command("transfers", "limit", of_name(a, name)["transfer_id"], "off", check=True)
        same("exit code", sending.wait(60), 0)
        sending.wait_for("3 sur 3 arrivés sur device-b")
        watching.wait_for("three.bin from device-a")
        said = a.command("send", *paths, "--to", "device-b", check=True)
        for words in ("one.bin  100 %", "two.bin  100 %", "of 3  "):
            if words not in said.stderr or "\x1b" in said.stderr:
                raise Failure(f"without a terminal: {said.stderr!r}")
        a.program.stop()
        same("nothing to watch", a.command("transfers", "--watch").returncode != 0, True)


@story("send --zip names what is not in the zip, and what cannot be read where there is none for that")
def zip_names_what_is_missing():
    with World() as w:
        _, _, _, a, b = pair(w)
        root = w.folder("album")
        for name in ("a.txt", "a.log"):
            (root / name).write_text(name)
        (root / ".meshignore").write_text("*.log\n")
        (root / "out").symlink_to("/etc/hostname")
        os.mkfifo(root / "pipe")
        done = a.command("send", "--zip", root, "--to", "device-b", check=True)
        for part in ("Left out: out ", "Left out: pipe ", "1 entry was left out by .meshignore"):
            if part not in done.stdout:
                raise Failure(f"{part!r} is not said: {done.stdout}")
        with zipfile.ZipFile(b.received("album.zip")) as z:
            same("what is in it", sorted(n for n in z.namelist() if not n.endswith("/")), ["album/.meshignore", "album/a.txt"])
        # Root reads everything, so what cannot be sent here is a folder that is too deep.
        (root / "/".join("d" * 70)).mkdir(parents=True)
        done = a.command("send", "--zip", root, "--to", "device-b")
        if done.returncode != 8 or f"{root}/d/d/d" not in done.stderr:
            raise Failure(f"exit code {done.returncode}: {done.stdout}{done.stderr}")


@story("send --zip sends a folder as one zip made on the way; it goes on after kill -9 of both sides and opens as it should")
def zip_survives_kills():
    with World() as w:
        _, _, _, a, b = pair(w)
        root = w.folder("album")
        for number in range(24):
            w.file(f"album/{number:02}.bin", 2 * MIB + number, seed=str(number).encode())
        w.file("album/été/«ok» 100%.txt", 10)
        (root / "nothing").mkdir()
        (root / ".meshignore").write_text("*.tmp\n")
        w.file("album/left.tmp", 10)
        a.background("send", "send", "--zip", root, "--to", "device-b", "--limit", "12M")
        wait_until("some of it is there", lambda: part_size(b) > 8 * MIB, 60)
        b.program.kill()
        b.start()
        before = part_size(b)
        wait_until("it goes on", lambda: part_size(b) > before + 4 * MIB, 60)
        a.program.kill()
        a.start()
        with zipfile.ZipFile(b.received("album.zip", 90)) as z:
            same("damaged entries", z.testzip(), None)
            files = sorted(n for n in z.namelist() if not n.endswith("/"))
            expected = sorted(f"album/{p.relative_to(root)}" for p in root.rglob("*") if p.is_file() and p.suffix != ".tmp")
            same("entries", files, expected)
            same("content", z.read("album/07.bin"), (root / "07.bin").read_bytes())
        wait_until("the sender knows", lambda: of_name(a, "album.zip")["state"] == "done", 30)
        record = of_name(a, "album.zip")
        if record["resent"] > 24 * MIB:
            raise Failure(f"too much went twice: {record}")
        same("what is left", [p.name for p in b.downloads.iterdir()], ["album.zip"])
        same("a file is no folder", a.command("send", "--zip", root / "00.bin", "--to", "device-b").returncode, 2)


@story("a folder above 4 GiB goes as one zip64 that unzip and Python open, with the content that was sent", long=True)
def zip_beyond_four_gigabytes():
    with World() as w:
        _, _, _, a, b = pair(w)
        root = w.folder("disk")
        w.file("disk/a-first.bin", MIB)
        # Sparse: reading holes costs no disk. Its size needs the long fields of an entry, the file behind it a long offset.
        with open(root / "b-image.bin", "wb") as image:
            image.truncate((4 << 30) + 4097)
            for at in (0, 1 << 30, (4 << 30) + 4000):
                image.seek(at)
                image.write(b"not only zeros")
        w.file("disk/c-last.bin", MIB + 1, seed=b"last")
        a.command("send", "--zip", root, "--to", "device-b", check=True, seconds=400)
        came = b.received("disk.zip")
        if came.stat().st_size < 4 << 30:
            raise Failure(f"the zip has {came.stat().st_size} bytes")
        tested = subprocess.run(["unzip", "-tqq", came], capture_output=True, text=True, check=False)
        if tested.returncode != 0:
            raise Failure(f"unzip finds {tested.stdout} {tested.stderr}")
        with zipfile.ZipFile(came) as z:
            same("entries", [(i.filename, i.file_size) for i in z.infolist() if not i.is_dir()],
                 [(f"disk/{p.name}", p.stat().st_size) for p in sorted(root.iterdir())])
            for path in sorted(root.iterdir()):
                same(path.name, hash_of(z, f"disk/{path.name}"), b3sum(path))


def hash_of(archive, name):
    """BLAKE3 of one entry of a zip, as it is unpacked (which checks its CRC-32, too)."""
    with subprocess.Popen(["b3sum", "--no-names"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as hashing:
        with archive.open(name) as entry:
            shutil.copyfileobj(entry, hashing.stdin, 4 * MIB)
        hashing.stdin.close()
        return hashing.stdout.read().decode().strip()
