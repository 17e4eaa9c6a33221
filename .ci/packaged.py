"""Runs what `sam build` has packaged under AWS's runtime interface emulator, on an embedded database.

    sam build --parameter-overrides Architecture=x86_64        # or arm64: that of this machine
    .venv-deploy/bin/python .ci/packaged.py

Needs the environment that `.ci/deploy-tools` makes: AWS SAM CLI brings the emulator along.
"""

import io
import os
import pathlib
import platform
import subprocess
import sys
import time
import zipfile

import samcli
from samcli.local.docker.utils import get_rapid_name

REPOSITORY = pathlib.Path(__file__).parent.parent
PACKAGES = REPOSITORY / ".aws-sam" / "build"
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
# The machine of an ELF program, by Lambda's names.
MACHINES = {"x86_64": 62, "arm64": 183}


def architecture():
    return ARCHITECTURES[platform.machine().lower()]


def emulator():
    """The emulator that `sam local` puts into its containers."""
    folder = pathlib.Path(samcli.__file__).parent / "local" / "rapid"
    program = folder / get_rapid_name(architecture())
    program.chmod(program.stat().st_mode | 0o111)
    return program


def functions():
    folders = [folder.name for folder in (REPOSITORY / "functions").iterdir() if folder.is_dir()]
    return {name: "".join(map(str.capitalize, name.split("-"))) + "Function" for name in sorted(folders)}


def check_packages():
    """Each function is packaged, for this machine. Prints how large the archive is that is uploaded."""
    for name, folder in functions().items():
        program = PACKAGES / folder / "bootstrap"
        if not program.exists():
            sys.exit(f"{program} is not there: run `sam build` first")
        content = program.read_bytes()
        machine = int.from_bytes(content[18:20], "little")
        if machine != MACHINES[architecture()]:
            sys.exit(f"{program} is not for this machine: sam build --parameter-overrides "
                     f"Architecture={architecture()}")
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("bootstrap", content)
        size = len(archive.getvalue())
        print(f"{name:12}{len(content) / 1e6:6.1f} MB, {size / 1e6:4.1f} MB as a zip", flush=True)


def panicking():
    """The function that panics, which `sam build` has made with the others, and packaged nowhere."""
    target = REPOSITORY / os.environ.get("CARGO_TARGET_DIR", "target")
    program = target / "lambda" / "panicking" / "bootstrap"
    if not program.exists():
        sys.exit(f"{program} is not there: run `sam build` first")
    return program


def main():
    started = time.monotonic()
    check_packages()
    environment = os.environ | {
        "PACKAGED_FUNCTIONS": str(PACKAGES),
        "RUNTIME_INTERFACE_EMULATOR": str(emulator()),
        "PANICKING_FUNCTION": str(panicking()),
    }
    # Its passing tests print how long the functions take to start.
    command = ["cargo", "test", "--package", "tests", "--test", "packaged", "--locked"]
    command += ["--", "--show-output", *sys.argv[1:]]
    tested = subprocess.run(command, cwd=REPOSITORY, env=environment)
    print(f"{time.monotonic() - started:.0f} s in all")
    sys.exit(tested.returncode)


if __name__ == "__main__":
    main()
