"""A program of its own: one line of text from standard input, spoken by SVOX Pico to standard output as PCM.

The engine's sound depends on what it said before in the same process, so every line gets a process. It is started by
its path, not as a module of the package, so that nothing but the engine is imported.
"""

import json
import sys


def main() -> int:
    """Exit code 3: the engine is not installed."""
    try:
        from py_nanotts import NanoTTS
    except ImportError as exc:
        sys.stderr.write(str(exc))
        return 3
    asked = json.load(sys.stdin.buffer)
    pcm = NanoTTS().speak(**asked)
    sys.stdout.buffer.write(pcm)
    return 0


if __name__ == "__main__":
    sys.exit(main())
