"""What docker-tunnel moves: a stream each way, beside libssh2 alone over one channel and ssh."""

import contextlib
import os
import socket
import subprocess
import sys
import time

for folder in "input", "lib":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", folder))

import tunnel_engine  # noqa: E402
import tunnel_place  # noqa: E402

MIB = int(os.environ.get("TUNNEL_MIB", "1000"))
ROUNDS = 5
LEAST = 0.9  # of what libssh2 alone moves
MOST_KIB = 32 * 1024


def moved(path, way):
    """Seconds that a client takes for it at this socket."""
    begun = time.monotonic()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        if way == "down":
            client.sendall(b"GET /down/%d HTTP/1.1\r\n\r\n" % MIB)
            room, left = bytearray(1 << 20), MIB << 20
            while left > 0:
                got = client.recv_into(room)
                if not got:
                    raise RuntimeError("the stream has ended early")
                left -= got
        else:
            client.sendall(b"POST /take HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MIB << 20))
            for _ in range(MIB):
                client.sendall(tunnel_engine.BLOCK)
            client.recv(1000)
    return time.monotonic() - begun


@contextlib.contextmanager
def ssh(place, server):
    """The usual way: ssh forwards a socket."""
    path = place.path("ssh.sock")
    with subprocess.Popen(
        ["ssh", "-F", "none", "-i", place.path("key"), "-o", "UserKnownHostsFile=" + place.path("known_hosts"), "-p", str(server.port),
         "-N", "-L", f"{path}:{server.engine.path}", "root@127.0.0.1"], stdin=subprocess.DEVNULL) as child:  # fmt: skip
        try:
            tunnel_place.until("ssh forwards", lambda: os.path.exists(path), 60)
            yield path
        finally:
            child.terminate()


def tunnel(bench, _lab, _work):
    place = tunnel_place.Place(bench.bin)
    with place.stack:
        server = place.server("dev-manager-1")
        alone = [os.path.join(bench.tools, "channel"), "127.0.0.1", str(server.port), place.path("key.pub"), place.path("key"),
                 server.engine.path]  # fmt: skip
        with tunnel_place.Tunnel(place, server) as there, ssh(place, server) as beside:
            for way in "down", "up":
                samples = bench.interleave(
                    ROUNDS,
                    alone=lambda: int(bench.run([*alone, way, str(MIB)]).out) / 1e6,
                    ours=lambda: moved(there.socket, way),
                    ssh=lambda: moved(beside, way),
                )
                add(bench, way, samples)
            bench.judge(bench.rows[-2], f"memory <= {MOST_KIB >> 10} MiB", there.kib() <= MOST_KIB)


def add(bench, way, samples):
    floor = bench.row("tunnel", f"{MIB} MiB {way}: libssh2 alone", samples["alone"])
    ours = bench.row("tunnel", f"{MIB} MiB {way}: docker-tunnel", samples["ours"], floor)
    bench.judge(ours, f">= {LEAST:.0%} of libssh2's speed", floor.median / ours.median >= LEAST)
    bench.row("tunnel", f"{MIB} MiB {way}: ssh -L", samples["ssh"], floor)
