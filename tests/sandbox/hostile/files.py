"""Reading, writing and finding what lies outside the scratch folder."""

from __future__ import annotations

from tests.sandbox.hostile.base import Hostile
from worldlore.sandbox import Rung

UNSEEN = Rung.NAMESPACES
"""Landlock does not hide that a path exists; a file system of one's own does."""

PROGRAMS = [
    Hostile("reading a file", "attempt(lambda: open(SECRET).read())"),
    Hostile("reading a file without Python's open", "attempt(lambda: os.read(libc.open(SECRET.encode(), 0), 100) or 1/0)"),
    Hostile("reading a file by way of /proc", "attempt(lambda: open('/proc/self/root' + SECRET).read())"),
    Hostile("reading a file by a way back up", "attempt(lambda: open('../' * 30 + SECRET.lstrip('/')).read())"),
    Hostile("reading a file with mmap", "import mmap\nattempt(lambda: mmap.mmap(os.open(SECRET, os.O_RDONLY), 0).read())"),
    Hostile("reading a file after a copy", "import shutil\nattempt(shutil.copy, SECRET, 'copy')"),
    Hostile("reading a file after moving it here", "attempt(os.rename, SECRET, 'mine')\nattempt(os.replace, SECRET, 'mine')"),
    Hostile("reading a file through a symbolic link", "attempt(os.symlink, SECRET, 'link')\nattempt(lambda: open('link').read())"),
    Hostile("reading a file through a hard link", "attempt(os.link, SECRET, 'link')\nattempt(lambda: open('link').read())"),
    Hostile("reading a file held only as a path", "attempt(lambda: open(f'/proc/self/fd/{os.open(SECRET, os.O_PATH)}').read())"),
    Hostile("reading a file through pathlib and linecache", "import pathlib, linecache\nattempt(pathlib.Path(SECRET).read_text)\nprint(linecache.getlines(SECRET))"),
    Hostile("reading the passwords", "for name in ('/etc/shadow', '/etc/passwd', '/etc/hostname'):\n    attempt(lambda: open(name).read())"),
    Hostile("reading keys in the home folder", "for name in ('~/.ssh/id_rsa', '~/.netrc', '~/.bash_history', '/root/.ssh/id_rsa'):\n    attempt(lambda: open(os.path.expanduser(name)).read())"),
    Hostile("reading a disk", "for name in ('/dev/vda', '/dev/sda', '/dev/mem', '/dev/kmem', '/dev/kmsg'):\n    attempt(lambda: open(name, 'rb').read(1))"),
    Hostile("reading a library outside", "for name in ('/usr/lib/x86_64-linux-gnu/libcrypt.so.1', '/usr/lib/libcrypt.so.1'):\n    attempt(ctypes.CDLL, name)"),
    Hostile("listing the root", "attempt(os.listdir, '/')\nattempt(lambda: next(os.scandir('/')).name)"),
    Hostile("listing the folder of the secret", "attempt(os.listdir, OUTSIDE)"),
    Hostile("finding out that a file exists", "attempt(os.stat, SECRET)\nattempt(os.stat, '/etc/passwd')", needs=UNSEEN),
    Hostile("following a link to a name", "attempt(os.readlink, '/proc/self/exe')\nattempt(os.readlink, '/proc/self/cwd')", needs=UNSEEN),
    Hostile("walking up by descriptors", "up = os.open('.', os.O_RDONLY)\nfor _ in range(30):\n    up = os.open('..', os.O_PATH, dir_fd=up)\nattempt(os.listdir, up)\nattempt(lambda: open(os.open(SECRET.lstrip('/'), os.O_RDONLY, dir_fd=up)).read())", needs=Rung.LANDLOCK),
    Hostile("leaving by chdir", "os.chdir('/')\nattempt(os.listdir, '.')", needs=Rung.LANDLOCK),
    Hostile("opening by handle", "handle = ctypes.create_string_buffer(b'\\x08\\0\\0\\0\\x01\\0\\0\\0' + b'\\x02\\0\\0\\0\\0\\0\\0\\0')\nattempt(syscall, NR['open_by_handle_at'], 0, handle, 0)"),
    Hostile("reading what was imported from site-packages", "for name in ('numpy', 'pydantic', 'worldlore', 'torch', 'pip'):\n    attempt(__import__, name)", says="refused: ModuleNotFoundError"),
    Hostile("looking for site-packages by path", "import sysconfig\nsys.path += [sysconfig.get_paths()['purelib'], OUTSIDE]\nattempt(__import__, 'pip')\nattempt(__import__, 'pydantic')", needs=UNSEEN),
    Hostile("reading the source of the worker", "import inside.worker\nattempt(lambda: open(sys.modules['inside.worker'].__file__).read())", needs=Rung.SECCOMP),
    Hostile("writing a file", "attempt(lambda: open(OUTSIDE + '/pwned', 'w').write('x'))"),
    Hostile("appending to a file", "attempt(lambda: open(SECRET, 'a').write('x'))"),
    Hostile("emptying a file", "attempt(os.truncate, SECRET, 0)\nattempt(lambda: open(SECRET, 'r+').truncate())"),
    Hostile("deleting a file", "attempt(os.unlink, SECRET)\nattempt(os.rmdir, OUTSIDE + '/inside')"),
    Hostile("deleting a tree", "import shutil\nshutil.rmtree(OUTSIDE, ignore_errors=True)\nattempt(shutil.rmtree, OUTSIDE)"),
    Hostile("making a folder", "attempt(os.mkdir, OUTSIDE + '/pwned')\nattempt(os.makedirs, '/pwned/deep')"),
    Hostile("changing modes and owners", "attempt(os.chmod, SECRET, 0o777)\nattempt(os.chown, SECRET, 0, 0)\nattempt(os.utime, SECRET, (0, 0))"),
    Hostile("changing extended attributes", "attempt(os.setxattr, SECRET, 'user.x', b'1')"),
    Hostile("writing to the temporary folder", "attempt(lambda: open('/tmp/worldlore-pwned', 'w').write('x'))\nattempt(lambda: open('/dev/shm/worldlore-pwned', 'w').write('x'))\nattempt(lambda: open('/var/tmp/worldlore-pwned', 'w').write('x'))"),
    Hostile("writing to the standard library", "attempt(lambda: open(os.__file__, 'a').write('#'))\nattempt(lambda: open(os.path.dirname(os.__file__) + '/pwned.py', 'w').write('#'))"),
    Hostile("a set-user-id file", "open('x', 'w').close()\nattempt(os.chmod, 'x', 0o4755)\nattempt(os.execv, 'x', ['x'])", needs=Rung.LANDLOCK),
    Hostile("a named pipe", "attempt(os.mkfifo, 'pipe')"),
    Hostile("a device", "attempt(os.mknod, 'device', 0o20666, 0x103)"),
    Hostile("shared memory", "from multiprocessing import shared_memory\nattempt(shared_memory.SharedMemory, create=True, size=10)"),
    Hostile("control files of the kernel", "for name in ('/proc/sys/kernel/core_pattern', '/proc/self/oom_score_adj', '/sys/power/state', '/sys/fs/cgroup/pids/tasks', '/proc/self/uid_map', '/proc/sysrq-trigger'):\n    attempt(lambda: open(name, 'w').write('0'))"),
    Hostile("what the scratch folder of another run held", "print('here:', os.listdir('.'))\nopen('left-behind', 'w').write('x')\nprint(os.listdir('/scratch'))", says="here: []", needs=UNSEEN),
    Hostile("running what it wrote", "open('x.py', 'w').write('print(1)')\nattempt(os.execv, sys.executable, ['python', 'x.py'])", needs=Rung.LANDLOCK),
    Hostile("a library it wrote", "import glob\nsource = next(iter(glob.glob(os.path.dirname(os.__file__) + '/lib-dynload/_json*')), None)\nopen('x.so', 'wb').write(open(source, 'rb').read())\nattempt(ctypes.CDLL, os.path.abspath('x.so'))", needs=UNSEEN),
]  # fmt: skip
