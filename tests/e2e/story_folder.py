"""Folders between two agents."""
import json
import os
import signal
import stat
import subprocess

from harness import Failure, Skip, story, wait_until, World
from harness.world import BIN, b3sum, run
from story_accounts import same
from transfers import MIB, of_name, pair


def facts(root):
    """What a person would compare: kind, mode, time, content or target of every entry."""
    out = {}
    for path in sorted(root.rglob("*")):
        at = path.lstat()
        content = os.readlink(path) if path.is_symlink() else b3sum(path) if path.is_file() else "folder"
        out[str(path.relative_to(root))] = (stat.S_IMODE(at.st_mode), at.st_mtime_ns // 1_000_000, content)
    return out


def make_tree(w, name="album"):
    root = w.folder(name)
    for path, size in {"a.txt": 5, "empty": 0, "deep/er/est/one.bin": 262145, "été/«ok» 100%.txt": 10, ".hidden/x": 3}.items():
        w.file(f"{name}/{path}", size)
    for number in range(400):
        w.file(f"{name}/many/{number:03}.txt", 4096, seed=str(number).encode())
    (root / "nothing" / "here").mkdir(parents=True)
    (root / "a.txt").chmod(0o755)
    (root / "empty").chmod(0o600)
    (root / "link").symlink_to("a.txt")
    (root / "deep" / "up").symlink_to("../many/007.txt")
    for path in ("a.txt", "nothing/here", "deep"):
        os.utime(root / path, ns=(1_600_000_000_000_000_000, 1_600_000_000_123_000_000))
    return root


def list_hash(root):
    """The hash of the list of all files and their hashes, by the shell."""
    done = subprocess.run("find . -type f -print0 | LC_ALL=C sort -z | xargs -0 b3sum | b3sum", shell=True, cwd=root,
                          capture_output=True, text=True, check=True)
    return done.stdout.split()[0]


@story("a folder arrives as it is: content, modes, times, links and empty folders; a second time costs nothing")
def folder_arrives():
    with World() as w:
        _, _, _, a, b = pair(w)
        root = make_tree(w)
        said = a.command("send", root, "--to", "device-b", check=True)
        same("tree", facts(b.downloads / "album"), facts(root))
        if list_hash(root) not in said.stdout or list_hash(b.downloads / "album") not in said.stdout:
            raise Failure(f"another hash: {said.stdout}")
        same("what is in the folder for downloads", [p.name for p in b.downloads.iterdir()], ["album"])
        record = of_name(a, "album")
        same("files", (record["folder"]["files"], record["folder"]["files_done"]), (405, 405))
        if "405" not in b.command("transfers").stdout:
            raise Failure("the list does not say how many files it was")
        w.file("album/many/007.txt", 5000, seed=b"new")
        a.command("send", f"{root}/", w.file("beside.bin", 1000), "--to", "device-b", check=True)
        same("the second tree", facts(b.downloads / "album (1)"), facts(root))
        same("the file beside it", b3sum(b.received("beside.bin")), b3sum(w.tmp / "beside.bin"))
        again = [r for r in a.json("transfers")["transfers"] if r["name"] == "album"][-1]
        same("bytes that were sent", again["size"] - again["before"], 5000)


@story("what leads out of a folder stays behind and is named; what cannot be sent is named and told by the exit code")
def folder_leaves_out():
    with World() as w:
        _, _, _, a, b = pair(w)
        root = w.folder("album")
        w.file("album/good.txt", 10)
        w.file("secret.txt", 10)
        (root / "out").symlink_to("../secret.txt")
        (root / "absolute").symlink_to("/etc/passwd")
        os.mkfifo(root / "pipe")
        done = a.command("send", root, "--to", "device-b", check=True)
        for name in ("out", "absolute", "pipe"):
            if f" {name} " not in done.stdout:
                raise Failure(f"{name} is not named: {done.stdout}")
        same("what arrived", [p.name for p in (b.downloads / "album").iterdir()], ["good.txt"])
        # Root reads everything, so what cannot be sent here is a folder that is too deep.
        deep = w.folder("deep/" + "/".join("d" * 70))
        (deep / "lost.txt").write_text("lost")
        done = a.command("send", w.tmp / "deep", "--to", "device-b")
        if done.returncode == 0 or "too deep" not in done.stdout:
            raise Failure(f"exit code {done.returncode}: {done.stdout}")


@story("a folder of which files went missing while it was sent is summed up at both ends by what arrived of it")
def folder_counts_what_came():
    with World() as w:
        _, _, _, a, b = pair(w)
        root = w.folder("album")
        for number in range(6):
            w.file(f"album/{number}.bin", 4 * MIB, seed=str(number).encode())
        sending = a.background("send", "send", root, "--to", "device-b", "--limit", "8M")
        wait_until("it goes", lambda: (b.downloads / "album.part" / "0.bin").exists(), 30)
        for number in (3, 4, 5):
            (root / f"{number}.bin").unlink()
        same("exit code", sending.wait(60), 8)
        wait_until("the receiver is through", lambda: of_name(b, "album")["state"] == "done", 30)
        for agent in (a, b):
            record = of_name(agent, "album")
            same("figures", (record["size"], record["done"], record["folder"]["files_done"]), (24 * MIB, 12 * MIB, 3))
        if "3 files, 12.00 MB in" not in sending.log():
            raise Failure(f"the summary says otherwise: {sending.log()}")


@story("a folder goes on after kill -9 of the receiver and of the sender; whole files are not sent again")
def folder_survives_kills():
    with World() as w:
        _, _, _, a, b = pair(w)
        root = w.folder("album")
        for number in range(48):
            w.file(f"album/{number:02}.bin", MIB + number, seed=str(number).encode())
        sending = a.background("send", "send", root, "--to", "device-b", "--limit", "12M")
        part = b.downloads / "album.part"

        def whole():
            return len(list(part.glob("*.bin"))) if part.exists() else 0

        wait_until("some files are there", lambda: whole() > 8, 30)
        b.program.kill()
        if (b.downloads / "album").exists():
            raise Failure("a half folder has the final name")
        b.start()
        wait_until("more files are there", lambda: whole() > 16, 60)
        sending.kill()
        a.program.kill()
        a.start()
        wait_until("it arrived", lambda: of_name(a, "album")["state"] == "done", 60)
        same("tree", facts(b.downloads / "album"), facts(root))
        record = of_name(a, "album")
        if record["folder"]["kept"] < 14 or record["resent"] > 8 * MIB:
            raise Failure(f"files went again: {record}")
        same("what is left", sorted(p.name for p in b.downloads.iterdir()), ["album"])


@story("a folder goes without what .meshignore files leave out; ignore why names the line; --no-ignore sends everything")
def folder_obeys_ignore_files():
    with World() as w:
        _, _, _, a, b = pair(w)
        root = w.folder("work")
        for path in ("a.c", "a.o", "build/big.bin", "src/b.o", "src/keep.o", "notes/x.log"):
            w.file(f"work/{path}", 100)
        (root / ".meshignore").write_text("# what a build makes\n*.o\nbuild/\n")
        (root / "src" / ".meshignore").write_text("!keep.o\n")
        said = a.command("send", root, "--to", "device-b", check=True)
        arrived = sorted(str(p.relative_to(b.downloads / "work")) for p in (b.downloads / "work").rglob("*") if p.is_file())
        same("what arrived", arrived, [".meshignore", "a.c", "notes/x.log", "src/.meshignore", "src/keep.o"])
        if "3 entries were left out by .meshignore" not in said.stdout:
            raise Failure(f"the summary does not say how many: {said.stdout}")
        same("in the list", of_name(a, "work")["folder"]["ignored"], 3)

        def why(path):
            found = a.json("ignore", "why", root / path, "--folder", root)
            return found["ignored"], found["file"], found["line"], found["pattern"]

        same("a file", why("src/b.o"), (True, ".meshignore", 2, "*.o"))
        same("let in again", why("src/keep.o"), (False, "src/.meshignore", 1, "!keep.o"))
        same("in a folder that stays", why("build/big.bin"), (True, ".meshignore", 3, "build/"))
        same("nothing said", why("a.c"), (False, None, None, None))
        if "line 2 of .meshignore says *.o" not in a.command("ignore", "why", root / "a.o", "--folder", root).stdout:
            raise Failure("the words do not name the line")
        inside = run([BIN / "mesh-agent", "ignore", "why", "b.o"], a.env, cwd=root / "src").stdout
        for words in ("src/b.o is left out: line 2 of .meshignore says *.o", f"This is so when {root} is sent; --folder"):
            if words not in inside:
                raise Failure(f"asked from within: {words!r} is not in {inside!r}")
        outside = run([BIN / "mesh-agent", "ignore", "why", "x", "--json"], a.env, cwd=w.file("plain/x", 1).parent).stdout
        same("without any list", json.loads(outside)["folder"], str(w.tmp / "plain"))
        if a.command("ignore", "why", w.tmp, "--folder", root).returncode != 2:
            raise Failure("a path outside of the folder is explained")
        a.command("send", root, "--to", "device-b", "--no-ignore", check=True)
        same("everything", len([p for p in (b.downloads / "work (1)").rglob("*") if p.is_file()]), 8)


@story("--xattrs sends user.* attributes of files and folders along, and no others; without it none go")
def folder_brings_attributes():
    with World() as w:
        _, _, _, a, b = pair(w)
        root = w.folder("album")
        w.file("album/sub/a.txt", 100)
        try:
            os.setxattr(root / "sub/a.txt", "user.mime_type", b"text/plain")
        except OSError as missing:
            raise Skip(f"no extended attributes here: {missing}") from missing
        os.setxattr(root / "sub", "user.colour", b"\x00\xff")
        os.setxattr(root / "sub/a.txt", "user.mesh.transfer", b"ours")
        os.setxattr(root, "user.long", b"x" * 3000)

        def attributes(path):
            return {n: os.getxattr(path, n) for n in os.listxattr(path) if n.startswith("user.") and not n.startswith("user.mesh.")}

        a.command("send", root, "--to", "device-b", "--xattrs", check=True)
        there = b.downloads / "album"
        for path in (".", "sub", "sub/a.txt"):
            same(path, attributes(there / path), attributes(root / path))
        if os.getxattr(there / "sub/a.txt", "user.mime_type") != b"text/plain":
            raise Failure("the attribute is not there")
        if "user.mesh.transfer" in os.listxattr(there / "sub/a.txt"):
            raise Failure("a mark of the other program came along")
        a.command("send", root / "sub/a.txt", "--to", "device-b", "--xattrs", check=True)
        same("of a file", attributes(b.received("a.txt")), attributes(root / "sub/a.txt"))
        a.command("send", root, "--to", "device-b", check=True)
        same("without --xattrs", attributes(b.downloads / "album (1)" / "sub/a.txt"), {})


@story("a folder whose name is taken gets a number, goes into the one that is there, or is refused, as the receiver wants")
def folder_meets_its_name():
    with World() as w:
        _, _, _, a, b = pair(w)
        root = w.folder("album")
        w.file("album/a.txt", 10)
        w.file("album/sub/b.txt", 20)
        there = b.downloads / "album"
        (there / "sub").mkdir(parents=True)
        (there / "a.txt").write_text("old")
        (there / "sub/mine.txt").write_text("mine")
        a.command("send", root, "--to", "device-b", check=True)
        same("numbered", facts(b.downloads / "album (1)"), facts(root))
        same("the old one", (there / "a.txt").read_text(), "old")
        b.command("rules", "add", "--everybody", "--on-collision", "overwrite", check=True)
        a.command("send", root, "--to", "device-b", check=True)
        for name in ("a.txt", "sub/b.txt"):
            same(name, b3sum(there / name), b3sum(root / name))
        same("what was there besides", (there / "sub/mine.txt").read_text(), "mine")
        b.command("rules", "add", "--everybody", "--on-collision", "skip", check=True)
        w.file("album/new.txt", 10)
        done = a.command("send", root, "--to", "device-b")
        if done.returncode == 0 or (there / "new.txt").exists():
            raise Failure(f"exit code {done.returncode}: {done.stdout}{done.stderr}")
        same("what is left", sorted(p.name for p in b.downloads.iterdir()), ["album", "album (1)"])


@story("holes of a sparse file stay holes and cost nothing on the way, alone and in a folder")
def holes_stay():
    with World() as w:
        _, _, _, a, b = pair(w)
        root = w.folder("images")
        with open(root / "disk.img", "wb") as file:
            file.truncate(300 * MIB)
            for at in (0, 100 * MIB + 4096, 299 * MIB):
                file.seek(at)
                file.write(os.urandom(100_000))
        room = (root / "disk.img").stat().st_blocks
        if room * 512 > 100 * MIB:
            return  # a file system without holes
        for path, got in ((root / "disk.img", "disk.img"), (root, "images/disk.img")):
            a.command("send", path, "--to", "device-b", check=True)
            arrived = b.received(got)
            same(got, b3sum(arrived), b3sum(root / "disk.img"))
            if arrived.stat().st_blocks > room + 2 * MIB // 512:
                raise Failure(f"{got} takes {arrived.stat().st_blocks} blocks, the source {room}")


@story("a machine that is too busy to answer in time is asked again before it counts as not connected")
def busy_receiver():
    with World() as w:
        _, _, _, a, b = pair(w)
        os.kill(b.program.pid, signal.SIGSTOP)
        sending = a.background("send", "send", w.file("a.bin", MIB), "--to", "device-b")
        try:
            a.program.wait_for("asking again", 20)
        finally:
            os.kill(b.program.pid, signal.SIGCONT)
        same("exit code", sending.wait(30), 0)
        same("a.bin", b3sum(b.received("a.bin")), b3sum(w.tmp / "a.bin"))


@story("names, links and paths that are no UTF-8 cost neither the list nor what waits, and a refused path says what helps")
def no_utf8():
    with World() as w:
        _, _, _, a, b = pair(w)
        root = w.folder("album")
        (root / "a.txt").write_text("a")
        os.symlink(b"/tmp/caf\xe9", os.fsencode(root) + b"/link")
        odd = os.fsencode(root) + b"/caf\xe9.txt"
        with open(odd, "w") as file:
            file.write("hot")
        b.program.stop()
        b.wait_online(False)
        waiting = w.file("waits.bin", 1000)
        a.command("send", waiting, "--to", "device-b")
        refused = a.command("send", os.fsdecode(odd), "--to", "device-b")
        for words in ("caf\\xE9.txt is not UTF-8", "folder that holds it", "mesh-agent send - --name NAME < FILE"):
            if words not in refused.stderr:
                raise Failure(f"not said: {words!r}\n{refused.stderr}")
        same("exit code", refused.returncode != 0, True)
        b.start()
        wait_until("what waited is there", lambda: of_name(a, "waits.bin")["state"] == "done", 30)
        a.command("send", root, "--to", "device-b", check=True)
        same("the odd one", (b.downloads / "album" / "caf\ufffd.txt").read_text(), "hot")
        same("why the link stayed", [note["detail"] for note in of_name(a, "album")["folder"]["notes"]], ["/tmp/caf\ufffd"])
        a.program.kill()
        a.start()
        same("what is known after a restart", sorted(t["name"] for t in a.json("transfers")["transfers"]), ["album", "waits.bin"])
