"""Starting processes, signalling others, looking into them, outliving the run."""

from __future__ import annotations

from tests.sandbox.hostile.base import Hostile
from worldlore.sandbox import Rung

BOTH = ("finished", "raised", "killed")
THREADS = """
import threading, time
def bomb():
    threads = []
    while True:
        threads.append(threading.Thread(target=time.sleep, args=(60,), daemon=True))
        threads[-1].start()
        if len(threads) > 100:
            return 'a hundred threads'
attempt(bomb)
"""

PROGRAMS = [
    Hostile("a fork", "attempt(os.fork)"),
    Hostile(
        "a fork in a terminal of its own",
        """
        attempt(os.forkpty)
        import pty
        attempt(pty.fork)
        """,
    ),
    Hostile(
        "a fork by way of the C library",
        """
        def fork():
            if libc.fork() < 0:
                raise PermissionError('fork')
        attempt(fork)
        """,
    ),
    Hostile(
        "a spawned process",
        """
        attempt(os.posix_spawn, '/bin/sh', ['sh'], {})
        attempt(os.spawnv, os.P_NOWAIT, '/bin/sh', ['sh'])
        """,
    ),
    Hostile(
        "a subprocess",
        """
        import subprocess
        attempt(subprocess.run, ['/bin/sh', '-c', 'id'])
        attempt(subprocess.check_output, [sys.executable, '-c', '1'])
        """,
    ),
    Hostile(
        "a shell",
        """
        attempt(lambda: libc.system(b'true') == 0 or 1/0)
        attempt(lambda: os.popen('id').read() or 1/0)
        print(os.system('touch ' + OUTSIDE + '/pwned'))
        """,
    ),
    Hostile(
        "becoming another program",
        """
        attempt(os.execv, '/bin/sh', ['sh', '-c', 'id'])
        attempt(os.execvp, 'id', ['id'])
        """,
    ),
    Hostile(
        "a program from memory",
        """
        attempt(os.memfd_create, 'x')
        attempt(os.execve, 3, ['x'], {})
        """,
    ),
    Hostile(
        "multiprocessing",
        """
        import multiprocessing
        attempt(multiprocessing.Process(target=print).start)
        attempt(multiprocessing.Pool, 2)
        """,
    ),
    Hostile(
        "a pool of processes",
        """
        from concurrent.futures import ProcessPoolExecutor
        attempt(lambda: ProcessPoolExecutor(2).submit(int).result())
        """,
    ),
    Hostile(
        "a fork bomb",
        """
        def bomb():
            while True:
                os.fork()
        attempt(bomb)
        """,
    ),
    Hostile(
        "a daemon",
        """
        attempt(os.fork)
        attempt(os.setsid)
        attempt(os.fork)
        attempt(os.setpgid, 0, 0)
        """,
    ),
    Hostile("a thread bomb", THREADS, says="refused: RuntimeError", needs=Rung.NAMESPACES),
    Hostile(
        "a thread bomb of small stacks",
        "import threading\nthreading.stack_size(32768)\n" + THREADS,
        says="refused: RuntimeError",
        needs=Rung.NAMESPACES,
    ),
    Hostile(
        "threads that go on after the end",
        """
        import threading
        def spin():
            while True:
                pass
        for _ in range(3):
            try:
                threading.Thread(target=spin).start()
            except RuntimeError:
                pass
        print('left them')
        """,
        says="left them",
        needs=Rung.PROCESS,
    ),
    Hostile(
        "a handler at exit that never ends",
        """
        import atexit
        atexit.register(lambda: time.sleep(60))
        print('registered')
        """,
        says="registered",
        needs=Rung.PROCESS,
    ),
    Hostile(
        "an object whose end never ends",
        """
        class Sticky:
            def __del__(self):
                time.sleep(60)
        sticky = Sticky()
        print('made')
        """,
        says="made",
        needs=Rung.PROCESS,
    ),
    Hostile(
        "killing the caller",
        """
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP, 0):
            attempt(os.kill, CALLER, number)
        """,
    ),
    Hostile(
        "killing its parent",
        """
        attempt(os.kill, os.getppid(), signal.SIGKILL)
        attempt(os.kill, 1, signal.SIGKILL)
        """,
    ),
    Hostile(
        "killing everything",
        """
        attempt(os.kill, -1, signal.SIGKILL)
        attempt(os.killpg, 0, signal.SIGKILL)
        attempt(os.killpg, 1, signal.SIGKILL)
        """,
    ),
    Hostile(
        "killing a bystander's program",
        """
        for pid in (BYSTANDER, *range(1, 60)):
            attempt(os.kill, pid, signal.SIGKILL)
        """,
        says="refused: PermissionError",
    ),
    Hostile(
        "killing by handle",
        """
        for pid in (CALLER, BYSTANDER, os.getppid()):
            attempt(lambda: signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGKILL))
        """,
    ),
    Hostile(
        "a queued signal",
        "attempt(syscall, NR['rt_sigqueueinfo'], CALLER, 9, ctypes.create_string_buffer(128))",
    ),
    Hostile(
        "a signal to itself",
        """
        attempt(signal.raise_signal, signal.SIGKILL)
        attempt(os.kill, os.getpid(), signal.SIGKILL)
        """,
    ),
    Hostile(
        "the environment of others",
        """
        for who in ('self', '1', CALLER, os.getppid(), BYSTANDER):
            attempt(lambda: open(f'/proc/{who}/environ').read())
        """,
    ),
    Hostile(
        "the memory of others",
        """
        for who in ('self', 1, CALLER, os.getppid()):
            attempt(lambda: open(f'/proc/{who}/mem', 'rb').read(1))
            attempt(lambda: open(f'/proc/{who}/maps').read())
        """,
    ),
    Hostile(
        "the files of others",
        """
        for who in (1, CALLER, os.getppid()):
            attempt(os.listdir, f'/proc/{who}/fd')
            attempt(lambda: open(f'/proc/{who}/fd/0').read())
            attempt(lambda: open(f'/proc/{who}/cwd/pyproject.toml').read())
        """,
    ),
    Hostile(
        "the list of processes",
        """
        attempt(os.listdir, '/proc')
        print([pid for pid in range(1, 400) if os.path.exists(f'/proc/{pid}')] and 'ESCAPED')
        """,
        needs=Rung.NAMESPACES,
    ),
    Hostile(
        "reading the caller's memory",
        """
        buffer = ctypes.create_string_buffer(64)
        vector = (ctypes.c_uint64 * 2)(ctypes.addressof(buffer), 64)
        attempt(syscall, NR['process_vm_readv'], CALLER, vector, 1, vector, 1, 0)
        """,
    ),
    Hostile(
        "tracing the caller",
        """
        attempt(syscall, NR['ptrace'], 16, CALLER, 0, 0)
        attempt(syscall, NR['ptrace'], 0x4206, CALLER, 0, 0)
        """,
    ),
    Hostile("being traced", "attempt(syscall, NR['ptrace'], 0, 0, 0, 0)"),
    Hostile(
        "borrowing a descriptor of the worker",
        """
        attempt(lambda: syscall(NR['pidfd_getfd'], syscall(NR['pidfd_open'], os.getppid(), 0), 3, 0))
        """,
    ),
    Hostile(
        "the limits of its parent",
        """
        import resource
        attempt(resource.prlimit, os.getppid(), resource.RLIMIT_CPU, (1, 1))
        """,
    ),
    Hostile(
        "priority over others",
        """
        attempt(os.setpriority, os.PRIO_PROCESS, 0, -20)
        attempt(os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(99))
        attempt(os.nice, -5)
        """,
    ),
    Hostile(
        "root",
        """
        attempt(os.setuid, 0)
        attempt(os.setresuid, 0, 0, 0)
        attempt(os.setgid, 0)
        attempt(os.setgroups, [0])
        print('ESCAPED' if os.getuid() == 0 or os.geteuid() == 0 else 'refused')
        """,
    ),
    Hostile(
        "a name for the machine",
        """
        attempt(lambda: libc.sethostname(b'pwned', 5) and 1/0)
        print(os.uname().nodename)
        """,
        says="sandbox",
        needs=Rung.NAMESPACES,
    ),
]
