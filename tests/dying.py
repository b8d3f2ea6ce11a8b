"""What a child process may die of, and what it may come back with; loads little, for a child may have to load it."""

from __future__ import annotations

import os
import time


def size_overflow(exponent: int) -> int:
    """Be ended by SIGFPE in FLINT, at 10**12."""
    return endless_native(exponent, 10)


def endless_native(exponent: int, base: int = 3) -> int:
    """One call into FLINT: many seconds at 10**9; SIGABRT where it finds no memory."""
    import flint

    return int((flint.fmpz(base) ** exponent) % 7)


def absurd_precision(bits: int) -> str:
    """Be ended by SIGABRT: at 2**62 bits FLINT asks for 2**59 bytes."""
    import flint

    flint.ctx.prec = bits
    return str(flint.arb(2).sqrt())


def python_memory(count: int) -> int:
    """MemoryError."""
    return len(bytearray(count))


def killed_by(number: int) -> None:
    """Die of a signal."""
    os.kill(os.getpid(), number)


def leave(code: int) -> None:
    """End without a word."""
    os._exit(code)


def asleep(seconds: float) -> None:
    """Do nothing."""
    time.sleep(seconds)


def process_id(_: object) -> int:
    """Say where."""
    return os.getpid()


def asked_again(_: object) -> tuple[int, int]:
    """Say where, and where what is asked for in a child is computed."""
    from symphase.processes import where_killable

    return os.getpid(), where_killable(process_id, None, heavy=True, asked="it")


def wrong(number: int) -> int:
    """Raise an error of ours."""
    from symphase.errors import InputError

    raise InputError("number", number, "must be another one", "give one")


def unsendable(_: object) -> object:
    """Return what no process can send."""
    return lambda: None
