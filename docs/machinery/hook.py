"""MkDocs loads this file, which tells Python where to find the rest."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from docs.machinery.build import (
    on_config,
    on_page_content,
    on_page_markdown,
    on_post_build,
    on_post_page,
)

__all__ = [
    "on_config",
    "on_page_content",
    "on_page_markdown",
    "on_post_build",
    "on_post_page",
]
