"""The documents, held to the programs."""
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
