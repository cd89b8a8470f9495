# Sourced by Scripts/try-container and Scripts/try-addon, which go on in a network of their own: a Mosquitto with a
# password on port 1883, and simulated plugs. Each script says its usage from its own head.

began=$(date +%s)
say() { printf '[%4d s] %s\n' $(($(date +%s) - began)) "$*"; }
fail() { say "WRONG: $*" && exit 1; }

# Runs the script again inside namespaces, with a folder of its own; everything that was started there ends with it.
go_inside() {
  if [ "$(id -u)" -ne 0 ]; then echo "skipped: $name: only root can make a root of its own"; exit 0; fi
  for program in debootstrap unshare chroot ip mosquitto mosquitto_passwd python3; do
    command -v "$program" >/dev/null || { echo "skipped: $name: $program is not installed"; exit 0; }
  done
  if ! unshare --mount --net --pid --fork true 2>/dev/null; then echo "skipped: $name: no namespaces here"; exit 0; fi
  echo "$name: no container engine is used: the image's file system is made by its own lines and runs in namespaces"
  home=$(mktemp -d "${TMPDIR:-/var/tmp}/wattlog-$name.XXXXXX")
  chmod 755 "$home"
  trap 'rm -rf --one-file-system "$home"' EXIT
  Scripts/container/image.py build "$1" "$home/root" >"$home/build.log" 2>&1 || { tail -20 "$home/build.log" >&2; exit 1; }
  say "the file system of the image: $(du -sh "$home/root" | cut -f1)"
  trap 'kill -KILL "$unshared" 2>/dev/null || true; exit 130' INT TERM
  local code=0
  unshare --mount --net --pid --fork --kill-child --propagation private "$0" --inside "$home" "$1" &
  unshared=$!
  wait "$unshared" || code=$?
  say "ended with $code"
  exit $code
}

# A broker and plugs that speak each 10 s; $1 is the binary.
start_household() {
  ip link set lo up
  mount -t proc proc /proc
  (umask 077 && : >"$home/passwd" && printf 'pa ss\n' >"$home/password")
  mosquitto_passwd -b "$home/passwd" plugs 'pa ss'
  printf 'listener 1883 127.0.0.1\nallow_anonymous false\npassword_file %s/passwd\nuser root\n' "$home" >"$home/mosquitto.conf"
  mosquitto -c "$home/mosquitto.conf" >"$home/mosquitto.log" 2>&1 &
  wait_until 20 "a broker" eval '(: >/dev/tcp/127.0.0.1/1883) 2>/dev/null'
  "$1" simulate --broker mqtt://plugs@127.0.0.1 --password-file "$home/password" --devices fridge,kettle --period 10s \
    >"$home/plugs.log" 2>&1 &
}

# Tries a command until it does well: seconds, what for, command.
wait_until() {
  local end=$(($(date +%s) + $1)) what=$2
  shift 2
  until "$@"; do
    if [ "$(date +%s)" -ge "$end" ]; then
      [ ! -e "$home/log" ] || tail -20 "$home/log" >&2
      fail "no $what in time"
    fi
    sleep 0.3
  done
}

# The process of the recorder, as seen from here.
recorder() {
  local process
  for process in /proc/[0-9]*; do
    if [ "$({ tr '\0' ' ' <"$process/cmdline"; } 2>/dev/null)" = 'wattlog record ' ]; then echo "${process#/proc/}" && return; fi
  done
  return 1
}
