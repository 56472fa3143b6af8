"""A server behind TLS, with a certificate of its own making."""
import ssl
import subprocess

from .world import Server


def certificate(folder):
    """A key and a certificate for localhost and 127.0.0.1, signed by itself; answers both paths."""
    cert, key = folder / "localhost.pem", folder / "localhost.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key),
                    "-out", str(cert)], check=True, capture_output=True)
    return cert, key


class TlsServer(Server):
    def __init__(self, world, name="server"):
        self.cert, key = certificate(world.tmp)
        super().__init__(world, name, args=["--tls-cert", self.cert, "--tls-key", key])
        self.tls = ssl.create_default_context(cafile=str(self.cert))
