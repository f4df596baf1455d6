"""Becomes the command it is given, tied to its parent: the kernel signals it the moment that parent is gone.

    python -I -S leash.py PARENT SIGNAL UID GID command ...

Standard library only, so it starts in milliseconds. The order matters: changing the user clears the tie, so the user
is changed first; and the parent may die before the tie is made, so it is looked at afterwards.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, death, uid, gid = (int(word) for word in sys.argv[1:5])
    if uid != os.geteuid():
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death, 0, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit("the process that started this one is gone")
    os.execv(sys.argv[5], sys.argv[5:])  # noqa: S606 - becoming the command, without a shell, is the point


if __name__ == "__main__":
    main()
