#!/usr/bin/env python3
"""engine.py SOCKET [NODES [SERVICES [TASKS]]] - a manager of a made-up swarm on a unix socket.

It answers what watch-swarm asks and tells events; POST /test/... changes the swarm:
  drain?node=N      takes a node's tasks away, one a step, to other nodes, and tells of it
  active?node=N     makes it available again
  down?node=N       it is down, as after a power cut
  fail?task=N       a task fails, with an error that would drive a terminal
  roll?service=N    all tasks of a service get another image, one after the other
  mute              nothing is answered any more, but the connections stay
GET /test/requests: what was asked so far, one line each: seconds, path.
"""
import json
import os
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

GIB = 1 << 30
STEP = 0.3  # seconds between two tasks of a drain or a roll
# What a terminal would obey: a title, a cleared screen, reversed text
HOSTILE = 'no such \x1b]0;owned\x07\x1b[2J\x9b31m image \u202egnp.exe\nsecond line'


def identity(kind, number):
    digits = 'abcdefghijklmnopqrstuvwxyz0123456789'
    text = ''
    while number:
        number, digit = divmod(number, 36)
        text = digits[digit] + text
    return kind + text.rjust(24, 'a')


def moment(seconds=None):
    seconds = time.time() if seconds is None else seconds
    return time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds)) + f'.{int(seconds % 1 * 1e9):09d}Z'


class Swarm:
    def __init__(self, nodes, services, tasks):
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.events = []
        self.texts = {}
        self.requests = []
        self.mute = False
        self.made = tasks
        self.nodes = [self.node(n, nodes) for n in range(nodes)]
        self.services = [self.service(n, tasks // services if services else 0) for n in range(services)]
        self.tasks = [self.task(n, n % services, n // services + 1, n % nodes) for n in range(tasks)]

    @staticmethod
    def node(n, count):
        manager = n < min(3, count)
        out = {'ID': identity('n', n), 'Version': {'Index': 10}, 'CreatedAt': moment(1.7e9), 'UpdatedAt': moment(1.7e9),
               'Spec': {'Role': 'manager' if manager else 'worker', 'Availability': 'active', 'Labels': {}},
               'Description': {'Hostname': f'dev-{"manager" if manager else "worker"}-{n + 1 if manager else n - 2}',
                               'Platform': {'Architecture': 'x86_64', 'OS': 'linux'},
                               'Resources': {'NanoCPUs': 4000000000, 'MemoryBytes': 8 * GIB},
                               'Engine': {'EngineVersion': '28.5.2'}},
               'Status': {'State': 'ready', 'Addr': f'10.0.{n >> 8}.{n & 255}'}}
        if manager:
            out['ManagerStatus'] = {'Leader': n == 0, 'Reachability': 'reachable', 'Addr': f'10.0.0.{n}:2377'}
        return out

    @staticmethod
    def service(n, replicas):
        names = ['web', 'api', 'cache', 'queue', 'mail']
        name = names[n] if n < len(names) else f'service-{n + 1}'
        return {'ID': identity('s', n), 'Version': {'Index': 10},
                'Spec': {'Name': name, 'Mode': {'Replicated': {'Replicas': replicas}},
                         'TaskTemplate': {'ContainerSpec': {'Image': f'{name}:1@sha256:{"0" * 64}'}}}}

    def task(self, n, service, slot, node):
        image = self.services[service]['Spec']['TaskTemplate']['ContainerSpec']['Image']
        return {'ID': identity('t', n), 'Version': {'Index': 10}, 'CreatedAt': moment(), 'UpdatedAt': moment(),
                'Labels': {}, 'Slot': slot, 'ServiceID': identity('s', service), 'NodeID': identity('n', node),
                'DesiredState': 'running',
                'Spec': {'ContainerSpec': {'Image': image, 'Env': ['A=B'], 'Isolation': 'default'},
                         'Resources': {'Reservations': {'NanoCPUs': 250000000, 'MemoryBytes': GIB // 8}},
                         'Placement': {}, 'ForceUpdate': 0},
                'Status': {'State': 'running', 'Timestamp': moment(), 'Message': 'started',
                           'ContainerStatus': {'ContainerID': f'{n:064x}', 'PID': 100 + n, 'ExitCode': 0}}}

    def text(self, kind):
        """The list as JSON, made anew only after a change."""
        with self.lock:
            if kind not in self.texts:
                self.texts[kind] = json.dumps(getattr(self, kind)).encode()
            return self.texts[kind]

    def tell(self, kind, thing):
        with self.lock:
            self.texts.clear()
            self.events.append(json.dumps({'Type': kind, 'Action': 'update', 'Actor': {'ID': thing['ID'], 'Attributes': {}},
                                           'scope': 'swarm', 'timeNano': time.time_ns()}))
            self.changed.notify_all()

    def set_task(self, task, state, desired=None, error=''):
        with self.lock:
            task['Status'].update(State=state, Timestamp=moment())
            task['Status']['Err'] = error
            task['DesiredState'] = desired or task['DesiredState']
            self.texts.clear()

    def replace(self, task, node):
        """Stops a task and starts its successor, in steps as a swarm does."""
        with self.lock:
            self.made += 1
            new = json.loads(json.dumps(task))
            new.update(ID=identity('t', self.made), NodeID=self.nodes[node]['ID'], CreatedAt=moment())
            service = next(s for s in self.services if s['ID'] == task['ServiceID'])
            new['Spec']['ContainerSpec']['Image'] = service['Spec']['TaskTemplate']['ContainerSpec']['Image']
            self.tasks.append(new)
            self.set_task(task, task['Status']['State'], 'shutdown')
            self.set_task(new, 'preparing', 'running')
        time.sleep(STEP)
        self.set_task(task, 'shutdown' if task['Status']['State'] != 'failed' else 'failed')
        self.set_task(new, 'running')

    def others(self, number):
        return [i for i, n in enumerate(self.nodes) if i != number and n['Spec']['Availability'] == 'active' and
                n['Status']['State'] == 'ready']

    def live(self, key, value):
        return [t for t in self.tasks if t[key] == value and t['DesiredState'] == 'running']

    def drain(self, number):
        node = self.nodes[number]
        node['Spec']['Availability'] = 'drain'
        self.tell('node', node)
        for at, task in enumerate(self.live('NodeID', node['ID'])):
            self.replace(task, self.others(number)[at % len(self.others(number))])

    def active(self, number):
        self.nodes[number]['Spec']['Availability'] = 'active'
        self.tell('node', self.nodes[number])

    def down(self, number):
        self.nodes[number]['Status'].update(State='down', Message='heartbeat failure')
        self.tell('node', self.nodes[number])

    def fail(self, number):
        task = self.tasks[number]
        self.set_task(task, 'failed', 'shutdown', HOSTILE)
        task['Status']['ContainerStatus']['ExitCode'] = 3
        with self.lock:
            self.made += 1
            new = json.loads(json.dumps(task))
            new.update(ID=identity('t', self.made), CreatedAt=moment())
            self.tasks.append(new)
            self.set_task(new, 'pending', 'running')

    def roll(self, number):
        service = self.services[number]
        service['Spec']['TaskTemplate']['ContainerSpec']['Image'] = f'{service["Spec"]["Name"]}:2'
        service['UpdateStatus'] = {'State': 'updating', 'Message': 'update in progress'}
        self.tell('service', service)
        for task in self.live('ServiceID', service['ID']):
            self.replace(task, next(i for i, n in enumerate(self.nodes) if n['ID'] == task['NodeID']))
        service['UpdateStatus'] = {'State': 'completed', 'Message': 'update completed'}
        self.tell('service', service)


def log_frames():
    """Two outputs, as the engine mixes them."""
    out = b''
    for stream, line in ((1, b'listening on 8080\n'), (2, b'\x1b[31mcannot reach the database\x1b[0m\n'), (1, b'last words\n')):
        out += bytes([stream, 0, 0, 0]) + len(line).to_bytes(4, 'big') + line
    return out


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def address_string(self):
        return 'local'

    def log_message(self, *_):
        pass

    def answer(self, body, status=200, kind='application/json'):
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self):
        swarm = self.server.swarm
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Transfer-Encoding', 'chunked')
        self.end_headers()
        self.wfile.flush()
        at = len(swarm.events)
        while True:
            with swarm.lock:
                while at == len(swarm.events):
                    swarm.changed.wait()
                lines = swarm.events[at:]
                at = len(swarm.events)
            for line in lines:
                text = line.encode() + b'\n'
                self.wfile.write(b'%x\r\n%s\r\n' % (len(text), text))
                self.wfile.flush()

    def do_GET(self):
        swarm = self.server.swarm
        path = urlsplit(self.path).path
        if path.startswith('/v1.'):
            path = '/' + path.split('/', 2)[2]
        if path == '/test/requests':
            self.answer('\n'.join(swarm.requests).encode())
            return
        swarm.requests.append(f'{time.monotonic():.3f} {path}')
        while swarm.mute:
            time.sleep(1)
        if path == '/events':
            self.stream()
        elif path in ('/nodes', '/services', '/tasks'):
            self.answer(swarm.text(path[1:]))
        elif path == '/_ping':
            self.answer(b'OK', kind='text/plain')
        elif path == '/info':
            self.answer(json.dumps(info(swarm)).encode())
        elif path.endswith('/logs'):
            self.answer(log_frames(), kind='application/vnd.docker.multiplexed-stream')
        elif path.endswith('/stats'):
            now = time.time()
            self.answer(json.dumps({'read': moment(now), 'cpu_stats': {'cpu_usage': {'total_usage': int(now * 1e9 / 4)}},
                                    'memory_stats': {'usage': 96 << 20, 'limit': GIB, 'stats': {'inactive_file': 32 << 20}}}).encode())
        else:
            self.answer(json.dumps({'message': 'page not found'}).encode(), 404)

    def do_POST(self):
        where = urlsplit(self.path)
        what = where.path.removeprefix('/test/')
        numbers = [int(v[0]) for v in parse_qs(where.query).values()]
        if what == 'mute':
            self.server.swarm.mute = True
        else:
            threading.Thread(target=getattr(self.server.swarm, what), args=numbers, daemon=True).start()
        self.answer(b'{}')


def info(swarm):
    return {'ID': 'engine', 'Name': 'dev-manager-1', 'ServerVersion': '28.5.2', 'DockerRootDir': '/var/lib/docker',
            'SystemTime': moment(),
            'Swarm': {'NodeID': swarm.nodes[0]['ID'], 'NodeAddr': '10.0.0.0', 'LocalNodeState': 'active', 'ControlAvailable': True,
                      'Error': '', 'RemoteManagers': [{'NodeID': swarm.nodes[0]['ID'], 'Addr': '10.0.0.0:2377'}],
                      'Cluster': {'ID': identity('c', 1)}}}


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass


def main():
    numbers = [int(n) for n in sys.argv[2:]] + [5, 3, 12][len(sys.argv) - 2:]
    server = Server(sys.argv[1] + '.new', Handler)
    server.swarm = Swarm(*numbers)
    # All lists are ready before anybody finds the socket.
    for kind in ('nodes', 'services', 'tasks'):
        server.swarm.text(kind)
    os.rename(sys.argv[1] + '.new', sys.argv[1])
    server.serve_forever()


if __name__ == '__main__':
    main()
