"""What a program finds in its own process, and what it can make its caller believe."""

from __future__ import annotations

from inspect import cleandoc

from tests.sandbox.hostile.base import Hostile
from worldlore.sandbox import Rung

FORGE = """
import gc, json
sockets = [o for o in gc.get_objects() if type(o).__name__ == 'Program']
def forge(text):
    body = text.encode()
    os.write(3, len(body).to_bytes(4, 'big') + body)
"""
FORGED = {"needs": Rung.PROCESS, "endings": ("killed",), "says": "wrote to its caller's channel itself"}

PROGRAMS = [
    Hostile(
        "its environment",
        "print(dict(os.environ), libc.getenv(b'WORLDLORE_TEST_SECRET') and 'ESCAPED', 'seen')",
        says="{} 0 seen",
        needs=Rung.PROCESS,
    ),
    Hostile(
        "what lies in its memory",
        """
        import gc
        words = [word for thing in gc.get_objects() if isinstance(thing, dict) for word in list(thing.values())]
        print([word for word in words if isinstance(word, str) and word.startswith('hu' + 'sh-')], 'searched')
        """,
        says="searched",
        needs=Rung.PROCESS,
    ),
    Hostile(
        "its frames",
        """
        frame = sys._getframe()
        while frame:
            print(frame.f_code.co_name, sorted(frame.f_locals)[:8])
            frame = frame.f_back
        """,
        says="<module>",
        needs=Rung.PROCESS,
    ),
    Hostile("its own command line", "print(sys.argv, sys.path, sys.flags)", says="safe_path=True", needs=Rung.PROCESS),
    Hostile(
        "the worker's socket",
        """
        import gc, socket
        for thing in gc.get_objects():
            if isinstance(thing, socket.socket) and thing.fileno() != 3:
                print('ESCAPED', thing) if thing.fileno() >= 0 else print('refused')
        worker = [o for o in gc.get_objects() if type(o).__name__ == 'Worker'][0]
        attempt(worker.control.sendall, b'x' * 100)
        """,
        says="refused: OSError",
    ),
    Hostile(
        "descriptors it inherited",
        """
        kept = []
        for fd in range(4096):
            try:
                os.fstat(fd)
                kept.append(fd)
            except OSError:
                pass
        print(kept)
        """,
        says="[0, 1, 2, 3]",
        needs=Rung.LANDLOCK,
    ),
    Hostile(
        "every descriptor written to",
        """
        for fd in range(4, 4096):
            try:
                os.write(fd, b'x' * 64)
            except OSError:
                pass
            else:
                print('ESCAPED', fd)
        print('none')
        """,
        says="none",
    ),
    Hostile(
        "a request that is no JSON",
        FORGE
        + cleandoc("""
        forge('not json')
        time.sleep(9)
        """),
        **FORGED,
    ),
    Hostile(
        "a request of no known kind",
        FORGE
        + cleandoc("""
        forge('{"op": "open"}')
        time.sleep(9)
        """),
        **FORGED,
    ),
    Hostile(
        "a request with the wrong types",
        FORGE
        + cleandoc("""
        forge('{"op": "call", "name": 1, "args": {}, "kwargs": []}')
        time.sleep(9)
        """),
        **FORGED,
    ),
    Hostile(
        "a call of a function it was not given",
        FORGE
        + cleandoc("""
        forge(json.dumps({'op': 'call', 'name': '__import__', 'args': ['os'], 'kwargs': {}}))
        time.sleep(9)
        """),
        **FORGED,
    ),
    Hostile(
        "a call with arguments too many",
        FORGE
        + cleandoc("""
        forge(json.dumps({'op': 'call', 'name': 'move', 'args': [1, 2, 3], 'kwargs': {}}))
        time.sleep(9)
        """),
        **FORGED,
    ),
    Hostile(
        "a call with unknown names",
        FORGE
        + cleandoc("""
        forge(json.dumps({'op': 'call', 'name': 'move', 'args': ['x'], 'kwargs': {'a': 1}}))
        time.sleep(9)
        """),
        **FORGED,
    ),
    Hostile(
        "a pickle",
        FORGE
        + cleandoc("""
        os.write(3, b'\\x80\\x04\\x95' + bytes(64))
        time.sleep(9)
        """),
        **FORGED,
    ),
    Hostile(
        "random bytes",
        """
        os.write(3, os.urandom(8) + b'\\xff' * 4096)
        time.sleep(9)
        """,
        says="the program",
        endings=("killed", "timeout"),
        needs=Rung.PROCESS,
        hasty=True,
    ),
    Hostile(
        "half a request",
        """
        os.write(3, b'\\0\\0\\1\\0{')
        time.sleep(9)
        """,
        says="ran longer",
        endings=("timeout",),
        needs=Rung.PROCESS,
        hasty=True,
    ),
    Hostile(
        "a request said to be enormous",
        """
        os.write(3, b'\\xff\\xff\\xff\\xff')
        time.sleep(9)
        """,
        **FORGED,
    ),
    Hostile(
        "a bomb of nested JSON",
        FORGE
        + cleandoc("""
        forge('{"op": ' + '[' * 1000000)
        time.sleep(9)
        """),
        **FORGED,
    ),
    Hostile(
        "an end that is no text",
        FORGE
        + cleandoc("""
        forge('{"op": "done", "ending": "raised", "value": null, "error": ' + '[' * 500 + ']' * 500 + '}')
        time.sleep(9)
        """),
        **FORGED,
    ),
    Hostile(
        "a number of a million digits",
        FORGE
        + cleandoc("""
        forge('{"op": "call", "name": "move", "kwargs": {}, "args": [' + '9' * 1000000 + ']}')
        time.sleep(9)
        """),
        **FORGED,
    ),
    Hostile(
        "a closed channel",
        """
        os.close(3)
        time.sleep(9)
        """,
        says="the program",
        endings=("killed", "timeout"),
        needs=Rung.PROCESS,
        hasty=True,
    ),
    Hostile(
        "a descriptor sent to the caller",
        """
        import socket
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=3)
        body = b'{"op":"print","text":"sent"}'
        socket.send_fds(channel, [len(body).to_bytes(4, 'big') + body], [0, 0, 0])
        channel.detach()
        """,
        says="sent",
        needs=Rung.PROCESS,
    ),
    Hostile(
        "half of a character",
        """
        print('\\ud800 printed')
        move('\\udfff')
        """,
        says="printed",
        needs=Rung.PROCESS,
    ),
    Hostile(
        "an answer it made itself",
        FORGE
        + cleandoc("""
        forge('{"op": "done", "ending": "finished", "value": "None", "error": null}')
        time.sleep(9)
        """),
        says="None",
        needs=Rung.PROCESS,
    ),
    Hostile(
        "an answer it made itself, of the wrong types",
        FORGE
        + cleandoc("""
        forge('{"op": "done", "ending": "finished", "value": [1], "error": {}}')
        time.sleep(9)
        """),
        **FORGED,
    ),
    Hostile(
        "built-ins overridden",
        """
        import builtins
        for name in ('print', 'len', 'isinstance', 'repr', 'str', 'BaseException', 'compile'):
            pass
        builtins.len = lambda x: 0
        builtins.repr = lambda x: 'ESC' + 'APED' * 0
        1 + 1
        """,
        says="",
        endings=("finished", "raised", "killed"),
        needs=Rung.PROCESS,
    ),
    Hostile(
        "its functions overridden",
        """
        move = pick = lambda *a: 'mine'
        move('x')
        """,
        says="mine",
        needs=Rung.PROCESS,
    ),
    Hostile(
        "the machinery overridden",
        """
        import gc
        for thing in gc.get_objects():
            if type(thing).__name__ == 'Program':
                thing.run = thing.say = thing.call = print
        print('x')
        """,
        says="",
        endings=("finished", "killed", "timeout"),
        needs=Rung.PROCESS,
        hasty=True,
    ),
    Hostile(
        "the module table emptied",
        """
        sys.modules.clear()
        sys.path.clear()
        """,
        says="",
        endings=("finished", "raised", "killed"),
        needs=Rung.PROCESS,
    ),
    Hostile(
        "an exception nobody can show",
        """
        class Evil(BaseException):
            __str__ = __repr__ = property(lambda self: 1 / 0)
            def __getattribute__(self, name):
                raise Evil
        raise Evil
        """,
        says="",
        endings=("raised", "killed"),
        needs=Rung.PROCESS,
    ),
    Hostile(
        "a trace of the machinery",
        """
        def trace(frame, event, argument):
            return trace
        sys.settrace(trace)
        sys.setprofile(trace)
        move('x')
        """,
        says="move",
        needs=Rung.PROCESS,
    ),
    Hostile(
        "an import hook",
        """
        class Hook:
            def find_spec(self, name, path=None, target=None):
                strike()
        sys.meta_path.insert(0, Hook())
        def strike():
            attempt(lambda: open(SECRET).read())
        try:
            import anything
        except ImportError:
            pass
        """,
    ),
    Hostile(
        "an audit hook that objects",
        """
        def hook(event, arguments):
            if event in ('compile', 'exec', 'os.fork'):
                raise RuntimeError
        print('hooked')
        sys.addaudithook(hook)
        """,
        says="hooked",
        endings=("finished", "raised", "killed"),
        needs=Rung.PROCESS,
    ),
]
