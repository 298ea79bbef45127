"""Using more than there is, and never coming to an end."""

from __future__ import annotations

from tests.sandbox.hostile.base import Hostile
from worldlore.sandbox import Rung

CLOCK = {"says": "ran longer than 0.3 s", "endings": ("timeout",), "needs": Rung.PROCESS, "hasty": True}
MEMORY = {"says": "MemoryError", "endings": ("raised",), "needs": Rung.PROCESS}
CRASH = {"says": "the program", "endings": ("killed",), "needs": Rung.PROCESS}
FILLING = {"says": "", "endings": ("finished", "killed"), "needs": Rung.LANDLOCK}

PROGRAMS = [
    Hostile(
        "a busy loop",
        """
        while True:
            pass
        """,
        **CLOCK,
    ),
    Hostile("a busy loop that C never leaves", "10**10**8", **CLOCK),
    Hostile(
        "a busy loop in a sort",
        "sorted(iter(int, 1))",
        says="",
        endings=("timeout", "raised"),
        needs=Rung.PROCESS,
        hasty=True,
    ),
    Hostile(
        "a regular expression without end",
        """
        import re
        re.match('(a+)+$', 'a' * 60 + 'b')
        """,
        **CLOCK,
    ),
    Hostile("sleep", "time.sleep(3600)", **CLOCK),
    Hostile(
        "a lock nobody opens",
        """
        import threading
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()
        """,
        **CLOCK,
    ),
    Hostile(
        "a loop that swallows every exception",
        """
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass
        """,
        **CLOCK,
    ),
    Hostile(
        "deafness to signals",
        """
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        while True:
            pass
        """,
        **CLOCK,
    ),
    Hostile(
        "an alarm that starts the loop again",
        """
        def again(*_):
            signal.setitimer(signal.ITIMER_REAL, 0.01)
            raise KeyboardInterrupt
        signal.signal(signal.SIGALRM, again)
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        while True:
            try:
                time.sleep(9)
            except KeyboardInterrupt:
                pass
        """,
        **CLOCK,
    ),
    Hostile(
        "a repr without end",
        """
        class Endless:
            def __repr__(self):
                while True:
                    pass
        Endless()
        """,
        **CLOCK,
    ),
    Hostile(
        "an exception whose words have no end",
        """
        class Endless(Exception):
            def __str__(self):
                while True:
                    pass
        raise Endless
        """,
        **CLOCK,
    ),
    Hostile(
        "threads on every core",
        """
        import threading, hashlib
        def burn():
            while True:
                hashlib.sha256(bytes(1 << 20))
        for _ in range(4):
            threading.Thread(target=burn).start()
        burn()
        """,
        **CLOCK,
    ),
    Hostile("waiting for input", "input()", says="EOFError", endings=("raised",), needs=Rung.PROCESS),
    Hostile("memory in one piece", "x = bytearray(10**10)", **MEMORY),
    Hostile(
        "memory bit by bit",
        """
        x = []
        while True:
            x.append(bytearray(10**6))
        """,
        **MEMORY,
    ),
    Hostile("memory in a number", "x = 1 << (1 << 34)", **MEMORY),
    Hostile(
        "memory in a string",
        """
        x = 'a'
        while True:
            x += x
        """,
        **MEMORY,
    ),
    Hostile(
        "memory mapped",
        """
        import mmap
        kept = []
        def grow():
            while True:
                kept.append(mmap.mmap(-1, 1 << 24))
        attempt(grow)
        """,
        says="refused: OSError",
        needs=Rung.PROCESS,
    ),
    Hostile(
        "a file too large",
        """
        with open('x', 'wb') as file:
            attempt(lambda: [file.write(bytes(1 << 20)) for _ in range(99)] and file.flush())
        """,
        says="",
        endings=("finished", "raised", "killed"),
        needs=Rung.LANDLOCK,
    ),
    Hostile(
        "too many files",
        """
        def fill():
            for n in range(100):
                with open(f'x{n}', 'wb') as file:
                    file.write(bytes(1 << 20))
                time.sleep(0.02)
        attempt(fill)
        """,
        **FILLING,
    ),
    Hostile(
        "too many names",
        """
        def fill():
            for n in range(20000):
                open(f'x{n}', 'w').close()
                if n % 500 == 0:
                    time.sleep(0.1)
        attempt(fill)
        """,
        **FILLING,
    ),
    Hostile(
        "files deeper than a path is long",
        """
        def fill():
            for n in range(100):
                os.mkdir('d' * 50)
                os.chdir('d' * 50)
            for n in range(100):
                with open(f'x{n}', 'wb') as file:
                    file.write(bytes(1 << 20))
                time.sleep(0.02)
        attempt(fill)
        """,
        **FILLING,
    ),
    Hostile(
        "files in a folder that cannot be listed",
        """
        def fill():
            os.mkdir('hidden', 0o300)
            for n in range(100):
                with open(f'hidden/x{n}', 'wb') as file:
                    file.write(bytes(1 << 20))
                time.sleep(0.02)
        attempt(fill)
        """,
        **FILLING,
    ),
    Hostile(
        "folders deeper than Python recurs",
        """
        def dig():
            for n in range(1900):
                os.mkdir('d')
                os.chdir('d')
        attempt(dig)
        """,
        **FILLING,
    ),
    Hostile(
        "too many open files",
        "attempt(lambda: [os.pipe() for _ in range(1000)])",
        says="refused: OSError",
        needs=Rung.PROCESS,
    ),
    Hostile(
        "a file with a hole, larger than the disk",
        """
        file = open('x', 'wb')
        attempt(file.truncate, 1 << 40)
        """,
        **FILLING,
    ),
    Hostile(
        "output without end",
        """
        while True:
            print('x' * 1000)
        """,
        **CLOCK,
    ),
    Hostile("one enormous line", "print('x' * 50_000_000)", says="cut at", needs=Rung.PROCESS),
    Hostile("an enormous value", "'x' * 50_000_000", says="cut at", needs=Rung.PROCESS),
    Hostile(
        "an enormous exception",
        "raise ValueError('x' * 50_000_000)",
        says="cut at",
        endings=("raised",),
        needs=Rung.PROCESS,
    ),
    Hostile(
        "output to every descriptor",
        """
        for fd in (1, 2):
            os.write(fd, b'x' * 100000)
        print('written')
        """,
        says="written",
        needs=Rung.PROCESS,
    ),
    Hostile(
        "an enormous argument",
        "attempt(move, 'x' * 10_000_000)",
        says="refused: ValueError",
        needs=Rung.PROCESS,
    ),
    Hostile(
        "an argument nested without end",
        """
        x = []
        for _ in range(500):
            x = [x]
        move(x)
        """,
        says="nested",
        endings=("killed",),
        needs=Rung.PROCESS,
    ),
    Hostile(
        "an argument that holds itself",
        """
        x = []
        x.append(x)
        attempt(move, x)
        """,
        needs=Rung.PROCESS,
    ),
    Hostile(
        "calls without end",
        """
        while True:
            move('kitchen')
        """,
        says="more than 50 calls",
        endings=("killed",),
        needs=Rung.PROCESS,
    ),
    Hostile(
        "recursion",
        """
        def down():
            return down()
        down()
        """,
        says="RecursionError",
        endings=("raised",),
        needs=Rung.PROCESS,
    ),
    Hostile(
        "recursion that overflows the stack",
        """
        sys.setrecursionlimit(10**9)
        class Down:
            def __getattr__(self, name):
                return getattr(self, name + 'x')
        Down().x
        """,
        says="",
        endings=("killed", "raised", "timeout"),
        needs=Rung.PROCESS,
        hasty=True,
    ),
    Hostile(
        "nested source",
        "compile('(' * 100000 + ')' * 100000, 'x', 'exec')",
        says="",
        endings=("raised", "killed"),
        needs=Rung.PROCESS,
    ),
    Hostile("a crash", "ctypes.string_at(0)", **CRASH),
    Hostile("an abort", "os.abort()", **CRASH),
    Hostile("its own end", "os._exit(0)", says="ended its own process", endings=("killed",), needs=Rung.PROCESS),
    Hostile("a wrong jump", "ctypes.CFUNCTYPE(None)(12345)()", **CRASH),
    Hostile(
        "exit with a lie",
        """
        print('fine')
        sys.exit('no')
        """,
        says="SystemExit: no",
        endings=("raised",),
        needs=Rung.PROCESS,
    ),
]
