"""Clients in the namespaces of a lab: bounded in number and time. A target is
NAMESPACE/ADDRESS:PORT: where the client is, and to whom it speaks.

crowd.py hold N TARGET...          opens N connections that ask slowly, says how many, holds them until its input ends
crowd.py garbage SEED TARGET...    sends 64 KiB of noise to each port by TCP, and 200 packets of it by UDP
crowd.py flood N NAME TARGET       sends N DNS queries by UDP, and says how many answers came
crowd.py lines N LENGTH TARGET     sends N HTTP requests of a length on one connection, and says how many answers came
"""
import ctypes, os, random, resource, select, socket, struct, sys, threading, time

LIBC = ctypes.CDLL(None, use_errno=True)
LONGEST = 60


def enter(target):
    """Goes into a target's namespace; the address in it."""
    namespace, address = target.split("/")
    with open(f"/run/netns/{namespace}") as file:
        assert LIBC.setns(file.fileno(), 0x40000000) == 0, os.strerror(ctypes.get_errno())
    host, port = address.split(":")
    return host, int(port)


def hold(number, *targets):
    number = int(number)
    resource.setrlimit(resource.RLIMIT_NOFILE, (number + 100, max(number + 100, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    waiting, held = select.epoll(), {}
    share = -(-number // len(targets))
    for target in targets:
        address = enter(target)
        for _ in range(min(share, number - len(held))):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(address)
            held[client.fileno()] = client
            waiting.register(client, select.EPOLLOUT | select.EPOLLONESHOT)
    connected, end = 0, time.monotonic() + LONGEST
    while connected < len(held) and time.monotonic() < end:
        for fd, _ in waiting.poll(1):
            if held[fd].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                held[fd].send(b"\0")
                connected += 1
    print(connected, flush=True)
    sys.stdin.read()


def garbage(seed, *targets):
    noise = random.Random(int(seed))
    for target in targets:
        address = enter(target)
        try:
            with socket.create_connection(address, timeout=5) as client:
                client.sendall(noise.randbytes(64 << 10))
                client.shutdown(socket.SHUT_WR)
                client.recv(4096)
        except OSError:
            pass  # to be thrown out is an answer
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            for _ in range(200):
                try:
                    client.sendto(noise.randbytes(noise.randrange(1, 1400)), address)
                except OSError:
                    pass
    print("sent", flush=True)


def flood(number, name, target):
    address = enter(target)
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.connect(address)
    client.settimeout(1)
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0\0\1\0\1"
    answers = 0

    def listen():
        nonlocal answers
        try:
            while client.recv(4096):
                answers += 1
        except OSError:
            pass

    listener = threading.Thread(target=listen)
    listener.start()
    for turn in range(int(number)):
        try:
            client.send(struct.pack("!6H", turn & 0xFFFF, 0x0100, 1, 0, 0, 0) + question)
        except OSError:
            pass
    listener.join()
    print(answers, flush=True)


def lines(number, length, target):
    number, host, port = int(number), *enter(target)
    client = socket.create_connection((host, port), timeout=LONGEST)
    request = f"GET /{'x' * int(length)} HTTP/1.1\r\nHost: a\r\n\r\n".encode()

    def send():
        for _ in range(number // 100):
            client.sendall(request * 100)

    began = time.monotonic()
    sender = threading.Thread(target=send)
    sender.start()
    answers, rest = 0, b""
    while answers < number and (chunk := client.recv(1 << 16)):
        rest += chunk
        answers += rest.count(b"HTTP/1.1 ")
        rest = rest[-8:]
    sender.join()
    print(answers, f"{answers / (time.monotonic() - began):.0f} a second", flush=True)


globals()[sys.argv[1]](*sys.argv[2:])
