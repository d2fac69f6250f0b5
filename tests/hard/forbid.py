"""Runs a command under a seccomp filter: forbid.py unshare=EPERM socket6=EAFNOSUPPORT -- CMD..."""
import ctypes, errno, os, platform, struct, sys

NUMBERS = {
    "x86_64": {"unshare": 272, "mount": 165, "setns": 308, "sendto": 44, "socket6": 41},
    "aarch64": {"unshare": 97, "mount": 40, "setns": 268, "sendto": 206, "socket6": 198},
}[platform.machine()]
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000


def step(code, true, false, value):
    return struct.pack("HBBI", code, true, false, value)


split = sys.argv.index("--")
program = b""
for word in sys.argv[1:split]:
    name, error = word.split("=")
    program += step(LOAD, 0, 0, 0)  # the call's number
    if name == "socket6":
        program += step(EQUAL, 0, 3, NUMBERS[name]) + step(LOAD, 0, 0, 16)  # its first argument: the family
        program += step(EQUAL, 0, 1, 10) + step(RETURN, 0, 0, REFUSE | getattr(errno, error))
    else:
        program += step(EQUAL, 0, 1, NUMBERS[name]) + step(RETURN, 0, 0, REFUSE | getattr(errno, error))
program += step(RETURN, 0, 0, ALLOW)

text = ctypes.create_string_buffer(program)
filter = struct.pack("HP", len(program) // 8, ctypes.addressof(text))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0, "no_new_privs"
assert libc.prctl(22, 2, filter, 0, 0) == 0, os.strerror(ctypes.get_errno())
os.execvp(sys.argv[split + 1], sys.argv[split + 1 :])
