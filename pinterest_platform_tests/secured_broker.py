"""A Kafka broker that also listens with TLS, and with TLS and SCRAM."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

from pinterest_platform.stack.kafka import KafkaBroker
from pinterest_platform.stack.process import Launch

_STORE, _PASSWORD = "broker.p12", "changeit"


class SecuredBroker(KafkaBroker):
    """Its certificate is its own authority. Users are added by `alter_user_scram_credentials`."""

    def launch(self) -> Launch:
        launch = super().launch()
        lines = launch.files["server.properties"].splitlines()
        for at, line in enumerate(lines):
            if line.startswith(("listeners=", "advertised.listeners=")):
                lines[at] = f"{line},TLS://127.0.0.1:{self.port('tls')},SCRAM://127.0.0.1:{self.port('scram')}"
            elif line.startswith("listener.security.protocol.map="):
                lines[at] = f"{line},TLS:SSL,SCRAM:SASL_SSL"
        store = {"location": self.folder / _STORE, "type": "PKCS12", "password": _PASSWORD}
        lines += [f"ssl.keystore.{name}={value}" for name, value in store.items()]
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        lines += [
            "sasl.enabled.mechanisms=SCRAM-SHA-512",
            f"listener.name.scram.scram-sha-512.sasl.jaas.config={login}",
        ]
        return Launch(launch.command, launch.environment, {**launch.files, "server.properties": "\n".join(lines)})

    def prepare(self) -> None:
        super().prepare()
        if not (self.folder / _STORE).exists():
            names = ["-dname", "CN=localhost", "-ext", "SAN=ip:127.0.0.1,dns:localhost", "-ext", "bc:c=ca:true"]
            kept = ["-keystore", _STORE, "-storepass", _PASSWORD, "-alias", "broker", "-storetype", "PKCS12"]
            command = ["keytool", "-genkeypair", "-keyalg", "EC", "-validity", "2", *names, *kept]
            subprocess.run(command, cwd=self.folder, check=True, capture_output=True)

    def write_certificate(self, file: Path) -> None:
        """Write its certificate as PEM."""
        file.write_text(ssl.get_server_certificate(("127.0.0.1", self.port("tls"))))
