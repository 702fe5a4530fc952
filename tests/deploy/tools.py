"""What the tests of deploy/ share."""

import subprocess
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "deploy"


def run(*command, **options) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout
