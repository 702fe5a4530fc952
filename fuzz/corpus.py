"""Between a folder with a file for each input, as fuzzers want it, and one file of JSON strings, as
people and Git do. The letters U+0000 to U+00FF stand for the bytes 0 to 255."""

import hashlib
import json
import sys
from pathlib import Path

# What a packed corpus may weigh; of a larger one the longest inputs are left out.
MOST_BYTES = 32 * 1024

command, target, folder = sys.argv[1:]
packed, folder = Path("fuzz/corpus", target + ".jsonl"), Path(folder)

if command == "unpack":
    for line in packed.read_text(encoding="ascii").splitlines():
        data = json.loads(line).encode("latin-1")
        (folder / hashlib.sha1(data, usedforsecurity=False).hexdigest()).write_bytes(data)
elif command == "pack":
    kept, weight = [], 0
    for data in sorted((file.read_bytes() for file in folder.iterdir()), key=lambda data: (len(data), data)):
        line = json.dumps(data.decode("latin-1"))
        weight += len(line) + 1
        if weight > MOST_BYTES:
            break
        kept.append(line)
    packed.write_text("".join(line + "\n" for line in sorted(kept)), encoding="ascii")
else:
    sys.exit(f"fuzz/corpus.py: no command {command}")
