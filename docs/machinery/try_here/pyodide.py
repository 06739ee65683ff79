"""Says where "Try it here" finds Pyodide; as a program, puts Pyodide into the site.

    python docs/machinery/try_here/pyodide.py

needs npm, once, and 13 MB. Then the site that is built next works from any web
server, without internet. Without it, a page loads Pyodide from where mkdocs.yml says.
"""

import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from mkdocs.utils import get_relative_url

ROOT = Path(__file__).parents[3]
HERE = "assets/pyodide/"  # in the site, and in docs/
FILES = [
    "package.json",  # which version this is
    "pyodide-lock.json",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "pyodide.mjs",
    "python_stdlib.zip",
]


class PyodideError(ValueError):
    """Says what is wrong with the copy of Pyodide, or why there is none."""


def version_in(address: str) -> str:
    """Returns the version that an address such as `…/pyodide@314.0.7/` names."""
    found = re.search(r"pyodide@([\d.]+)/$", address)
    if not found:
        raise PyodideError(f"no version in '{address}'")
    return found[1]


def place(address: str, docs: Path, page: str) -> str:
    """Returns where `page` finds Pyodide: in the site, if it is there, or `address`."""
    package = docs / HERE / "package.json"
    if not package.is_file():
        return address
    version, wanted = json.loads(package.read_text())["version"], version_in(address)
    if version != wanted:
        raise PyodideError(f"{package.parent} has {version}, not {wanted}: delete it")
    return get_relative_url(HERE, page)


def fetch(version: str, folder: Path) -> None:
    """Puts Pyodide's files from its npm package into `folder`."""
    npm = which("npm")
    if npm is None:
        raise PyodideError("this needs npm: https://nodejs.org/")
    with TemporaryDirectory() as temporary:
        command = [npm, "pack", "--silent", f"pyodide@{version}"]
        subprocess.run(command, cwd=temporary, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - found above
        [archive] = Path(temporary).glob("*.tgz")
        folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as package:
            for name in FILES:
                member = package.extractfile(f"package/{name}")
                if member is None:
                    raise PyodideError(f"no {name} in pyodide@{version}")
                (folder / name).write_bytes(member.read())


if __name__ == "__main__":
    [address] = re.findall(r"pyodide: (\S+)", (ROOT / "mkdocs.yml").read_text("utf-8"))
    try:
        fetch(version_in(address), ROOT / "docs" / HERE)
    except (PyodideError, subprocess.CalledProcessError) as error:
        sys.exit(str(error))
    print(f"Pyodide {version_in(address)} is in docs/{HERE}")
