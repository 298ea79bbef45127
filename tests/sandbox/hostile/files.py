"""Reading, writing and finding what lies outside the scratch folder."""

from __future__ import annotations

from tests.sandbox.hostile.base import Hostile
from worldlore.sandbox import Rung

UNSEEN = Rung.NAMESPACES
"""Landlock does not hide that a path exists; a file system of one's own does."""

PROGRAMS = [
    Hostile("reading a file", "attempt(lambda: open(SECRET).read())"),
    Hostile(
        "reading a file without Python's open",
        "attempt(lambda: os.read(libc.open(SECRET.encode(), 0), 100) or 1/0)",
    ),
    Hostile("reading a file by way of /proc", "attempt(lambda: open('/proc/self/root' + SECRET).read())"),
    Hostile("reading a file by a way back up", "attempt(lambda: open('../' * 30 + SECRET.lstrip('/')).read())"),
    Hostile(
        "reading a file with mmap",
        """
        import mmap
        attempt(lambda: mmap.mmap(os.open(SECRET, os.O_RDONLY), 0).read())
        """,
    ),
    Hostile(
        "reading a file after a copy",
        """
        import shutil
        attempt(shutil.copy, SECRET, 'copy')
        """,
    ),
    Hostile(
        "reading a file after moving it here",
        """
        attempt(os.rename, SECRET, 'mine')
        attempt(os.replace, SECRET, 'mine')
        """,
    ),
    Hostile(
        "reading a file through a symbolic link",
        """
        attempt(os.symlink, SECRET, 'link')
        attempt(lambda: open('link').read())
        """,
    ),
    Hostile(
        "reading a file through a hard link",
        """
        attempt(os.link, SECRET, 'link')
        attempt(lambda: open('link').read())
        """,
    ),
    Hostile(
        "reading a file held only as a path",
        "attempt(lambda: open(f'/proc/self/fd/{os.open(SECRET, os.O_PATH)}').read())",
    ),
    Hostile(
        "reading a file through pathlib and linecache",
        """
        import pathlib, linecache
        attempt(pathlib.Path(SECRET).read_text)
        print(linecache.getlines(SECRET))
        """,
    ),
    Hostile(
        "reading the passwords",
        """
        for name in ('/etc/shadow', '/etc/passwd', '/etc/hostname'):
            attempt(lambda: open(name).read())
        """,
    ),
    Hostile(
        "reading keys in the home folder",
        """
        for name in ('~/.ssh/id_rsa', '~/.netrc', '~/.bash_history', '/root/.ssh/id_rsa'):
            attempt(lambda: open(os.path.expanduser(name)).read())
        """,
    ),
    Hostile(
        "reading a disk",
        """
        for name in ('/dev/vda', '/dev/sda', '/dev/mem', '/dev/kmem', '/dev/kmsg'):
            attempt(lambda: open(name, 'rb').read(1))
        """,
    ),
    Hostile(
        "reading a library outside",
        """
        for name in ('/usr/lib/x86_64-linux-gnu/libcrypt.so.1', '/usr/lib/libcrypt.so.1'):
            attempt(ctypes.CDLL, name)
        """,
    ),
    Hostile(
        "listing the root",
        """
        attempt(os.listdir, '/')
        attempt(lambda: next(os.scandir('/')).name)
        """,
    ),
    Hostile("listing the folder of the secret", "attempt(os.listdir, OUTSIDE)"),
    Hostile(
        "finding out that a file exists",
        """
        attempt(os.stat, SECRET)
        attempt(os.stat, '/etc/passwd')
        """,
        needs=UNSEEN,
    ),
    Hostile(
        "following a link to a name",
        """
        attempt(os.readlink, '/proc/self/exe')
        attempt(os.readlink, '/proc/self/cwd')
        """,
        needs=UNSEEN,
    ),
    Hostile(
        "walking up by descriptors",
        """
        up = os.open('.', os.O_RDONLY)
        for _ in range(30):
            up = os.open('..', os.O_PATH, dir_fd=up)
        attempt(os.listdir, up)
        attempt(lambda: open(os.open(SECRET.lstrip('/'), os.O_RDONLY, dir_fd=up)).read())
        """,
        needs=Rung.LANDLOCK,
    ),
    Hostile(
        "leaving by chdir",
        """
        os.chdir('/')
        attempt(os.listdir, '.')
        """,
        needs=Rung.LANDLOCK,
    ),
    Hostile(
        "opening by handle",
        """
        handle = ctypes.create_string_buffer(b'\\x08\\0\\0\\0\\x01\\0\\0\\0' + b'\\x02\\0\\0\\0\\0\\0\\0\\0')
        attempt(syscall, NR['open_by_handle_at'], 0, handle, 0)
        """,
    ),
    Hostile(
        "reading what was imported from site-packages",
        """
        for name in ('numpy', 'pydantic', 'worldlore', 'torch', 'pip'):
            attempt(__import__, name)
        """,
        says="refused: ModuleNotFoundError",
    ),
    Hostile(
        "looking for site-packages by path",
        """
        import sysconfig
        sys.path += [sysconfig.get_paths()['purelib'], OUTSIDE]
        attempt(__import__, 'pip')
        attempt(__import__, 'pydantic')
        """,
        needs=UNSEEN,
    ),
    Hostile(
        "reading the source of the worker",
        """
        import inside.worker
        attempt(lambda: open(sys.modules['inside.worker'].__file__).read())
        """,
        needs=Rung.SECCOMP,
    ),
    Hostile("writing a file", "attempt(lambda: open(OUTSIDE + '/pwned', 'w').write('x'))"),
    Hostile("appending to a file", "attempt(lambda: open(SECRET, 'a').write('x'))"),
    Hostile(
        "emptying a file",
        """
        attempt(os.truncate, SECRET, 0)
        attempt(lambda: open(SECRET, 'r+').truncate())
        """,
    ),
    Hostile(
        "deleting a file",
        """
        attempt(os.unlink, SECRET)
        attempt(os.rmdir, OUTSIDE + '/inside')
        """,
    ),
    Hostile(
        "deleting a tree",
        """
        import shutil
        shutil.rmtree(OUTSIDE, ignore_errors=True)
        attempt(shutil.rmtree, OUTSIDE)
        """,
    ),
    Hostile(
        "making a folder",
        """
        attempt(os.mkdir, OUTSIDE + '/pwned')
        attempt(os.makedirs, '/pwned/deep')
        """,
    ),
    Hostile(
        "changing modes and owners",
        """
        attempt(os.chmod, SECRET, 0o777)
        attempt(os.chown, SECRET, 0, 0)
        attempt(os.utime, SECRET, (0, 0))
        """,
    ),
    Hostile("changing extended attributes", "attempt(os.setxattr, SECRET, 'user.x', b'1')"),
    Hostile(
        "writing to the temporary folder",
        """
        attempt(lambda: open('/tmp/worldlore-pwned', 'w').write('x'))
        attempt(lambda: open('/dev/shm/worldlore-pwned', 'w').write('x'))
        attempt(lambda: open('/var/tmp/worldlore-pwned', 'w').write('x'))
        """,
    ),
    Hostile(
        "writing to the standard library",
        """
        attempt(lambda: open(os.__file__, 'a').write('#'))
        attempt(lambda: open(os.path.dirname(os.__file__) + '/pwned.py', 'w').write('#'))
        """,
    ),
    Hostile(
        "a set-user-id file",
        """
        open('x', 'w').close()
        attempt(os.chmod, 'x', 0o4755)
        attempt(os.execv, 'x', ['x'])
        """,
        needs=Rung.LANDLOCK,
    ),
    Hostile("a named pipe", "attempt(os.mkfifo, 'pipe')"),
    Hostile("a device", "attempt(os.mknod, 'device', 0o20666, 0x103)"),
    Hostile(
        "shared memory",
        """
        from multiprocessing import shared_memory
        attempt(shared_memory.SharedMemory, create=True, size=10)
        """,
    ),
    Hostile(
        "control files of the kernel",
        """
        for name in ('sys/kernel/core_pattern', 'self/oom_score_adj', 'self/uid_map', 'sysrq-trigger'):
            attempt(lambda: open('/proc/' + name, 'w').write('0'))
        for name in ('power/state', 'fs/cgroup/pids/tasks', 'fs/cgroup/cgroup.procs'):
            attempt(lambda: open('/sys/' + name, 'w').write('0'))
        """,
    ),
    Hostile(
        "what the scratch folder of another run held",
        """
        print('here:', os.listdir('.'))
        open('left-behind', 'w').write('x')
        print(os.listdir('/scratch'))
        """,
        says="here: []",
        needs=UNSEEN,
    ),
    Hostile(
        "running what it wrote",
        """
        open('x.py', 'w').write('print(1)')
        attempt(os.execv, sys.executable, ['python', 'x.py'])
        """,
        needs=Rung.LANDLOCK,
    ),
    Hostile(
        "a library it wrote",
        """
        import glob
        source = next(iter(glob.glob(os.path.dirname(os.__file__) + '/lib-dynload/_json*')), None)
        open('x.so', 'wb').write(open(source, 'rb').read())
        attempt(ctypes.CDLL, os.path.abspath('x.so'))
        """,
        needs=UNSEEN,
    ),
]
