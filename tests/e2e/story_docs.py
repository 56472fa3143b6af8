"""The documents, held to the programs."""
import re
import subprocess
import sys

from harness import Failure, World, story
from harness.world import BIN, ROOT, run


@story("every command shown in a document is a verb with flags that the programs know")
def commands_in_documents():
    done = subprocess.run([sys.executable, ROOT / "tools/check_docs.py", "--programs", BIN], capture_output=True, text=True,
                          timeout=120, check=False)
    if done.returncode != 0:
        raise Failure(done.stdout + done.stderr)


@story("the example server.toml is accepted by mesh-server config check")
def example_settings():
    with World() as w:
        text = (ROOT / "infra/server.toml").read_text()
        for name in ("fullchain.pem", "privkey.pem"):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=localhost", "-keyout",
                            w.tmp / "privkey.pem", "-out", w.tmp / "fullchain.pem"], capture_output=True, check=True)
            text = text.replace(f"/etc/mesh/tls/{name}", str(w.tmp / name))
        text = text.replace("/var/lib/mesh-server", str(w.tmp / "data")).replace("/usr/share/mesh/web", str(w.folder("web")))
        (w.tmp / "server.toml").write_text(text)
        done = run([BIN / "mesh-server", "config", "check", "--config", w.tmp / "server.toml"], w.environment(w.folder("home")))
        if done.returncode != 0 or "public_url" not in done.stdout:
            raise Failure(f"exit code {done.returncode}: {done.stdout}{done.stderr}")


def helps(program, verbs=()):
    """(verb, help text) of a program and of everything inside it."""
    text = run([BIN / program, *verbs, "--help"], {"LC_ALL": "C.UTF-8", "MESH_LANG": "en", "HOME": "/nonexistent"}).stdout
    yield " ".join(verbs), text
    head = re.search(r"^(?:Subcommands|Commands):\n((?: .*\n?)+)", text, re.MULTILINE)
    for verb in re.findall(r"^  ([a-z][a-z_-]*)", head[1], re.MULTILINE) if head else ():
        yield from helps(program, (*verbs, verb))


@story("the manual pages name every verb and every flag of the programs, and no flag that does not exist")
def manual_pages():
    missing = []
    for program in ("mesh-server", "mesh-agent"):
        page = (ROOT / f"docs/man/{program}.1").read_text().replace("\\-", "-")
        plain = re.sub(r"\\f[A-Z]", "", page)
        flags = set()
        for verb, text in helps(program):
            found = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))
            flags |= found
            missing += [f"{program}.1: {verb} {flag} is missing" for flag in found if flag not in page]
            if verb and not re.search(rf"\b{re.escape(verb)}\b", plain):
                missing.append(f"{program}.1: {verb} is missing")
        named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", plain))
        missing += [f"{program}.1: {flag} does not exist" for flag in named - flags]
        if len(flags) < 10:
            missing.append(f"{program} --help was not understood: {sorted(flags)}")
    if missing:
        raise Failure("\n".join(missing))
