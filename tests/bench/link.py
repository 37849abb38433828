"""A slow link: a TCP proxy on the loopback that holds every byte back for half a round trip."""

import asyncio
import threading
import time


class Link:
    """Forwards 127.0.0.1:port to a host. `flights` are the pieces as they came in: seconds since
    the connection was made, "->" or "<-", bytes."""

    def __init__(self, address, port=22, round_trip=0.0):
        self.target = (address, port)
        self.round_trip = round_trip
        self.flights = []
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self._serve, args=(ready,), daemon=True).start()
        ready.wait()

    def _serve(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._connection, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self.loop.call_soon(ready.set)
        self.loop.run_forever()

    async def _connection(self, reader, writer):
        began = time.monotonic()
        there, back = asyncio.Queue(), asyncio.Queue()
        reading = asyncio.create_task(self._read(reader, there, "->", began))
        # The far end knows of the connection, and can speak, half a round trip later.
        await asyncio.sleep(self.round_trip / 2)
        far_reader, far_writer = await asyncio.open_connection(*self.target)
        await asyncio.gather(reading, self._pass_on(there, far_writer), self._read(far_reader, back, "<-", began),
                             self._pass_on(back, writer), return_exceptions=True)

    async def _read(self, reader, queue, way, began):
        data = b"first"
        while data:
            try:
                data = await reader.read(65536)
            except ConnectionError:
                data = b""
            now = time.monotonic()
            if data:
                self.flights.append((now - began, way, len(data)))
            queue.put_nowait((now + self.round_trip / 2, data))

    async def _pass_on(self, queue, writer):
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0, due - time.monotonic()))
            if not data:
                break
            writer.write(data)
        writer.close()

    def bytes(self):
        return tuple(sum(n for _, way, n in self.flights if way == w) for w in ("->", "<-"))

    def forget(self):
        self.flights = []
