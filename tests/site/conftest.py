"""The built site, which the tests in a browser share."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course's site."""
    return build_site(tmp_path_factory.mktemp("site"))


def build_site(folder: Path) -> Path:
    """Builds the course's site as it is published, and returns its folder."""
    mkdocs = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    subprocess.run([*mkdocs, "--site-dir", str(folder)], cwd=ROOT, check=True)
    return folder
