"""Runs a script, its log in JSON beside: python json_log.py FILE SCRIPT [ENDPOINT]."""

import runpy
import sys
from pathlib import Path

from twisted.logger import globalLogPublisher, jsonFileLogObserver
from twisted.python.logfile import LogFile

if __name__ == "__main__":
    if not Path(*sys.argv[2:3]).is_file():  # no script, or none that exists
        sys.exit(__doc__)
    # What is left of the command is as if the script had been started itself.
    _, name, *sys.argv = sys.argv
    try:
        file = LogFile.fromFullPath(
            name, rotateLength=1_000_000, maxRotatedFiles=9, defaultMode=0o600
        )
    except OSError as error:
        sys.exit(f"Cannot write a log: {error}")
    # One event a line. RFC 7464 wants a record separator before each, grep does not.
    globalLogPublisher.addObserver(jsonFileLogObserver(file, recordSeparator=""))
    sys.path.insert(0, str(Path(sys.argv[0]).parent))
    runpy.run_path(sys.argv[0], run_name="__main__")
