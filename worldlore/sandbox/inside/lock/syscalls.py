"""The system calls a program may make: name, number on x86-64, number on aarch64 ("-": there is no such call there).

What is not listed is refused. Numbers are those of the kernel's `unistd_64.h` and `asm-generic/unistd.h`.
"""

from __future__ import annotations

MEMORY = """
brk 12 214, mmap 9 222, munmap 11 215, mremap 25 216, mprotect 10 226, madvise 28 233, mincore 27 232, membarrier
324 283
"""
"""Its own memory."""

DESCRIPTORS = """
read 0 63, write 1 64, readv 19 65, writev 20 66, pread64 17 67, pwrite64 18 68, preadv 295 69, pwritev 296 70,
close 3 57, close_range 436 436, dup 32 23, dup2 33 -, dup3 292 24, lseek 8 62, fstat 5 80, fsync 74 82, fdatasync
75 83, ftruncate 77 46, fallocate 285 47, fadvise64 221 223, flock 73 32, pipe 22 -, pipe2 293 59, poll 7 -, ppoll
271 73, select 23 -, pselect6 270 72, epoll_create1 291 20, epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22,
eventfd2 290 19, sendfile 40 71, copy_file_range 326 285
"""
"""What is already open, pipes and polling."""

CHANNEL = """
sendto 44 206, recvfrom 45 207, sendmsg 46 211, recvmsg 47 212
"""
"""The one socket it was born with; another cannot be made."""

TIME = """
clock_gettime 228 113, clock_getres 229 114, clock_nanosleep 230 115, nanosleep 35 101, gettimeofday 96 169, time
201 -, times 100 153, getitimer 36 102, setitimer 38 103, alarm 37 -
"""
"""Clocks, sleep, alarms to itself."""

SIGNALS = """
rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139, rt_sigpending 127 136, rt_sigtimedwait 128 137,
rt_sigsuspend 130 133, sigaltstack 131 132, pause 34 -, restart_syscall 219 128
"""
"""Handling of signals; there is no call that sends one."""

SELF = """
getpid 39 172, gettid 186 178, getppid 110 173, getuid 102 174, geteuid 107 175, getgid 104 176, getegid 108 177,
getresuid 118 148, getresgid 120 150, getgroups 115 158, getrusage 98 165, getrlimit 97 163, uname 63 160, sysinfo
99 179, getcpu 309 168, sched_yield 24 124, sched_getaffinity 204 123, getrandom 318 278, futex 202 98,
set_robust_list 273 99, get_robust_list 274 100, set_tid_address 218 96, rseq 334 293, arch_prctl 158 -, wait4 61
260, waitid 247 95, exit 60 93, exit_group 231 94, umask 95 166
"""
"""Who am I, threads, leaving."""

FILES = """
open 2 -, openat 257 56, stat 4 -, lstat 6 -, newfstatat 262 79, statx 332 291, access 21 -, faccessat 269 48,
faccessat2 439 439, readlink 89 -, readlinkat 267 78, getdents 78 -, getdents64 217 61, mkdir 83 -, mkdirat 258 34,
rmdir 84 -, unlink 87 -, unlinkat 263 35, rename 82 -, renameat 264 38, renameat2 316 276, truncate 76 45, getcwd 79
17, chdir 80 49, fchdir 81 50
"""
"""Files, where Landlock decides which ones."""

JUDGED = """
clone 56 220, clone3 435 435, fcntl 72 25, ioctl 16 29, prctl 157 167, prlimit64 302 261, seccomp 317 277
"""
"""Allowed or not by their arguments (see seccomp.py)."""


def numbers(table: str, machine: str) -> dict[str, int]:
    """Name -> number, of the calls that this machine has."""
    column = {"x86_64": 1, "aarch64": 2}[machine]
    rows = (row.split() for row in table.split(","))
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}
