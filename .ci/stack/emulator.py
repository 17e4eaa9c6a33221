"""MiniStack in a process of its own: AWS on one machine, on loopback alone.

Functions run in it as programs of this machine, each with the credentials of its own role, and what
they call is checked against that role's policies (`AUTH`).
"""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

from smoke import request

REGION = "eu-central-1"
ACCOUNT = "123456789012"

START_SECONDS = 60
STOP_SECONDS = 20
ARRIVAL_SECONDS = 20
# State of a listening socket in /proc/net/tcp.
LISTENS = "0A"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def until(what, found, seconds=ARRIVAL_SECONDS):
    """Asks until there is something, and no longer than that."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s")


class Emulator:
    def __init__(self, folder, trusted):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = pathlib.Path(folder, "emulator.log")
        self.scratch = scratch = pathlib.Path(folder, "scratch")
        scratch.mkdir()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(scratch),
            # Packages of functions, and what S3 holds.
            "TMPDIR": str(scratch),
            "S3_DATA_DIR": str(scratch / "s3"),
            "STATE_DIR": str(scratch / "state"),
            # It would listen on every interface, and for MQTT and SFTP besides.
            "BIND_HOST": "127.0.0.1",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            # Signatures and policies count.
            "AUTH": "true",
            # Functions inherit these two: where AWS is, and whose certificates count besides.
            "AWS_ENDPOINT_URL": self.url,
            "SSL_CERT_FILE": str(trusted),
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [pathlib.Path(sys.executable).with_name("ministack")],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
            )

    def environment(self):
        """What has tools and the operator's command line talk to it, as the account's root."""
        return {
            "PATH": os.environ["PATH"],
            # Nothing of the person who runs this.
            "HOME": str(self.scratch),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "SAM_CLI_TELEMETRY": "0",
        }

    def wait_until_it_is_ready(self):
        def ready():
            assert self.process.poll() is None, "the emulator has stopped"
            with contextlib.suppress(OSError):
                return self.ask("/_ministack/ready").status == 200

        until("the emulator is ready", ready, START_SECONDS)

    def ask(self, path):
        """What it tells besides AWS's own interfaces."""
        return request(self.url, "GET", path, None, {})

    def listens_on(self):
        """Where it and the functions in it accept connections: pairs of address and port."""
        sockets = set()
        for process in family(self.process.pid):
            for descriptor in pathlib.Path(f"/proc/{process}/fd").glob("*"):
                with contextlib.suppress(OSError):
                    sockets.add(os.readlink(descriptor))
        places = set()
        for table in ("tcp", "tcp6"):
            for line in pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                _, local, _, state, *_, = line.split()
                if state == LISTENS and f"socket:[{line.split()[9]}]" in sockets:
                    address, port = local.split(":")
                    places.add((plain(address), int(port, 16)))
        return places

    def mails_to(self, address):
        """Every mail to an address, the oldest first."""
        messages = self.ask(f"/_ministack/ses/messages?account={ACCOUNT}").body["messages"]
        return [mail for mail in messages.get(ACCOUNT, []) if address in mail["To"]]

    def mail_to(self, address):
        """The first mail to an address, once it is there."""
        return until(f"a mail to {address}", lambda: self.mails_to(address))[0]

    def text_messages_to(self, phone):
        """Every SMS to a number, the oldest first."""
        query = urllib.parse.urlencode({"phoneNumber": phone, "region": REGION})
        return self.ask(f"/_ministack/sns/sms-messages?{query}").body["sms_messages"][phone]

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def family(process):
    """A process and all that it has started."""
    members = [process]
    for member in members:
        for task in pathlib.Path(f"/proc/{member}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                members += map(int, task.read_text().split())
    return members


def plain(address):
    """An address of /proc/net, in which each group of four bytes is turned around."""
    groups = [bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8)]
    kind = socket.AF_INET if len(groups) == 1 else socket.AF_INET6
    return socket.inet_ntop(kind, b"".join(groups))


@contextlib.contextmanager
def running(trusted):
    with tempfile.TemporaryDirectory(prefix="atrium-stack-") as folder:
        emulator = Emulator(folder, trusted)
        try:
            emulator.wait_until_it_is_ready()
            yield emulator
        except BaseException:
            lines = emulator.log.read_text(errors="replace").splitlines()
            print("--- the end of the emulator's log", *lines[-60:], "---", sep="\n", file=sys.stderr)
            raise
        finally:
            emulator.stop()
