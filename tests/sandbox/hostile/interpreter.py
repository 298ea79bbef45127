"""Escapes from the language: frames, classes, built-ins, the machinery of calls. They reach all of Python; it is bare.

Sandboxes made of Python (restricted evaluators, syntax trees walked with an allow-list) fell to these patterns: they
lead to `os`, and from there to everything. Here they may all succeed: `os` is no secret, and what it can do is decided
by the kernel.
"""

from __future__ import annotations

from inspect import cleandoc

from tests.sandbox.hostile.base import Hostile

STRIKE = """
def strike(os):
    attempt(os.posix_spawn, '/bin/sh', ['sh', '-c', 'touch ' + OUTSIDE + '/pwned'], {})
    attempt(lambda: open(SECRET).read())
"""


def reaching(name: str, way: str) -> Hostile:
    """A way to `os` that does not import it, and what one would do there."""
    return Hostile(f"os, reached {name}", STRIKE + cleandoc(way))


PROGRAMS = [
    reaching(
        "through the subclasses of object",
        """
        [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0]
        found = [c for c in ().__class__.__mro__[-1].__subclasses__() if c.__name__ == '_wrap_close'][0]
        strike(type('m', (), {k: staticmethod(v) for k, v in found.__init__.__globals__.items() if callable(v)}))
        """,
    ),
    reaching(
        "through the modules another module imported",
        """
        import random
        strike(random._os)
        """,
    ),
    reaching(
        "through the module table",
        """
        import queue
        strike(queue.threading._sys.modules['os'])
        """,
    ),
    reaching(
        "through the loader",
        """
        import json
        strike(json.__loader__.__init__.__globals__['sys'].modules['os'])
        """,
    ),
    reaching(
        "through built-ins under another name",
        "strike(getattr(__builtins__, '__imp' + 'ort__')('o' + 's'))",
    ),
    reaching(
        "through a frame",
        """
        frame = sys._getframe()
        while frame.f_back:
            frame = frame.f_back
        strike(frame.f_builtins['__import__']('os'))
        """,
    ),
    reaching(
        "through a traceback",
        """
        try:
            1 / 0
        except ZeroDivisionError as error:
            frame = error.__traceback__.tb_frame
        while frame.f_back is not None:
            frame = frame.f_back
        strike(frame.f_builtins['__import__']('os'))
        """,
    ),
    reaching(
        "through a generator's frame",
        """
        def inner():
            yield walker.gi_frame.f_back
        walker = inner()
        frame = next(iter(walker))
        strike(frame.f_builtins['__import__']('os'))
        """,
    ),
    reaching(
        "through a coroutine",
        """
        async def wait():
            pass
        task = wait()
        strike(task.cr_frame.f_builtins['__import__']('os'))
        task.close()
        """,
    ),
    reaching(
        "through the globals of a given function",
        "strike(move.__globals__['__builtins__']['__import__']('os'))",
    ),
    reaching(
        "through a format string",
        """
        class Holder:
            def __init__(self):
                self.x = 1
        print('{0.__init__.__globals__[SECRET]}'.format(Holder())[:0])
        import string
        found, _ = string.Formatter().get_field('0.__init__.__globals__', (Holder(),), {})
        strike(found['os'])
        """,
    ),
    reaching(
        "through a decorator and no call",
        """
        import os as target
        @strike
        @lambda _: target
        class Name:
            pass
        """,
    ),
    reaching(
        "through a class's own hooks",
        """
        class Meta(type):
            def __getitem__(cls, key):
                return __import__(key)
        class Get(metaclass=Meta):
            pass
        strike(Get['os'])
        """,
    ),
    reaching(
        "through unpickling",
        """
        import pickle
        strike(pickle.loads(b'cbuiltins\\n__import__\\n(S"os"\\ntR.'))
        """,
    ),
    reaching("through evaluated source", "strike(eval(compile('__import__(\"os\")', '', 'eval')))"),
    reaching(
        "through code objects",
        """
        import types
        code = compile('__import__("os")', '', 'eval')
        strike(types.FunctionType(code.replace(co_name='innocent'), {})())
        """,
    ),
    reaching(
        "through posix itself",
        """
        import posix
        strike(posix)
        """,
    ),
    reaching(
        "through importlib",
        """
        import importlib
        strike(importlib.import_module('o' 's'))
        """,
    ),
    reaching(
        "through the breakpoint hook",
        """
        class Stand:
            pass
        sys.breakpointhook = lambda: strike(sys.modules['os'])
        breakpoint()
        """,
    ),
    reaching(
        "through inspection",
        """
        import inspect
        strike(dict(inspect.getmembers(inspect))['os'])
        """,
    ),
]
