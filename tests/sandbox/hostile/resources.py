"""Using more than there is, and never coming to an end."""

from __future__ import annotations

from tests.sandbox.hostile.base import Hostile
from worldlore.sandbox import Rung

CLOCK = dict(says="ran longer than 0.3 s", endings=("timeout",), needs=Rung.PROCESS, hasty=True)
MEMORY = dict(says="MemoryError", endings=("raised",), needs=Rung.PROCESS)
CRASH = dict(says="the program", endings=("killed",), needs=Rung.PROCESS)

PROGRAMS = [
    Hostile("a busy loop", "while True:\n    pass", **CLOCK),
    Hostile("a busy loop that C never leaves", "10**10**8", **CLOCK),
    Hostile("a busy loop in a sort", "sorted(iter(int, 1))", says="", endings=("timeout", "raised"), needs=Rung.PROCESS, hasty=True),
    Hostile("a regular expression without end", "import re\nre.match('(a+)+$', 'a' * 60 + 'b')", **CLOCK),
    Hostile("sleep", "time.sleep(3600)", **CLOCK),
    Hostile("a lock nobody opens", "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()", **CLOCK),
    Hostile("a loop that swallows every exception", "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass", **CLOCK),
    Hostile("deafness to signals", "for number in range(1, 65):\n    try:\n        signal.signal(number, signal.SIG_IGN)\n    except (OSError, ValueError):\n        pass\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True:\n    pass", **CLOCK),
    Hostile("an alarm that starts the loop again", "def again(*_):\n    signal.setitimer(signal.ITIMER_REAL, 0.01)\n    raise KeyboardInterrupt\nsignal.signal(signal.SIGALRM, again)\nsignal.setitimer(signal.ITIMER_REAL, 0.01)\nwhile True:\n    try:\n        time.sleep(9)\n    except KeyboardInterrupt:\n        pass", **CLOCK),
    Hostile("a repr without end", "class Endless:\n    def __repr__(self):\n        while True:\n            pass\nEndless()", **CLOCK),
    Hostile("an exception whose words have no end", "class Endless(Exception):\n    def __str__(self):\n        while True:\n            pass\nraise Endless", **CLOCK),
    Hostile("threads on every core", "import threading, hashlib\ndef burn():\n    while True:\n        hashlib.sha256(bytes(1 << 20))\nfor _ in range(4):\n    threading.Thread(target=burn).start()\nburn()", **CLOCK),
    Hostile("waiting for input", "input()", says="EOFError", endings=("raised",), needs=Rung.PROCESS),
    Hostile("memory in one piece", "x = bytearray(10**10)", **MEMORY),
    Hostile("memory bit by bit", "x = []\nwhile True:\n    x.append(bytearray(10**6))", **MEMORY),
    Hostile("memory in a number", "x = 1 << (1 << 34)", **MEMORY),
    Hostile("memory in a string", "x = 'a'\nwhile True:\n    x += x", **MEMORY),
    Hostile("memory mapped", "import mmap\nkept = []\ndef grow():\n    while True:\n        kept.append(mmap.mmap(-1, 1 << 24))\nattempt(grow)", says="refused: OSError", needs=Rung.PROCESS),
    Hostile("a file too large", "with open('x', 'wb') as file:\n    attempt(lambda: [file.write(bytes(1 << 20)) for _ in range(99)] and file.flush())", says="", endings=("finished", "raised", "killed"), needs=Rung.LANDLOCK),
    Hostile("too many files", "def fill():\n    for n in range(100):\n        with open(f'x{n}', 'wb') as file:\n            file.write(bytes(1 << 20))\n        time.sleep(0.02)\nattempt(fill)", says="", endings=("finished", "killed"), needs=Rung.LANDLOCK),
    Hostile("too many names", "def fill():\n    for n in range(20000):\n        open(f'x{n}', 'w').close()\n        if n % 500 == 0:\n            time.sleep(0.1)\nattempt(fill)", says="", endings=("finished", "killed"), needs=Rung.LANDLOCK),
    Hostile("too many open files", "attempt(lambda: [os.pipe() for _ in range(1000)])", says="refused: OSError", needs=Rung.PROCESS),
    Hostile("a file with a hole, larger than the disk", "file = open('x', 'wb')\nattempt(file.truncate, 1 << 40)", says="", endings=("finished", "killed"), needs=Rung.LANDLOCK),
    Hostile("output without end", "while True:\n    print('x' * 1000)", **CLOCK),
    Hostile("one enormous line", "print('x' * 50_000_000)", says="cut at", needs=Rung.PROCESS),
    Hostile("an enormous value", "'x' * 50_000_000", says="cut at", needs=Rung.PROCESS),
    Hostile("an enormous exception", "raise ValueError('x' * 50_000_000)", says="cut at", endings=("raised",), needs=Rung.PROCESS),
    Hostile("output to every descriptor", "for fd in (1, 2):\n    os.write(fd, b'x' * 100000)\nprint('written')", says="written", needs=Rung.PROCESS),
    Hostile("an enormous argument", "attempt(move, 'x' * 10_000_000)", says="refused: ValueError", needs=Rung.PROCESS),
    Hostile("an argument nested without end", "x = []\nfor _ in range(500):\n    x = [x]\nmove(x)", says="nested", endings=("killed",), needs=Rung.PROCESS),
    Hostile("an argument that holds itself", "x = []\nx.append(x)\nattempt(move, x)", needs=Rung.PROCESS),
    Hostile("calls without end", "while True:\n    move('kitchen')", says="more than 50 calls", endings=("killed",), needs=Rung.PROCESS),
    Hostile("recursion", "def down():\n    return down()\ndown()", says="RecursionError", endings=("raised",), needs=Rung.PROCESS),
    Hostile("recursion that overflows the stack", "sys.setrecursionlimit(10**9)\nclass Down:\n    def __getattr__(self, name):\n        return getattr(self, name + 'x')\nDown().x", says="", endings=("killed", "raised", "timeout"), needs=Rung.PROCESS, hasty=True),
    Hostile("nested source", "compile('(' * 100000 + ')' * 100000, 'x', 'exec')", says="", endings=("raised", "killed"), needs=Rung.PROCESS),
    Hostile("a crash", "ctypes.string_at(0)", **CRASH),
    Hostile("an abort", "os.abort()", **CRASH),
    Hostile("its own end", "os._exit(0)", says="ended its own process", endings=("killed",), needs=Rung.PROCESS),
    Hostile("a wrong jump", "ctypes.CFUNCTYPE(None)(12345)()", **CRASH),
    Hostile("exit with a lie", "print('fine')\nsys.exit('no')", says="SystemExit: no", endings=("raised",), needs=Rung.PROCESS),
]  # fmt: skip
