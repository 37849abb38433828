"""tunnel.py - docker-tunnel of the folder --bins, through a real sshd of the loopback to an
engine that passes bytes in every way that Docker's API has (tunnel_engine.py).
"""
import concurrent.futures
import contextlib
import hashlib
import json
import os
import pty
import signal
import socket
import stat
import subprocess
import time

import pytest

import tunnel_engine
from tunnel_place import HANGS, Place, Tunnel, everything, until

MOST_KIB = 32 * 1024  # of memory, with a hundred streams open
STREAMS = 100
SOON = 1.0  # seconds: as promised for a stream after a manager has gone


@pytest.fixture
def place(request):
    place = Place(request.config.getoption("bins"))
    with place.stack:
        yield place


@pytest.fixture
def server(place):
    return place.server("dev-manager-1")


def left_over(place):
    return os.listdir(place.sockets)


# ---- a command ----


def test_command(place, server):
    script = 'd=${DOCKER_HOST#unix://}; stat -c %a,%F "$d" "${d%/*}"; umask; cat; echo "$DOCKER_CONTEXT$DOCKER_TLS_VERIFY"; exit 7'
    environment = place.environment(DOCKER_CONTEXT="other", DOCKER_TLS_VERIFY="1")
    done = place.run(
        place.words(server) + ["--", "sh", "-c", script], input="for the command", stdin=None, env=environment, umask=0o027
    )
    assert done.stdout == "600,socket\n700,directory\n0027\nfor the command\n", done
    assert done.returncode == 7, done
    assert not left_over(place)


def test_command_that_a_signal_ends(place, server):
    assert place.run(place.words(server) + ["--", "sh", "-c", "kill -KILL $$"]).returncode == 128 + signal.SIGKILL


def test_command_that_cannot_be_run(place, server):
    for word, code in (("no-such-program", 127), (place.folder, 126)):
        done = place.run(place.words(server) + ["--", word])
        assert (done.returncode, done.stdout) == (code, ""), done
        assert done.stderr.startswith("docker-tunnel: 127.0.0.1: " + word), done
    assert not left_over(place)


def test_signal_passed_on(place, server):
    script = "trap 'echo ended; exit 9' TERM; echo begun; while :; do sleep 0.05; done"
    with subprocess.Popen(place.words(server) + ["--", "sh", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          env=place.environment()) as child:  # fmt: skip
        assert child.stdout.readline() == b"begun\n"
        child.terminate()
        assert child.stdout.read() == b"ended\n"
        assert child.wait(HANGS) == 9
    assert not left_over(place)


# What a terminal sends both get: the command once, and this one goes on until it ends.
def test_terminal_interrupt(place, server):
    script = "n=0; trap 'n=$((n + 1))' INT; echo begun; for i in 1 2 3 4 5 6 7 8; do sleep 0.1; done; echo times $n; exit 5"
    pid, terminal = pty.fork()
    if not pid:
        os.execve(place.program, place.words(server) + ["--", "sh", "-c", script], place.environment())
    said = b""
    while b"begun" not in said:
        said += os.read(terminal, 1000)
    os.write(terminal, b"\x03")
    with contextlib.suppress(OSError):  # the end of a terminal
        while more := os.read(terminal, 1000):
            said += more
    os.close(terminal)
    assert b"times 1" in said, said
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5
    assert not left_over(place)


# ---- without a command ----


def test_signals_end_it(place, server):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        with Tunnel(place, server) as tunnel:
            assert sorted(tunnel.result) == ["docker_host", "manager"], tunnel.result
            with tunnel.client("/silent") as client:
                assert client.recv(1000)
                assert tunnel.end(number) == 0, tunnel.said()
                everything(client)
            assert not os.path.exists(tunnel.socket)
        assert not left_over(place)


def test_killed(place, server):
    with Tunnel(place, server) as tunnel:
        assert tunnel.end(signal.SIGKILL) == -signal.SIGKILL
    assert left_over(place)
    old = time.time() - 60
    os.utime(os.path.dirname(tunnel.socket), (old, old))
    with Tunnel(place, server) as another:
        assert left_over(place) == [os.path.basename(os.path.dirname(another.socket))]
        with Tunnel(place, server) as beside:
            os.utime(os.path.dirname(another.socket), (old, old))
            assert len(left_over(place)) == 2
            assert beside.name() == another.name() == "dev-manager-1"


def test_socket_of_its_own(place, server):
    path = place.path("own.sock")
    with Tunnel(place, server, options=["--socket", path]) as tunnel:
        assert tunnel.socket == path and stat.S_IMODE(os.stat(path).st_mode) == 0o600
        done = place.run(place.words(server, options=["--socket", path]))
        assert done.returncode == 2 and "another program listens there" in done.stderr, done
        tunnel.end(signal.SIGKILL)
    assert os.path.exists(path)
    with Tunnel(place, server, options=["--socket", "own.sock"]) as tunnel:
        assert tunnel.socket == path and tunnel.name() == "dev-manager-1"
        tunnel.end()
    assert not os.path.exists(path)


def test_socket_that_is_none(place, server):
    with open(place.path("file"), "w", encoding="ascii") as file:
        file.write("precious")
    done = place.run(place.words(server, options=["--socket", place.path("file")]))
    assert done.returncode == 2 and "something else is there" in done.stderr, done
    with open(place.path("file"), encoding="ascii") as file:
        assert file.read() == "precious"
    done = place.run(place.words(server, options=["--socket", place.path("x" * 120)]))
    assert done.returncode == 2 and "take a shorter path" in done.stderr, done


def contexts(place):
    done = place.run(["docker", "context", "ls", "--format", "{{.Name}} {{.DockerEndpoint}}"])
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def test_context(place, server):
    with Tunnel(place, server, options=["--context", "dev"]) as tunnel:
        assert contexts(place)["dev"] == "unix://" + tunnel.socket
        done = place.run(place.words(server, options=["--context", "dev"]))
        assert done.returncode == 2 and "another docker-tunnel's that runs" in done.stderr, done
        tunnel.end(signal.SIGKILL)
    with Tunnel(place, server, options=["--context", "dev"]) as tunnel:
        assert contexts(place)["dev"] == "unix://" + tunnel.socket
        assert tunnel.end() == 0
    assert "dev" not in contexts(place)


def test_context_of_somebody_else(place, server):
    place.run(["docker", "context", "create", "--docker", "host=tcp://10.0.0.1:2376", "dev"])
    done = place.run(place.words(server, options=["--context", "dev"]))
    assert done.returncode == 2 and "none of docker-tunnel's" in done.stderr, done
    assert contexts(place)["dev"] == "tcp://10.0.0.1:2376"
    done = place.run(place.words(server, options=["--context", "default"]))
    assert done.returncode == 2 and "no name for one" in done.stderr, done
    assert not left_over(place)


# ---- bytes ----


def test_half_close(place, server):
    with Tunnel(place, server) as tunnel, tunnel.client("/echo") as client:
        client.sendall(b"one")
        said = client.recv(1000)
        client.sendall(b"two")
        client.shutdown(socket.SHUT_WR)
        said += everything(client)
        assert said == b"HTTP/1.1 101 UPGRADED\r\n\r\nonetwoend"


def test_half_close_by_the_engine(place, server):
    with Tunnel(place, server) as tunnel, tunnel.client("/early") as client:
        assert everything(client).endswith(b"that was all")
        client.sendall(tunnel_engine.BLOCK)
        client.close()
        until("all came", lambda: getattr(server.engine, "late", 0) == len(tunnel_engine.BLOCK))


def up(tunnel, mib):
    with tunnel.client("/up", "POST", "Content-Length: %d\r\n" % (mib << 20)) as client:
        for _ in range(mib):
            client.sendall(tunnel_engine.BLOCK)
        return client.recv(65536).endswith(hashlib.md5(tunnel_engine.BLOCK * mib).hexdigest().encode())


def down(tunnel, mib):
    with tunnel.client("/down/%d" % mib) as client:
        with client.makefile("rb") as file:
            file.read(len("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (mib << 20)))
            return all(file.read(1 << 20) == tunnel_engine.BLOCK for _ in range(mib))


def test_many_at_once(place, server):
    with Tunnel(place, server) as tunnel, concurrent.futures.ThreadPoolExecutor(16) as pool:
        ends = [pool.submit(way, tunnel, 16) for way in (up, down) * 8]
        assert all(end.result() for end in ends)


def calm(tunnel):
    before = tunnel.cpu()
    time.sleep(1)
    return tunnel.cpu() - before < 0.2


def test_back_pressure(place, server):
    for path in ("/endless", "/lines", "/deaf"):
        with Tunnel(place, server) as tunnel, contextlib.ExitStack() as stack:
            clients = [
                stack.enter_context(tunnel.client(path, headers="Content-Length: 100000000\r\n")) for _ in range(STREAMS)
            ]
            for client in clients:
                client.setblocking(False)
            if path == "/deaf":
                until("no client gets on", lambda: not sum(fill(client) for client in clients))
            most = []
            until("it comes to rest", lambda: most.append(tunnel.kib()) or calm(tunnel), 90)
            assert max(most) < MOST_KIB, most
            assert tunnel.name() == "dev-manager-1", "another stream does not get on"
            if path != "/deaf":
                assert all(len(client.recv(100)) == 100 for client in clients)
            until("the other one has ended", lambda: server.engine.streams() == STREAMS + 1)


def fill(client):
    sent = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            sent += client.send(bytes(65536))
    return sent


def test_client_gone(place, server):
    with Tunnel(place, server) as tunnel:
        assert tunnel.name() == "dev-manager-1"
        until("only the link is left", lambda: server.engine.streams() == 1)
        for path in ("/endless", "/silent", "/wait", "/echo"):
            with tunnel.client(path):
                until("it is open", lambda: server.engine.streams() == 2)
            until(path + " has ended", lambda: server.engine.streams() == 1)
        with tunnel.client("/wait") as client:
            until("it is open", lambda: server.engine.streams() == 2)
            client.shutdown(socket.SHUT_WR)
        until("a half-closed one has ended", lambda: server.engine.streams() == 1)
        assert calm(tunnel)


# ---- servers that go ----


def pair(place, server):
    """A tunnel to the first of two managers, and the second."""
    other = place.server("dev-manager-2")
    other.stop()
    tunnel = Tunnel(place, server, other)
    other.start()
    assert tunnel.name() == "dev-manager-1"
    return tunnel


def soon(tunnel, name):
    """A machine that has much else to do is given as much longer as it takes for the whole."""
    begun = time.monotonic()
    tunnel.place.run(tunnel.words + ["--", "true"])
    most = SOON + max(0, time.monotonic() - begun - SOON / 2)
    begun = time.monotonic()
    assert tunnel.name() == name, tunnel.said()
    took = time.monotonic() - begun
    assert took < most, "%.1f s of %.1f s; %s" % (took, most, tunnel.said())


def test_next_manager(place, server):
    with pair(place, server) as tunnel:
        with tunnel.client("/wait") as waits, tunnel.client("/silent") as answered:
            assert answered.recv(1000).endswith(b"begin")
            until("both are open", lambda: server.engine.streams() == 3)
            server.stop()
            soon(tunnel, "dev-manager-2")
            reply = everything(waits)
            assert reply.startswith(b"HTTP/1.1 503 ") and b"the SSH connection was lost" in reply, reply
            assert everything(answered) == b""
        assert "2 streams ended" in tunnel.said(), tunnel.said()
        assert calm(tunnel)


# One whose machine has lost its power says nothing any more.
def test_silent_manager(place, server):
    with pair(place, server) as tunnel, tunnel.client("/wait") as waits:
        until("it is open", lambda: server.engine.streams() == 2)
        server.signal(signal.SIGSTOP)
        soon(tunnel, "dev-manager-2")
        soon(tunnel, "dev-manager-2")
        reply = everything(waits)
        assert reply.startswith(b"HTTP/1.1 503 ") and b"does not answer any more" in reply, reply


def test_engine_gone(place, server):
    with pair(place, server) as tunnel:
        server.engine.close()
        soon(tunnel, "dev-manager-2")
        server.engine = tunnel_engine.Engine(server.path("docker.sock"), "dev-manager-1")


def test_only_manager_comes_back(place, server):
    with Tunnel(place, server) as tunnel:
        server.stop()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waits = pool.submit(tunnel.name)
            time.sleep(2)
            server.start()
            assert waits.result() == "dev-manager-1"


def test_no_manager_comes(place, server):
    with Tunnel(place, server, options=["--timeout", "3s"]) as tunnel:
        server.stop()
        begun = time.monotonic()
        reply = tunnel.ask("/info")
        assert reply.startswith(b"HTTP/1.1 503 ") and b"docker-tunnel: " in reply, reply
        assert 2 < time.monotonic() - begun < 10
        server.start()


def test_impostor(place, server):
    other = place.server("dev-manager-2")
    words = place.words(server, other)
    with open(place.path("known_hosts"), "w", encoding="ascii") as known:
        known.write(server.known().replace(str(server.port), str(other.port)) + server.known())
    with Tunnel(place, server) as tunnel:
        assert tunnel.name() == "dev-manager-1"
    with open(place.path("known_hosts"), "w", encoding="ascii") as known:
        known.write(other.known().replace(str(other.port), str(server.port)))
    done = place.run(words[: words.index("--managers")] + ["--", "true"])
    assert done.returncode == 1 and "host key changed" in done.stderr and not done.stdout, done


def test_impostor_as_next(place, server):
    other = place.server("dev-manager-2")
    with Tunnel(place, server, other, options=["--timeout", "5s"]) as tunnel:
        with open(place.path("known_hosts"), "w", encoding="ascii") as known:
            known.write(server.known().replace(str(server.port), str(other.port)) + server.known())
        server.stop()
        reply = tunnel.ask("/info")
        assert reply.startswith(b"HTTP/1.1 503 ") and b"host key changed" in reply, reply
        assert other.engine.streams() == 0


# ---- other ways there ----


def test_bastion(place, server):
    bastion = place.server("bastion")
    options = ["--bastion-host", "127.0.0.1", "--bastion-port", str(bastion.port)]
    with Tunnel(place, server, options=options, through=[bastion]) as tunnel:
        assert up(tunnel, 16) and down(tunnel, 16)
        with tunnel.client("/endless"), tunnel.client("/wait") as waits:
            assert tunnel.name() == "dev-manager-1"
            until("all are open", lambda: server.engine.streams() >= 3)
            bastion.stop()
            assert b"503" in everything(waits)[:20]
        bastion.start()
        assert tunnel.name() == "dev-manager-1"


# As Docker ends a connection that asks for nothing.
def test_engine_ends_what_is_idle(place, server):
    with Tunnel(place, server) as tunnel:
        assert tunnel.name() == "dev-manager-1"
        time.sleep(1.2)
        server.engine.end_idle()
        until("there is another one", lambda: server.engine.streams() == 1)
        assert tunnel.name() == "dev-manager-1"
        assert not tunnel.said(), tunnel.said()



@pytest.fixture
def strict(place):
    return place.server("dev-manager-1", "AllowStreamLocalForwarding no\nMaxSessions 4")


def test_dial(place, strict):
    with Tunnel(place, strict) as tunnel:
        assert tunnel.name() == "dev-manager-1"
        assert up(tunnel, 8) and down(tunnel, 8)
        with tunnel.client("/echo") as client:
            client.sendall(b"one")
            client.shutdown(socket.SHUT_WR)
            assert everything(client).endswith(b"oneend")


def test_dial_too_often(place, strict):
    with Tunnel(place, strict) as tunnel, contextlib.ExitStack() as stack:
        for _ in range(3):
            assert stack.enter_context(tunnel.client("/silent")).recv(1000)
        reply = tunnel.ask("/info")
        assert reply.startswith(b"HTTP/1.1 503 ") and b"MaxSessions" in reply, reply
        stack.close()
        assert tunnel.name() == "dev-manager-1"


# ---- how it is asked ----


def test_query(place, server):
    words = place.words(server)
    query = {word[2:].replace("-", "_"): value for word, value in zip(words[1::2], words[2::2])}
    with subprocess.Popen([place.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=place.environment()) as child:
        child.stdin.write(json.dumps(query).encode())
        child.stdin.close()
        assert b"docker_host" in child.stdout.readline()
        child.terminate()
        assert child.wait(HANGS) == 0
    done = place.run([place.program, "--", "true"])
    assert done.returncode == 2 and "host: required, and stdin is the command's" in done.stderr, done
