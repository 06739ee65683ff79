"""Runs a script that logs to a file: python json_log.py FILE SCRIPT [ENDPOINT]."""

import runpy
import sys
from pathlib import Path

from twisted.logger import globalLogPublisher, jsonFileLogObserver
from twisted.python.logfile import LogFile

if __name__ == "__main__":
    if not Path(*sys.argv[2:3]).is_file():  # no script, or none that exists
        sys.exit(__doc__)
    # Leaves what the script would see if it had been started by itself.
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
