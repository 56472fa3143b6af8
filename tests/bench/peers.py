"""What people use today to copy a file between machines, on loopback, ready to be measured: sshd and nginx with keys and
folders of their own, started as the caller, gone with the world.

Each answers MB/s and CPU s/GB of both sides together (the server's whole process tree included)."""
import getpass
import os
import pathlib
import subprocess
import time

import measure
from harness import Failure, free_port, wait_until
from harness.program import Program
from harness.tls import certificate

CIPHER = "aes128-gcm@openssh.com"


class Sshd:
    """A server of this user on a free port of loopback, with keys made for it; nobody else gets in."""

    def __init__(self, w, core=1):
        home = w.folder("sshd")
        home.chmod(0o700)
        self.port, self.home = free_port(), home
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", home / name], check=True)
        (home / "authorized").write_bytes((home / "user.pub").read_bytes())
        (home / "known").write_text(f"[127.0.0.1]:{self.port} {(home / 'host.pub').read_text()}")
        (home / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {home}/host\nPidFile none\nUsePAM no\n"
            f"AuthorizedKeysFile {home}/authorized\nPasswordAuthentication no\nStrictModes no\nPermitRootLogin prohibit-password\n"
            "Subsystem sftp internal-sftp\n")
        self.user = getpass.getuser()
        if self.user == "root":
            pathlib.Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where sshd shuts its unprivileged half in
        self.program = Program("sshd", measure.pinned(core, ["/usr/sbin/sshd", "-D", "-e", "-f", home / "sshd_config"]),
                               dict(os.environ), home / "log")
        w.programs.append(self.program)
        self.program.wait_for("Server listening")
        self.options = ["-o", f"IdentityFile={home}/user", "-o", "IdentitiesOnly=yes", "-o", f"UserKnownHostsFile={home}/known",
                        "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-c", CIPHER]

    @property
    def ssh(self):
        return ["ssh", "-F", "none", "-p", str(self.port), *self.options]

    @property
    def address(self):
        return f"{self.user}@127.0.0.1"


def timed(size, argv, core=0, server=None, **more):
    """Runs argv pinned; MB/s, and CPU s/GB of it and of what the server spent meanwhile."""
    before = os.times()
    server_before = measure.tree_cpu_seconds(server.pid) if server else 0
    began = time.monotonic()
    done = subprocess.run(measure.pinned(core, argv), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **more)
    seconds = time.monotonic() - began
    if done.returncode != 0:
        raise Failure(f"{argv[0]}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    after = os.times()
    client = after.children_user + after.children_system - before.children_user - before.children_system
    serving = measure.tree_cpu_seconds(server.pid) - server_before if server else 0
    return {"mb_per_second": size / 1e6 / seconds, "cpu_seconds_per_gb": (client + serving) / size * 1e9}


def scp(sshd):
    """The old protocol (-O) writes in place; the newer one empties the file first and would pay for fresh pages."""
    return lambda path, out: timed(path.stat().st_size, ["scp", "-q", "-O", "-F", "none", "-P", sshd.port, *sshd.options, path,
                                                         f"{sshd.address}:{out}"], server=sshd.program)


def rsync(sshd):
    shell = " ".join(sshd.ssh)
    return lambda path, out: timed(path.stat().st_size, ["rsync", "-W", "--inplace", "--ignore-times", "-e", shell, path,
                                                         f"{sshd.address}:{out}"], server=sshd.program)


def curl_b3sum(w):
    """HTTPS from nginx into the file in place, then what proves that it is whole."""
    home = w.folder("nginx")
    cert, key = certificate(home)
    port = free_port()
    (home / "nginx.conf").write_text(f"""
daemon off; master_process off; pid {home}/pid; error_log stderr;
{'user root;' if getpass.getuser() == 'root' else ''}
events {{}}
http {{
  access_log off; sendfile on; client_body_temp_path {home}/b; proxy_temp_path {home}/p; fastcgi_temp_path {home}/f;
  uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
  server {{
    listen 127.0.0.1:{port} ssl; root {w.tmp}; ssl_certificate {cert}; ssl_certificate_key {key};
    ssl_protocols TLSv1.3; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
  }}
}}
""")
    nginx = Program("nginx", measure.pinned(1, ["/usr/sbin/nginx", "-e", "stderr", "-p", home, "-c", home / "nginx.conf"]),
                    dict(os.environ), home / "log")
    w.programs.append(nginx)
    base = ["curl", "-sSf", "--cacert", cert]
    wait_until("nginx answers", lambda: subprocess.run([*base, "-I", f"https://localhost:{port}/"], capture_output=True,
                                                       check=False).returncode in (0, 22), 10)
    script = 'curl -sSf --cacert "$1" "$2" 1<>"$3" && b3sum --num-threads 1 --no-mmap "$3" >/dev/null'
    return lambda path, out: timed(path.stat().st_size, ["sh", "-c", script, "sh", cert, f"https://localhost:{port}/{path.name}",
                                                         out], server=nginx)


def start(w):
    """name -> send(path, out)"""
    sshd = Sshd(w)
    return {"scp": scp(sshd), "rsync_ssh": rsync(sshd), "curl_https_b3sum": curl_b3sum(w)}
