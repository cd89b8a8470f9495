#!/usr/bin/env bash
# Runs command lines as they are pasted, in a household of their own: the machine's files under an overlay, a network with
# nothing but a Mosquitto that answers to homeassistant.local, plugs that speak, a store of some months.
#
# usage: run.sh WATTLOG LINES OUT      inside namespaces, as DocumentedCommandTests starts it
#
# LINES holds a line each: LANE<TAB>SECONDS<TAB>COMMAND. Lanes run side by side, the lines of one after the other. After
# SECONDS (0: ten minutes at most) a command is interrupted, as by Ctrl-C. OUT/N.out, .err and .exit tell of line N.
set -euo pipefail
wattlog=$1 lines=$2 out=$3
ip link set lo up
mkdir -p "$out/layers"
mount -t tmpfs tmpfs "$out/layers"
mkdir "$out/layers/upper" "$out/layers/work" "$out/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$out/layers/upper,workdir=$out/layers/work" "$out/root"
root=$out/root
# What a mount covers is not in the overlay.
mkdir -p "$root$(dirname "$wattlog")" "$root/usr/local/bin"
cp "$wattlog" "$root/usr/local/bin/wattlog"

inside() { # ROOT COMMAND…
  local root=$1
  shift
  unshare --mount --propagation private bash -c '
    mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" &&
    exec chroot "$0" env -i -C /home/anna HOME=/home/anna USER=anna TZ=Europe/London LC_ALL=C.UTF-8 COLUMNS=100 \
      SWIFT_BACKTRACE=enable=no PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin "$@"' "$root" "$@"
}

# The house.
rm -rf "$root/home/anna" "$root/etc/wattlog" "$root/var/lib/wattlog"
mkdir -p "$root/home/anna/.config/wattlog" "$root/home/anna/.config/fish/completions" "$root/etc/wattlog" "$root/backup" \
  "$root/mnt/usb" "$root/etc/bash_completion.d" "$root/usr/local/share/man/man1" "$root/var/lib/node_exporter" \
  "$root/var/www/html" "$root/var/lib/wattlog"
echo '127.0.0.1 localhost homeassistant.local' >"$root/etc/hosts"
# Where the clocks hang is what setup looks at.
ln -sfn /usr/share/zoneinfo/Europe/London "$root/etc/localtime"
echo Europe/London >"$root/etc/timezone"
# One user is enough here, and nobody reads mail.
printf '#!/bin/sh\nexec "$@"\n' >"$root/usr/local/bin/sudo"
printf '#!/bin/sh\ncat >/dev/null\n' >"$root/usr/local/bin/mail"
chmod 755 "$root/usr/local/bin/sudo" "$root/usr/local/bin/mail"
# Not the machine's own, which may be another one's link.
mkdir -p "$root/tmp" && chmod 1777 "$root/tmp"

cat >"$out/prepare" <<'END'
set -euo pipefail
cat >.config/wattlog/wattlog.json <<'CONFIG'
{
  site: { timeZone: "Europe/London", currency: "GBP", tariff: "tariff.json", billingDay: 14 },
  broker: { url: "mqtt://homeassistant.local:1883", user: "wattlog", passwordFile: "password" },
  devices: [ { match: "kettle", name: "kitchen kettle", group: "kitchen" } ],
}
CONFIG
cat >.config/wattlog/tariff.json <<'TARIFF'
{ name: "home", currency: "GBP", vat: "5%", periods: [ { from: "2020-01-01", standingCharge: 0.5724,
  rates: [ { name: "night", price: 0.0905, hours: "00:30-05:30" }, { name: "day", price: 0.2333 } ] } ] }
TARIFF
cp .config/wattlog/tariff.json tariff.json
cp .config/wattlog/tariff.json home.json
sed 's/"home"/"agile"/; s/0.2333/0.2111/' home.json >agile.json
(umask 077; echo secret | tee secret >.config/wattlog/password; cp secret /etc/wattlog/password)
sed 's/"password"/"\/etc\/wattlog\/password"/' .config/wattlog/wattlog.json >/etc/wattlog/wattlog.json
cp tariff.json /etc/wattlog/tariff.json
plugs() { wattlog simulate --seed 7 "$@"; }
{
  plugs --devices fridge,tv --period 5m --from 2026-04-08T22:00:00 --to 2026-04-10T03:00:00
  plugs --devices fridge --period 5m --from 2026-04-30T00:00:00 --to 2026-05-01T14:20:00
  plugs --devices fridge --seed 8 --period 5m --from 2026-05-01T14:40:00 --to 2026-05-03T00:00:00 |
    sed 's/\(tele\|stat\|discovery\)\/fridge/\1\/plug-7/; s/"t":"fridge"/"t":"plug-7"/; s/8CAAB5/8CAAB6/g'
  plugs --devices fridge,freezer,kettle,tv,washer,dishwasher --period 15m --from 2026-09-30T22:00:00 --to 2026-11-02T00:00:00 \
    --faults power-cut,reset
  # The last weeks are without faults, so that no line's end changes with the hour; before them the freezer is away.
  plugs --devices fridge,freezer,kettle,tv,washer,dishwasher --period 15m --from "$(date -d '62 days ago' +%F)T00:00:00" \
    --to "$(date -u +%FT%TZ)" |
    awk -v from="$(date -d '45 days ago 09:00' +%s)" -v to="$(date -d '44 days ago 21:00' +%s)" \
      '!(/freezer/ && $1 + 0 >= from && $1 + 0 < to)'
} | sort -n -s -k1,1 | wattlog replay -q -
for factor in 1.01 1.02 1.03; do wattlog device scale -q dishwasher "$factor" --from 2026-10-01 --to 2026-10-02 >/dev/null; done
plugs --devices fridge --period 1m --from 2026-11-02T00:00:00 --to 2026-11-02T04:00:00 >monday.log
plugs --devices fridge --period 1m --from 2026-11-03T00:00:00 --to 2026-11-03T04:00:00 >tuesday.log
if command -v zstd >/dev/null; then zstd -q monday.log -o spring.log.zst; fi
wattlog backup -q /backup/wattlog
cp -a /backup/wattlog/. /var/lib/wattlog/
{
  echo 'start;Preis (ct/kWh)'
  for hour in 00 01 02 03 04 05; do echo "2026-11-01T$hour:00:00+01:00;2$hour"; done
} >prices.csv
printf 'Date,Meter (kWh)\n2026-03-01,12000.5\n2026-04-01,12310.0\n' >meter.csv
python3 - <<'HISTORY'
import sqlite3
db = sqlite3.connect("home-assistant_v2.db")
db.execute("create table statistics_meta(id integer primary key, statistic_id, source, unit_of_measurement, has_mean, has_sum, name)")
db.execute("create table statistics(id integer primary key, metadata_id, start_ts float, mean float, state float, sum float)")
db.execute("insert into statistics_meta values(1, 'sensor.fridge_energy', 'recorder', 'kWh', 0, 1, null)")
for hour in range(240):
    db.execute("insert into statistics values(null, 1, ?, null, ?, ?)", (1772323200 + hour * 3600, 5 + hour * 0.03, hour * 0.03))
db.commit()
HISTORY
END
cp "$out/prepare" "$root/home/anna/.prepare"
if ! inside "$root" bash .prepare >"$out/prepare.log" 2>&1; then cat "$out/prepare.log" >&2; exit 1; fi

# The broker, and plugs that go on.
mosquitto_passwd -b -c "$out/passwd" wattlog secret
mosquitto_passwd -b "$out/passwd" user secret
printf 'listener 1883 127.0.0.1\nallow_anonymous true\npassword_file %s\npersistence false\n' "$out/passwd" >"$out/mosquitto.conf"
[ "$(id -u)" -ne 0 ] || echo 'user root' >>"$out/mosquitto.conf"
mosquitto -c "$out/mosquitto.conf" >"$out/mosquitto.log" 2>&1 &
for _ in $(seq 200); do
  if (: >/dev/tcp/127.0.0.1/1883) 2>/dev/null; then break; fi
  sleep 0.1
done
inside "$root" wattlog simulate --broker mqtt://localhost --devices fridge,freezer,kettle,tv --period 10s >"$out/plugs.log" 2>&1 &

# One line in an overlay of its own, so that none finds what another did.
one() { # NUMBER SECONDS COMMAND
  local mine=$out/layers/$1 code=0
  mkdir -p "$mine/upper" "$mine/work" "$mine/root"
  printf '%s\n' "$3" >"$mine/line"
  unshare --mount --propagation private bash -c '
    mount -t overlay overlay -o "lowerdir=$0,upperdir=$1/upper,workdir=$1/work" "$1/root" || exit 99
    mount --rbind /dev "$1/root/dev" && mount -t proc proc "$1/root/proc" || exit 99
    cp "$1/line" "$1/root/home/anna/.line"
    if [ "$2" = 0 ]; then limit="--signal=KILL 600"; else limit="--preserve-status --signal=INT --kill-after=60 $2"; fi
    exec timeout $limit chroot "$1/root" env -i -C /home/anna HOME=/home/anna USER=anna TZ=Europe/London LC_ALL=C.UTF-8 \
      COLUMNS=100 SWIFT_BACKTRACE=enable=no PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin \
      bash -c "exec bash -o pipefail .line"' "$root" "$mine" "$2" </dev/null >"$out/$1.out" 2>"$out/$1.err" || code=$?
  echo "$code" >"$out/$1.exit"
  rm -rf "$mine"
}
number=0
declare -A lanes=()
while IFS=$'\t' read -r lane seconds command; do
  number=$((number + 1))
  lanes[$lane]=1
  printf '%s\t%s\t%s\n' "$number" "$seconds" "$command" >>"$out/lane.$lane"
done <"$lines"
workers=()
for lane in "${!lanes[@]}"; do
  while IFS=$'\t' read -r number seconds command; do one "$number" "$seconds" "$command"; done <"$out/lane.$lane" &
  workers+=($!)
done
wait "${workers[@]}"
