"""Escapes from the language: frames, classes, built-ins, the machinery of calls. They reach all of Python; it is bare.

Sandboxes made of Python (restricted evaluators, syntax trees walked with an allow-list) fell to these patterns: they
lead to `os`, and from there to everything. Here they may all succeed: `os` is no secret, and what it can do is decided
by the kernel.
"""

from __future__ import annotations

from tests.sandbox.hostile.base import Hostile
from worldlore.sandbox import Rung

STRIKE = "\ndef strike(os):\n    attempt(os.posix_spawn, '/bin/sh', ['sh', '-c', 'touch ' + OUTSIDE + '/pwned'], {})\n    attempt(lambda: open(SECRET).read())\n"


def reaching(name: str, way: str) -> Hostile:
    """A way to `os` that does not import it, and what one would do there."""
    return Hostile(f"os, reached {name}", f"{STRIKE}\n{way}")


REACHING = [
    reaching("through the subclasses of object", "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0]\nfound = [c for c in ().__class__.__mro__[-1].__subclasses__() if c.__name__ == '_wrap_close'][0]\nstrike(type('m', (), {k: staticmethod(v) for k, v in found.__init__.__globals__.items() if callable(v)}))"),
    reaching("through the modules another module imported", "import random\nstrike(random._os)"),
    reaching("through the module table", "import queue\nstrike(queue.threading._sys.modules['os'])"),
    reaching("through the loader", "strike(__loader__.load_module('os') if hasattr(globals().get('__loader__'), 'load_module') else __builtins__.__import__('os'))"),
    reaching("through built-ins under another name", "strike(getattr(__builtins__, '__imp' + 'ort__')('o' + 's'))"),
    reaching("through a frame", "frame = sys._getframe()\nwhile frame.f_back:\n    frame = frame.f_back\nstrike(frame.f_builtins['__import__']('os'))"),
    reaching("through a traceback", "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    frame = error.__traceback__.tb_frame\nwhile frame.f_back is not None:\n    frame = frame.f_back\nstrike(frame.f_globals['__builtins__']['__import__']('os') if isinstance(frame.f_globals['__builtins__'], dict) else frame.f_builtins['__import__']('os'))"),
    reaching("through a generator's frame", "def inner():\n    yield walker.gi_frame.f_back\nwalker = inner()\nframe = next(iter(walker))\nstrike(frame.f_builtins['__import__']('os'))"),
    reaching("through a coroutine", "async def wait():\n    pass\ntask = wait()\nstrike(task.cr_frame.f_builtins['__import__']('os'))\ntask.close()"),
    reaching("through the globals of a given function", "strike(move.__globals__['__builtins__']['__import__']('os'))"),
    reaching("through a format string", "class Holder:\n    def __init__(self):\n        self.x = 1\nprint('{0.__init__.__globals__[SECRET]}'.format(Holder())[:0])\nimport string\nfound, _ = string.Formatter().get_field('0.__init__.__globals__', (Holder(),), {})\nstrike(found['os'])"),
    reaching("through a decorator and no call", "import os as target\n@strike\n@lambda _: target\nclass Name:\n    pass"),
    reaching("through a class's own hooks", "class Meta(type):\n    def __getitem__(cls, key):\n        return __import__(key)\nclass Get(metaclass=Meta):\n    pass\nstrike(Get['os'])"),
    reaching("through unpickling", "import pickle\nstrike(pickle.loads(b'cbuiltins\\n__import__\\n(S\"os\"\\ntR.'))"),
    reaching("through evaluated source", "strike(eval(compile('__import__(\"os\")', '', 'eval')))"),
    reaching("through code objects", "import types\ncode = compile('__import__(\"os\")', '', 'eval')\nstrike(types.FunctionType(code.replace(co_name='innocent'), {})())"),
    reaching("through posix itself", "import posix\nstrike(posix)"),
    reaching("through importlib", "import importlib\nstrike(importlib.import_module('o' 's'))"),
    reaching("through the breakpoint hook", "class Stand:\n    pass\nsys.breakpointhook = lambda: strike(sys.modules['os'])\nbreakpoint()"),
    reaching("through inspection", "import inspect\nstrike(dict(inspect.getmembers(inspect))['os'])"),
]  # fmt: skip

FORGE = """
import gc, json
sockets = [o for o in gc.get_objects() if type(o).__name__ == 'Program']
def forge(text):
    body = text.encode()
    os.write(3, len(body).to_bytes(4, 'big') + body)
"""
FORGED = dict(needs=Rung.PROCESS, endings=("killed",), says="wrote to its caller's channel itself")

MACHINERY = [
    Hostile("its environment", "print(dict(os.environ), libc.getenv(b'WORLDLORE_TEST_SECRET') and 'ESCAPED', 'seen')", says="{} 0 seen", needs=Rung.PROCESS),
    Hostile("what lies in its memory", "import gc\nwords = [o for o in gc.get_objects() if isinstance(o, dict)]\nprint([v for d in words for v in list(d.values()) if isinstance(v, str) and v.startswith('hu' + 'sh-')], 'searched')", says="searched", needs=Rung.PROCESS),
    Hostile("its frames", "frame = sys._getframe()\nwhile frame:\n    print(frame.f_code.co_name, sorted(frame.f_locals)[:8])\n    frame = frame.f_back", says="<module>", needs=Rung.PROCESS),
    Hostile("its own command line", "print(sys.argv, sys.path, sys.flags)", says="isolated=1", needs=Rung.PROCESS),
    Hostile("the worker's socket", "import gc, socket\nfor thing in gc.get_objects():\n    if isinstance(thing, socket.socket) and thing.fileno() != 3:\n        print('ESCAPED', thing) if thing.fileno() >= 0 else print('refused')\nworker = [o for o in gc.get_objects() if type(o).__name__ == 'Worker'][0]\nattempt(worker.control.sendall, b'x' * 100)", says="refused: OSError"),
    Hostile("descriptors it inherited", "kept = []\nfor fd in range(4096):\n    try:\n        os.fstat(fd)\n        kept.append(fd)\n    except OSError:\n        pass\nprint(kept)", says="[0, 1, 2, 3]", needs=Rung.LANDLOCK),
    Hostile("every descriptor written to", "for fd in range(4, 4096):\n    try:\n        os.write(fd, b'x' * 64)\n    except OSError:\n        pass\n    else:\n        print('ESCAPED', fd)\nprint('none')", says="none"),
    Hostile("a request that is no JSON", FORGE + "forge('not json')\ntime.sleep(9)", **FORGED),
    Hostile("a request of no known kind", FORGE + "forge('{\"op\": \"open\"}')\ntime.sleep(9)", **FORGED),
    Hostile("a request with the wrong types", FORGE + "forge('{\"op\": \"call\", \"name\": 1, \"args\": {}, \"kwargs\": []}')\ntime.sleep(9)", **FORGED),
    Hostile("a call of a function it was not given", FORGE + "forge(json.dumps({'op': 'call', 'name': '__import__', 'args': ['os'], 'kwargs': {}}))\ntime.sleep(9)", **FORGED),
    Hostile("a call with arguments too many", FORGE + "forge(json.dumps({'op': 'call', 'name': 'move', 'args': [1, 2, 3], 'kwargs': {}}))\ntime.sleep(9)", **FORGED),
    Hostile("a call with unknown names", FORGE + "forge(json.dumps({'op': 'call', 'name': 'move', 'args': ['x'], 'kwargs': {'a': 1}}))\ntime.sleep(9)", **FORGED),
    Hostile("a pickle", FORGE + "os.write(3, b'\\x80\\x04\\x95' + bytes(64))\ntime.sleep(9)", **FORGED),
    Hostile("random bytes", "os.write(3, os.urandom(8) + b'\\xff' * 4096)\ntime.sleep(9)", says="the program", endings=("killed", "timeout"), needs=Rung.PROCESS, hasty=True),
    Hostile("half a request", "os.write(3, b'\\0\\0\\1\\0{')\ntime.sleep(9)", says="ran longer", endings=("timeout",), needs=Rung.PROCESS, hasty=True),
    Hostile("a request said to be enormous", "os.write(3, b'\\xff\\xff\\xff\\xff')\ntime.sleep(9)", **FORGED),
    Hostile("a bomb of nested JSON", FORGE + "forge('{\"op\": ' + '[' * 1000000)\ntime.sleep(9)", **FORGED),
    Hostile("a number of a million digits", FORGE + "forge('{\"op\": \"call\", \"name\": \"move\", \"kwargs\": {}, \"args\": [' + '9' * 1000000 + ']}')\ntime.sleep(9)", **FORGED),
    Hostile("a closed channel", "os.close(3)\ntime.sleep(9)", says="the program", endings=("killed", "timeout"), needs=Rung.PROCESS, hasty=True),
    Hostile("a descriptor sent to the caller", "import socket\nchannel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=3)\nbody = b'{\"op\":\"print\",\"text\":\"sent\"}'\nsocket.send_fds(channel, [len(body).to_bytes(4, 'big') + body], [0, 0, 0])\nchannel.detach()", says="sent", needs=Rung.PROCESS),
    Hostile("half of a character", "print('\\ud800 printed')\nmove('\\udfff')", says="printed", needs=Rung.PROCESS),
    Hostile("an answer it made itself", FORGE + "forge('{\"op\": \"done\", \"ending\": \"finished\", \"value\": [1], \"error\": {}}')\ntime.sleep(9)", says="None", needs=Rung.PROCESS),
    Hostile("built-ins overridden", "import builtins\nfor name in ('print', 'len', 'isinstance', 'repr', 'str', 'BaseException', 'compile'):\n    pass\nbuiltins.len = lambda x: 0\nbuiltins.repr = lambda x: 'ESC' + 'APED' * 0\n1 + 1", says="", endings=("finished", "raised", "killed"), needs=Rung.PROCESS),
    Hostile("its functions overridden", "move = pick = lambda *a: 'mine'\nmove('x')", says="mine", needs=Rung.PROCESS),
    Hostile("the machinery overridden", "import gc\nfor thing in gc.get_objects():\n    if type(thing).__name__ == 'Program':\n        thing.run = thing.say = thing.call = print\nprint('x')", says="", endings=("finished", "killed", "timeout"), needs=Rung.PROCESS, hasty=True),
    Hostile("the module table emptied", "sys.modules.clear()\nsys.path.clear()", says="", endings=("finished", "raised", "killed"), needs=Rung.PROCESS),
    Hostile("an exception nobody can show", "class Evil(BaseException):\n    __str__ = __repr__ = property(lambda self: 1 / 0)\n    def __getattribute__(self, name):\n        raise Evil\nraise Evil", says="", endings=("raised", "killed"), needs=Rung.PROCESS),
    Hostile("a trace of the machinery", "def trace(frame, event, argument):\n    return trace\nsys.settrace(trace)\nsys.setprofile(trace)\nmove('x')", says="move", needs=Rung.PROCESS),
    Hostile("an import hook", "class Hook:\n    def find_spec(self, name, path=None, target=None):\n        strike()\nsys.meta_path.insert(0, Hook())\ndef strike():\n    attempt(lambda: open(SECRET).read())\ntry:\n    import anything\nexcept ImportError:\n    pass"),
    Hostile("an audit hook that objects", "def hook(event, arguments):\n    if event in ('compile', 'exec', 'os.fork'):\n        raise RuntimeError\nprint('hooked')\nsys.addaudithook(hook)", says="hooked", endings=("finished", "raised", "killed"), needs=Rung.PROCESS),
]  # fmt: skip

PROGRAMS = [*REACHING, *MACHINERY]
