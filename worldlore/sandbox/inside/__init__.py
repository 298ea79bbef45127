"""What runs on the far side of the wall: the warm worker and the programs forked from it.

- Standard library only, relative imports only: the worker loads this folder by itself, without Worldlore.
- Nothing here is trusted once a program has run in the same process; every promise is kept by the kernel or by the
  caller's side, never by code of this folder that shares memory with a program.
"""
