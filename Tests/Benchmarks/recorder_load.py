#!/usr/bin/env python3
"""What publishing costs a recorder, and what thousands of plugs do: with a real Mosquitto of its own.

usage: recorder_load.py publish WATTLOG [MINUTES]          with publishing and without, side by side
       recorder_load.py plugs WATTLOG [PLUGS [MINUTES]]    so many plugs that speak every ten seconds
       recorder_load.py rate WATTLOG [MESSAGES A SECOND…]  beside `mosquitto_sub >/dev/null`, at so many

`publish` lets two recorders hear ten plugs that speak every ten seconds, then 240 every second, each from a broker of its own; one of
them publishes as it is set up by default (a state of each plug a minute at most). It prints the processor time of either
process, user and system, after the first half minute.

`plugs` lets so many plugs speak every ten seconds, so many minutes without publishing and as many with, and says what the
recorder takes, whether everything that was sent is stored, and how long `status`, `report`, `verify` and `export` take.

`rate` sends a hundred plugs' messages, all different, ten seconds at each pace, and prints the processor time a message of the
recorder and of a `mosquitto_sub` that hears the same broker, and whether everything that was sent is stored.
"""
import datetime, json, os, random, socket, struct, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Scripts"))
import programs  # PATH  # noqa: F401,E402


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Broker:
    def __init__(self, work):
        self.port = free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        with open(f"{work}/mosquitto.conf", "w") as file:
            file.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
                       + ("user root\n" if os.getuid() == 0 else ""))
        self.process = subprocess.Popen(["mosquitto", "-c", f"{work}/mosquitto.conf"], stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                return socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                time.sleep(0.05)
        sys.exit("recorder_load: mosquitto did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Client:
    """As much of MQTT 3.1.1 as it takes to publish."""

    def __init__(self, port, name):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        body = b"\0\4MQTT\4\2\0\0" + struct.pack(">H", len(name)) + name.encode()
        self.socket.sendall(b"\x10" + bytes([len(body)]) + body)
        if self.socket.recv(4)[3:] != b"\0": sys.exit("recorder_load: the broker refused the login")

    def publish(self, topic, payload, retained=False):
        body = struct.pack(">H", len(topic)) + topic.encode() + payload.encode()
        length, head = len(body), bytearray([0x31 if retained else 0x30])
        while True:
            head.append(length & 127 | (128 if length > 127 else 0))
            length >>= 7
            if not length: break
        self.socket.sendall(head + body)


class Plug:
    """A counter of whole watt-hours under a power that changes now and then."""

    def __init__(self, number):
        self.name, self.mac = f"plug-{number}", f"A0B76{number:07X}"
        self.random = random.Random(number)
        self.energy = self.random.uniform(0, 3000) * 3.6e6
        self.midnight, self.watts, self.at = self.energy, 0, time.time()
        self.start = self.energy

    def sensor(self):
        now = time.time()
        self.energy += self.watts * (now - self.at)
        self.at = now
        if self.random.random() < 0.05 or not self.watts: self.watts = self.random.randint(1, 2000)
        total, midnight = int(self.energy / 3600), int(self.midnight / 3600)
        clock = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
        return ('{"Time":"%s","ENERGY":{"TotalStartTime":"2025-01-01T00:00:00","Total":%.3f,"Yesterday":1.500,"Today":%.3f,'
                '"Period":0,"Power":%d,"ApparentPower":%d,"ReactivePower":0,"Factor":1.00,"Voltage":230,"Current":%.3f}}'
                % (clock, total / 1000, (total - midnight) / 1000, self.watts, self.watts, self.watts / 230))

    def announce(self, client):
        client.publish(f"tele/{self.name}/LWT", "Online", True)
        client.publish(f"tasmota/discovery/{self.mac}/config", json.dumps(dict(
            ip="127.0.0.1", dn=self.name, fn=[self.name], hn=self.name, mac=self.mac, md="Plug", ty=0, t=self.name,
            ft="%prefix%/%topic%/", tp=["cmnd", "stat", "tele"], rl=[1], sw="14.4.1", ver=1, ofln="Offline",
            onln="Online")), True)

    @property
    def used(self): return (int(self.energy / 3600) - int(self.start / 3600)) / 1000


def configuration(work, port, plugs):
    path = f"{work}/wattlog.json"
    with open(path, "w") as file:
        json.dump(dict(store=f"{work}/store", site=dict(timeZone="Europe/London"),
                       broker=dict(url=f"mqtt://127.0.0.1:{port}"), record=dict(maximumDevices=max(plugs, 256))), file)
    return path


def start(wattlog, config, *arguments):
    return subprocess.Popen([wattlog, "record", "--config", config, *arguments], stderr=subprocess.PIPE, text=True)


def await_connection(recorder):
    for line in recorder.stderr:
        if "connected to" in line: return
    sys.exit("recorder_load: the recorder did not connect")


def processor_nanoseconds(pid):
    """Of all threads of a process, in user and system."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat") as file: total += int(file.read().split()[0])
    return total


class Side:
    """A broker of its own, the plugs that speak there, and the recorder that hears them."""

    def __init__(self, wattlog, work, publishing, count):
        folder = f"{work}/{publishing}"
        os.mkdir(folder)
        self.broker = Broker(folder)
        self.client, self.plugs = Client(self.broker.port, "plugs"), [Plug(number) for number in range(count)]
        for plug in self.plugs: plug.announce(self.client)
        self.recorder = start(wattlog, configuration(folder, self.broker.port, count), "--publish", publishing)
        await_connection(self.recorder)
        self.first = 0

    def speak(self, place): self.client.publish(f"tele/{self.plugs[place].name}/SENSOR", self.plugs[place].sensor())

    @property
    def nanoseconds(self): return processor_nanoseconds(self.recorder.pid)

    def stop(self):
        self.recorder.terminate()
        print("  " + self.recorder.stderr.read().strip().splitlines()[-1], file=sys.stderr)
        self.recorder.wait()
        self.broker.stop()


def publish(wattlog, minutes):
    for count, period in [(10, 10), (240, 1)]:
        with tempfile.TemporaryDirectory(prefix="wattlog-load-") as work:
            sides = {key: Side(wattlog, work, key, count) for key in ["home-assistant", "none"]}
            began, bursts = time.time(), min(count, 10)
            for turn in range(30 // period + 60 * minutes // period):
                # The first half minute makes places and offers sensors.
                if turn == 30 // period:
                    for side in sides.values(): side.first = side.nanoseconds
                for burst in range(bursts):
                    # Whoever is woken second finds the processor awake and its caches warm: they take turns, and time apart.
                    order = list(sides.values())[::1 if (turn + burst) % 2 else -1]
                    for half, side in enumerate(order):
                        sleep_until(began + period * (turn + (burst + half / 2) / bursts))
                        for place in range(count * burst // bursts, count * (burst + 1) // bursts): side.speak(place)
            spent = {key: (side.nanoseconds - side.first) / 1e9 for key, side in sides.items()}
            for side in sides.values(): side.stop()
            messages = 60 * minutes // period * count
            print(f"{count} plugs every {period} s, {messages} messages: {spent['home-assistant']:.3f} s with publishing, "
                  f"{spent['none']:.3f} without, {spent['home-assistant'] / spent['none']:.2f} of it")


def usage(pid):
    """Seconds of processor time and MB of resident memory."""
    with open(f"/proc/{pid}/stat") as file: fields = file.read().rsplit(")", 1)[1].split()
    with open(f"/proc/{pid}/status") as file:
        resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), resident / 1000


def many(wattlog, count, minutes):
    def run(*words):
        began = time.monotonic()
        done = subprocess.run([wattlog, *words, "--config", config], capture_output=True, text=True)
        if done.returncode: sys.exit(f"recorder_load: {' '.join(words)} ended with {done.returncode}: {done.stderr[-500:]}")
        return done.stdout, time.monotonic() - began

    with tempfile.TemporaryDirectory(prefix="wattlog-load-") as work:
        broker = Broker(work)
        config = configuration(work, broker.port, count)
        plugs, sent = [Plug(number) for number in range(count)], 0
        client = Client(broker.port, "plugs")
        for plug in plugs: plug.announce(client)
        for publishing in ["none", "home-assistant"]:
            recorder = start(wattlog, config, "--publish", publishing)
            await_connection(recorder)
            began = last = time.time()
            spent, peak, before, rounds = usage(recorder.pid)[0], 0, sent, minutes * 6
            for turn in range(rounds):
                for place, plug in enumerate(plugs):
                    if place % 40 == 0: sleep_until(began + 10 * (turn + place / count))
                    client.publish(f"tele/{plug.name}/SENSOR", plug.sensor())
                    sent += 1
                now, resident = usage(recorder.pid)
                print(f"  {publishing}, {time.time() - began:.0f} s: {(now - spent) / (time.time() - last) * 100:.1f} % of a core, "
                      f"{resident:.0f} MB", file=sys.stderr)
                # The first turn also makes the places, and offers the sensors.
                if turn == 0: first = now
                spent, last, peak = now, time.time(), max(peak, resident)
            seconds = 10 * (rounds - 1)
            time.sleep(3)
            status, took = run("status", "--json")
            status = json.loads(status)
            recorder.terminate()
            said = recorder.stderr.read().strip().splitlines()
            recorder.wait()
            print(f"{count} plugs, publishing to {publishing}: {sent - before} messages, {(spent - first) / seconds * 100:.1f} % of a "
                  f"core after the first turn, {peak:.0f} MB at most; 'status' in {took:.2f} s, {len(status['devices'])} plugs, "
                  f"{status['recorder']['dropped']} dropped; {said[-1]}")
        report, took = run("report", "range", "--from", "2020-01-01", "-f", "json")
        found = {entry["device"]: entry["kWh"] for period in json.loads(report)["periods"] for entry in period["devices"]}
        worst = max(abs(found.get(plug.name, -1) - plug.used) for plug in plugs)
        stored = json.loads(run("status", "--json")[0])["readings"]
        print(f"{sent} sent, {stored} stored; report of all in {took:.2f} s, no plug more than {worst:.3f} kWh from what it used")
        print(f"verify --deep in {run('verify', '--deep')[1]:.2f} s")
        lake, csv = run("export", "-q", "-f", "parquet", "--partition", "day", "-o", f"{work}/lake")[1], \
            run("export", "-q", "-o", f"{work}/all.csv")[1]
        size = sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(f"{work}/lake") for name in names)
        print(f"export -f parquet --partition day in {lake:.2f} s, {size / 1e6:.1f} MB; -f csv in {csv:.2f} s, "
              f"{os.path.getsize(f'{work}/all.csv') / 1e6:.0f} MB")
        broker.stop()


class Packets:
    """What is written, in place of a connection."""

    def __init__(self): self.bytes = bytearray()
    def sendall(self, data): self.bytes += data

    def take(self):
        taken, self.bytes = bytes(self.bytes), bytearray()
        return taken


def rate(wattlog, paces, count=100):
    with tempfile.TemporaryDirectory(prefix="wattlog-load-") as work:
        broker = Broker(work)
        client, plugs = Client(broker.port, "plugs"), [Plug(number) for number in range(count)]
        for plug in plugs: plug.announce(client)
        recorder = start(wattlog, configuration(work, broker.port, count))
        await_connection(recorder)
        peer = subprocess.Popen(["mosquitto_sub", "-p", str(broker.port), "-t", "#", "-v"], stdout=subprocess.DEVNULL)
        time.sleep(3)
        network, packets, sent = client.socket, Packets(), 0
        for pace in paces:
            # Written beforehand, in pieces of a hundredth of a second.
            client.socket, pieces = packets, []
            for turn in range(10 * min(pace, 100)):
                for _ in range(max(1, pace // 100)):
                    plug = plugs[sent % count]
                    message = plug.sensor().replace('"ReactivePower":0', f'"ReactivePower":{sent}')
                    client.publish(f"tele/{plug.name}/SENSOR", message)
                    sent += 1
                pieces.append(packets.take())
            client.socket = network
            time.sleep(12)  # What came before is synced.
            processes = [recorder.pid, peer.pid]
            first, began = [processor_nanoseconds(pid) for pid in processes], time.time()
            for turn, piece in enumerate(pieces):
                sleep_until(began + turn * 10 / len(pieces))
                network.sendall(piece)
            took = time.time() - began
            time.sleep(2)
            messages = len(pieces) * max(1, pace // 100)
            ours, theirs = [(processor_nanoseconds(pid) - old) / 1e3 / messages for pid, old in zip(processes, first)]
            print(f"{messages} messages in {took:.1f} s: recorder {ours:.2f} us, mosquitto_sub {theirs:.2f} us a message, "
                  f"{ours / theirs:.2f} of it")
        recorder.terminate()
        print(f"{sent} sent; " + recorder.stderr.read().strip().splitlines()[-1])
        recorder.wait()
        peer.terminate()
        broker.stop()


def sleep_until(instant):
    if (rest := instant - time.time()) > 0: time.sleep(rest)


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("publish", "plugs", "rate"): sys.exit(__doc__)
    numbers = [int(word) for word in sys.argv[3:]]
    if sys.argv[1] == "publish": publish(sys.argv[2], *(numbers or [3]))
    elif sys.argv[1] == "rate": rate(sys.argv[2], numbers or [10, 100, 1000, 20_000])
    else: many(sys.argv[2], *(numbers + [4000, 3][len(numbers):]))
