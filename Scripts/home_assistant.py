"""A life of five plugs beside a real Home Assistant; run by Scripts/home-assistant, which says what it is for."""
import asyncio
import csv
import datetime
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

import aiohttp
import paho.mqtt.client as mqtt

here, wattlog = pathlib.Path(sys.argv[1]), sys.argv[2]
home = here / "run"
PERIOD = 5


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


port, web = free_port(), free_port()
base = f"http://127.0.0.1:{web}"
processes = {}


def say(text):
    print(time.strftime("%T"), text, flush=True)


def start(name, command, **environment):
    log = open(home / f"{name}.log", "ab")
    processes[name] = subprocess.Popen(command, stdout=log, stderr=log, env=dict(os.environ, **environment))


def stop(name, how=signal.SIGTERM, limit=60):
    process = processes.pop(name, None)
    if process:
        process.send_signal(how)
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def start_broker():
    start("broker", ["mosquitto", "-c", str(home / "mosquitto.conf")])


def start_recorder():
    start("recorder", [wattlog, "record", "--publish", "home-assistant", "--config", str(home / "wattlog.json")])


def start_home_assistant():
    hass = here / "ha/bin/hass"
    start("hass", [str(hass), "-c", str(home / "config"), "--log-file", str(home / "ha.log")],
          PATH=f"{hass.parent}:{os.environ['PATH']}")


class Plug:
    """A plug whose counter behaves as Tasmota's: what was used today is in RTC memory alone."""

    def __init__(self, name, mac, total, today, watts):
        self.name, self.mac, self.watts = name, mac, watts
        self.midnight, self.today = total - today, today  # kWh
        self.truth, self.on, self.at = 0.0, True, time.time()
        self.restart_reason = None

    def run(self):
        now = time.time()
        if self.on:
            self.today += self.watts * (now - self.at) / 3.6e6
            self.truth += self.watts * (now - self.at) / 3.6e6
        self.at = now

    def sensor(self):
        self.run()
        clock = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
        energy = dict(TotalStartTime="2025-01-01T00:00:00", Total=floor(self.midnight + self.today), Yesterday=1.5,
                      Today=floor(self.today), Period=0, Power=self.watts, ApparentPower=self.watts, ReactivePower=0,
                      Factor=1.0, Voltage=230, Current=round(self.watts / 230, 3))
        return json.dumps(dict(Time=clock, ENERGY=energy))

    def cut(self):
        self.run()
        self.on, self.today = False, 0.0

    def reset(self):
        """EnergyTotal 0."""
        self.run()
        self.midnight, self.today = 0.0, 0.0


def floor(kwh):
    return int(kwh * 1000 + 1e-6) / 1000


def offer_raw(client, plug):
    """A sensor on the plug's own Total, as people make it by hand."""
    raw = dict(name=f"raw {plug.name}", unique_id=f"raw_{plug.name}", device_class="energy",
               unit_of_measurement="kWh", state_class="total_increasing",
               state_topic=f"tele/{plug.name}/SENSOR", value_template="{{ value_json.ENERGY.Total }}")
    client.publish(f"homeassistant/sensor/raw_{plug.name}/config", json.dumps(raw), 1, True)


def announce(client, plug):
    """What a plug tells once it is connected."""
    lines = subprocess.run(
        [wattlog, "simulate", "-q", "--devices", "heater", "--from", "2026-01-01T00:00", "--to", "2026-01-01T00:05",
         "--timezone", "UTC"], capture_output=True, text=True, check=True).stdout.splitlines()
    for line in lines:
        _, retained, topic, payload = line.split(" ", 3)
        if retained == "1":
            mac = next(part.split("/")[2] for part in [x.split(" ")[2] for x in lines] if "discovery/" in part)
            for old, new in ((mac, plug.mac), ("heater", plug.name), (mac.lower(), plug.mac.lower())):
                topic, payload = topic.replace(old, new), payload.replace(old, new)
            client.publish(topic, payload, 1, True)


async def flow(session, headers, handler, *answers):
    where = base + "/api/config/config_entries/flow"
    async with session.post(where, json=dict(handler=handler), headers=headers) as r:
        state = await r.json()
    for answer in answers:
        if state.get("type") not in ("form", "menu"):
            break
        async with session.post(f"{where}/{state['flow_id']}", json=answer, headers=headers) as r:
            state = await r.json()
    if state.get("type") != "create_entry":
        sys.exit(f"home-assistant: the integration {handler} was not set up: {state}")


async def wait_for_home_assistant(session):
    for _ in range(600):
        try:
            async with session.get(base + "/api/onboarding") as r:
                if r.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(1)
    sys.exit("home-assistant: it did not come up in ten minutes; see " + str(home / "ha.log"))


async def onboard(session):
    user = dict(client_id=base + "/", name="w", username="w", password="only-on-loopback", language="en")
    async with session.post(base + "/api/onboarding/users", json=user) as r:
        code = (await r.json())["auth_code"]
    data = dict(client_id=base + "/", grant_type="authorization_code", code=code)
    async with session.post(base + "/auth/token", data=data) as r:
        token = await r.json()
    headers = {"Authorization": "Bearer " + token["access_token"]}
    await flow(session, headers, "mqtt", dict(broker="127.0.0.1", port=port))
    await flow(session, headers, "tasmota", {})
    return token["access_token"]


class Commands:
    """Commands of the websocket, and their answers."""

    @classmethod
    async def connect(cls, session, token):
        self = cls()
        self.number = 0
        self.socket = await session.ws_connect(base + "/api/websocket", max_msg_size=0)
        await self.socket.receive_json()
        await self.socket.send_json(dict(type="auth", access_token=token))
        assert (await self.socket.receive_json())["type"] == "auth_ok"
        return self

    async def __call__(self, **message):
        self.number += 1
        await self.socket.send_json(dict(message, id=self.number))
        while True:
            answer = await self.socket.receive_json()
            if answer.get("id") == self.number and answer["type"] == "result":
                if not answer["success"]:
                    sys.exit(f"home-assistant: {message['type']} was refused: {answer['error']}")
                return answer["result"]


async def statistics(call):
    """By statistic, how much the sum grew."""
    ids = [x["statistic_id"] for x in await call(type="recorder/list_statistic_ids") if x.get("has_sum")]
    since = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=3)).isoformat()
    rows = await call(type="recorder/statistics_during_period", start_time=since, statistic_ids=ids, period="5minute",
                      types=["sum", "state"])
    return {key: values[-1]["sum"] for key, values in rows.items() if values}


def wattlog_output(*words):
    return subprocess.run([wattlog, *words, "--timezone", "Europe/London"], capture_output=True, text=True, check=True).stdout


async def there_and_back(call):
    """Three days of hours by `export -f ha-statistics` into Home Assistant, and out of its database, while it runs, by `import`."""
    out, back = str(home / "out"), str(home / "back")
    lines = wattlog_output("simulate", "-q", "--no-state", "--devices", "fridge,heater", "--period", "60s", "--from", "2026-10-24",
                           "--to", "2026-10-27")
    subprocess.run([wattlog, "replay", "-q", "--store", out, "-"], input=lines, text=True, check=True)
    ids = set()
    for line in wattlog_output("export", "-q", "--store", out, "--every", "1h", "-f", "ha-statistics").splitlines():
        message = json.loads(line)
        del message["id"]
        # As versions before 2025.11 want it.
        for key in ("mean_type", "unit_class"): message["metadata"].pop(key, None)
        message["metadata"]["has_mean"] = False
        if message["metadata"]["statistic_id"].endswith("_energy"): ids.add(message["metadata"]["statistic_id"])
        await call(**message)
    for _ in range(60):
        rows = await call(type="recorder/statistics_during_period", start_time="2026-10-23T00:00:00+00:00",
                          statistic_ids=sorted(ids), period="hour", types=["sum"])
        if len(rows) == len(ids) and all(len(hours) == 73 for hours in rows.values()):
            break
        await asyncio.sleep(1)
    entities = [word for key in sorted(ids) for word in ("--entity", f"{key}={key.split(':')[1].removesuffix('_energy')}")]
    wattlog_output("import", "-q", "home-assistant", str(home / "config/home-assistant_v2.db"), "--store", back, *entities)

    def hours(store):
        table = csv.DictReader(wattlog_output("export", "-q", "--store", store, "--every", "1h").splitlines())
        return {(row["device"], row["time_utc"]): float(row["energy_kwh"]) for row in table if row["energy_kwh"]}

    there, here_again = hours(out), hours(back)
    # Of the first hour a sum says nothing: it is what the others are counted from.
    first = min(at for _, at in there)
    differing = [key for key in there if key[1] != first and abs(there[key] - here_again.get(key, -1)) > 1e-9]
    print(f"\n{len(there)} hours of {len(ids)} plugs as statistics into Home Assistant and by import out of its database: "
          f"{len(differing)} differ")
    return not differing and len(there) == 73 * len(ids)


def reported(name):
    run = subprocess.run([wattlog, "report", "range", "--from", "2020-01-01", "--device", name, "-f", "json",
                          "--config", str(home / "wattlog.json")], capture_output=True, text=True)
    return sum(x["kWh"] for p in json.loads(run.stdout)["periods"] for x in p["devices"])


async def speak(client, plugs, seconds):
    end = time.time() + seconds
    while time.time() < end:
        for plug in plugs:
            if plug.on:
                client.publish(f"tele/{plug.name}/SENSOR", plug.sensor())
        await asyncio.sleep(PERIOD)


async def live():
    (home / "config").mkdir(parents=True)
    (home / "mosquitto.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    (home / "wattlog.json").write_text(json.dumps(dict(
        store=str(home / "store"), site=dict(timeZone="Europe/London"), broker=dict(url=f"mqtt://127.0.0.1:{port}"),
        publish=dict(interval="5s"))))
    (home / "config/configuration.yaml").write_text(f"""homeassistant:
  name: Home
  latitude: 51.5
  longitude: 0
  elevation: 10
  unit_system: metric
  time_zone: Europe/London
  currency: GBP
http:
  server_host: 127.0.0.1
  server_port: {web}
recorder:
  commit_interval: 1
api:
websocket_api:
config:
onboarding:
energy:
logger:
  default: warning
""")
    start_broker()
    start_home_assistant()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="plugs")
    client.connect_async("127.0.0.1", port)
    client.reconnect_delay_set(1, 2)
    client.loop_start()
    plugs = [
        Plug("heater", "8CAAB5000001", 1551.706, 0.706, 2000), Plug("infant", "8CAAB5000002", 6.5, 0.706, 2000),
        Plug("pump", "8CAAB5000003", 88.25, 0.4, 1500), Plug("lamp", "8CAAB5000004", 320.5, 0.3, 1800),
        Plug("fan", "8CAAB5000005", 12.5, 0.2, 1600),
    ]
    heater, infant, pump, lamp, fan = plugs
    async with aiohttp.ClientSession() as session:
        await wait_for_home_assistant(session)
        token = await onboard(session)
        say("Home Assistant is up")
        start_recorder()
        await asyncio.sleep(3)
        for plug in plugs:
            announce(client, plug)
            offer_raw(client, plug)
        await asyncio.sleep(15)
        for plug in plugs:
            plug.run()
            plug.truth = 0.0
        await speak(client, plugs, 60)

        say("heater and infant lose power; the pump is reset; another plug takes the lamp's place")
        for plug in (heater, infant):
            client.publish(f"tele/{plug.name}/SENSOR", plug.sensor())
            plug.cut()
            client.publish(f"tele/{plug.name}/LWT", "Offline", 1, True)
        client.publish("tele/pump/SENSOR", pump.sensor())
        pump.reset()
        client.publish("stat/pump/RESULT", json.dumps(dict(EnergyTotal=dict(Total=0, Yesterday=1.5, Today=0))))
        client.publish("tele/lamp/SENSOR", lamp.sensor())
        lamp.run()
        used = lamp.truth
        lamp = Plug("lamp", "8CAAB5000014", 41.75, 0.1, 1800)
        client.publish("tasmota/discovery/8CAAB5000004/config", "", 1, True)
        client.publish("tele/lamp/LWT", "Offline", 1, True)
        client.publish("tele/lamp/LWT", "Online", 1, True)
        client.publish("tele/lamp/INFO3", json.dumps(dict(Info3=dict(RestartReason="Power On"))))
        announce(client, lamp)
        lamp.run()
        lamp.truth = used
        plugs = [heater, infant, pump, lamp, fan]
        await speak(client, plugs, 30)
        for plug in (heater, infant):
            plug.run()
            plug.on = True
            client.publish(f"tele/{plug.name}/LWT", "Online", 1, True)
            client.publish(f"tele/{plug.name}/INFO3", json.dumps(dict(Info3=dict(RestartReason="Power On"))))
        await speak(client, plugs, 40)

        say("the fan measured twice too much: a correction")
        subprocess.run([wattlog, "device", "scale", "fan", "0.5", "--from", "2020-01-01", "--why", "twice too much",
                        "--config", str(home / "wattlog.json")], check=True, stdout=subprocess.DEVNULL)
        await speak(client, plugs, 20)
        say("the recorder is killed and started again")
        stop("recorder", signal.SIGKILL)
        await speak(client, plugs, 10)
        start_recorder()
        await speak(client, plugs, 20)
        say("the broker is killed and started again, and has forgotten everything")
        stop("broker", signal.SIGKILL)
        await asyncio.sleep(3)
        start_broker()
        await asyncio.sleep(5)
        for plug in plugs:
            announce(client, plug)
            offer_raw(client, plug)
        await speak(client, plugs, 20)
        say("Home Assistant is restarted")
        stop("hass")
        start_home_assistant()
        waiting = asyncio.create_task(wait_for_home_assistant(session))
        while not waiting.done():
            await speak(client, plugs, PERIOD)
        await speak(client, plugs, 30)
        for plug in plugs:
            client.publish(f"tele/{plug.name}/SENSOR", plug.sensor())
            plug.watts = 0
        # A row of statistics is written some ten seconds after each five minutes, of what was known at their end.
        rest = 300 - (time.time() + 20) % 300 + 40
        say(f"waiting {rest:.0f} s for the statistics")
        await speak(client, plugs, rest)
        call = await Commands.connect(session, token)
        sums = await statistics(call)
        is_back = await there_and_back(call)
    fan.truth /= 2

    def of(start):
        found = [value for key, value in sums.items() if key.startswith(start)]
        return sum(found) if found else float("nan")

    print(f"\n{'plug':8}{'raw':>10}{'integration':>13}{'corrected':>11}{'truth':>9}{'report':>9}")
    differs = False
    for plug in plugs:
        corrected, report = of(f"sensor.{plug.name}_wattlog_energy"), reported(plug.name)
        differs = differs or not abs(corrected - report) < 0.0005
        print(f"{plug.name:8}{of('sensor.raw_' + plug.name):10.3f}{of(f'sensor.{plug.name}_energy_total'):13.3f}"
              f"{corrected:11.3f}{plug.truth:9.3f}{report:9.3f}")
    if not is_back:
        sys.exit("home-assistant: hours came back otherwise than they went; see " + str(home))
    if differs:
        sys.exit("home-assistant: what Home Assistant counted is not what the report says; see " + str(home))


try:
    shutil.rmtree(home, ignore_errors=True)
    asyncio.run(live())
finally:
    for name in list(processes):
        stop(name)
