"""exchange.py - an SSH server that falls silent in the middle of an exchange of keys.

fetch-tokens of the folder --bins, built with sanitizers, gives it up at its deadline, and has
freed its own half of the keys by then.
"""
import os
import subprocess
import threading

import hostile
import hostile_engine
import pytest

# What the client then waits for: the server's half
EXCHANGES = ["curve25519-sha256", "ecdh-sha2-nistp256", "diffie-hellman-group14-sha256"]


def serve(listener, exchange):
    client, _ = listener.accept()
    lists = [exchange.encode()] + hostile.LISTS[1:]
    with client:
        client.sendall(hostile.BANNER + b"\r\n" + hostile.packet(b"\x14" + bytes(16) + hostile.text(*lists) + bytes(5)))
        while client.recv(65536):
            pass


# mutant helpers/ssh/ssh.c end_session: without ssh_handshake_drop
#   fails silent in an exchange of keys: curve25519-sha256
@pytest.mark.parametrize("exchange", EXCHANGES, ids=["silent in an exchange of keys: " + name for name in EXCHANGES])
def test_silent(bins, tmp_path, exchange):
    key = str(tmp_path / "key")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    listener = hostile.socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener, exchange), daemon=True).start()
    query = {"host": "127.0.0.1", "port": str(listener.getsockname()[1]), "user": "root", "timeout": "2s"}
    query.update(private_key=key, known_hosts=str(tmp_path / "known_hosts"), host_key_policy="accept-new")
    code, out, err, _, _ = hostile_engine.run(os.path.join(bins, "fetch-tokens"), query, 60)
    listener.close()
    assert (code, out) == (4, b""), err
    assert "Sanitizer" not in err
