"""`panel serve` from PyPI, configured by a preset."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from provider import Provider
from server import free_port, running

SITE = Path(__file__).with_name("panel_site.py")


@contextmanager
def panel_server(provider: Provider, preset: str, *flags: str) -> Iterator[tuple[str, str]]:
    """Its address, and what the preset printed."""
    address = f"http://127.0.0.2:{(port := free_port())}"
    snippet = provider.preset(preset, preset, address)
    command = [
        sys.executable, "-m", "panel", "serve", str(SITE), "--address=127.0.0.2", f"--port={port}",
        f"--allow-websocket-origin=127.0.0.2:{port}", *flags,
    ]
    with running(command, f"{address}/liveness", env=os.environ | settings(snippet)):
        yield address, snippet


def settings(snippet: str) -> dict[str, str]:
    lines = [line for line in snippet.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)
