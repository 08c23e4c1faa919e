"""Fuzzes ``Card.process`` for a time: executions, seconds, findings; exit code 1 on a finding.

    python tests/fuzz/run.py [--seconds 60] [--seed 1] [--found FOLDER] [--target files]
    python tests/fuzz/run.py --replay FILE [--target files]

``--target files`` fuzzes the readers of certificates and of an authority's files instead.

Needs atheris (the extra ``fuzz``), except for the replay.  An input on which the card fails is kept
in FOLDER; put into ``corpus`` by ``make_corpus.py``, it is a test from then on.  CI keeps the seed,
so that a red run is about the change and not about luck; long runs of one's own take ``--seed 0``,
which draws one.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from time import monotonic

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
#: What is fuzzed: the module with ``one_input``, and the folder it begins with.
TARGETS = {"card": ("fuzz_card", "corpus"), "files": ("fuzz_files", "files")}
#: Of these the fuzzer sees which branches an input takes.
INSTRUMENTED = {
    "card": ["sscard.apdu", "sscard.channel", "sscard.cos"],
    "files": ["asn1crypto", "sscard.issuance.ca", "sscard.keys.x509"],
}
LONGEST_INPUT = 4096
SECONDS_PER_INPUT = 20
MEGABYTES = 1024
#: Executions, branches, megabytes, as the fuzzer's log has them.
FIGURES = (r"stat::number_of_executed_units:\s+(\d+)", r"cov: (\d+)", r"stat::peak_rss_mb:\s+(\d+)")
_LOG_SHOWN = 4000


def main() -> int:
    """The exit code."""
    if sys.argv[1:2] == ["--child"]:
        fuzz(sys.argv[2], sys.argv[3:])
    arguments = _arguments()
    if arguments.replay:
        sys.path.insert(0, str(ROOT))
        module = import_module(TARGETS[arguments.target][0])
        print(f"{module.one_input(arguments.replay.read_bytes())} done")
        return 0
    return run(arguments.target, arguments.seconds, arguments.seed, arguments.found)


def fuzz(target: str, arguments: list[str]) -> None:
    """The fuzzer itself; it ends the process."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED[target]):
        one_input = import_module(TARGETS[target][0]).one_input
    from mutator import mutated

    def custom_mutator(data: bytes, size: int, seed: int) -> bytes:
        return mutated(data, size, seed, atheris.Mutate)

    steps = {"custom_mutator": custom_mutator} if target == "card" else {}
    atheris.Setup([sys.argv[0], *arguments], one_input, **steps)
    atheris.Fuzz()


def run(target: str, seconds: int, seed: int, found: Path) -> int:
    """Let a process fuzz, and say what came of it."""
    found.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as growing:
        started = monotonic()
        done = subprocess.run(
            _command(target, seconds, seed, found, growing),
            env={
                **os.environ,
                "PYTHONHASHSEED": "0",
                "PYTHONPATH": os.pathsep.join((str(ROOT), str(HERE))),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        took, new = monotonic() - started, len(list(Path(growing).iterdir()))
    log = done.stdout
    crashes = re.findall(r"Test unit written to (\S+)", log)
    executions, branches, megabytes = (_last(pattern, log) for pattern in FIGURES)
    print(
        f"fuzz: {executions} executions in {took:.0f} s, {branches} branches, {new} new inputs, "
        f"{megabytes} MB, crashes: {len(crashes)}"
    )
    if done.returncode:
        print(log[-_LOG_SHOWN:], *crashes, sep="\n")
    return 1 if done.returncode else 0


def _command(target: str, seconds: int, seed: int, found: Path, growing: str) -> list[str]:
    return [
        *(sys.executable, __file__, "--child", target),
        *(growing, str(HERE / TARGETS[target][1])),
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        f"-max_len={LONGEST_INPUT}",
        f"-timeout={SECONDS_PER_INPUT}",
        f"-rss_limit_mb={MEGABYTES}",
        f"-artifact_prefix={found.resolve()}{os.sep}",
        "-print_final_stats=1",
    ]


def _last(pattern: str, log: str) -> str:
    return (re.findall(pattern, log) or ["?"])[-1]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--target", choices=TARGETS, default="card")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--found", type=Path, default=Path(tempfile.gettempdir()) / "sscard-found")
    parser.add_argument("--replay", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
