#!/usr/bin/env python3
"""Builds a Containerfile's file system and runs it without a container engine: debootstrap, chroot and namespaces.

usage: image.py build FOLDER ROOT          ROOT becomes the file system, ROOT.json what is to be run in it
       image.py run ROOT [-v DIR:PATH]… [-e NAME=VALUE]… [--read-only] [--cap-drop] [--health | --exec] [-- WORD…]

Understands what the Containerfiles here use; anything else is refused. With run, words replace CMD (behind --exec the
entry point too), --health runs the health check, whose end is this program's. /proc is the container's own; the network
is the caller's. WATTLOG_MIRROR names another mirror than http://deb.debian.org/debian; WATTLOG_BASE a folder with roots that
debootstrap made before, bookworm or trixie, which are copied.
"""
import json
import os
import re
import shlex
import subprocess
import sys

MIRROR = os.environ.get("WATTLOG_MIRROR", "http://deb.debian.org/debian")
BASE = os.environ.get("WATTLOG_BASE")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def instructions(path):
    """Pairs of an instruction and its text, lines joined, comments left out."""
    text = "".join(line for line in open(path) if not line.lstrip().startswith("#"))
    for line in re.sub(r"\\\n", " ", text).splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word.upper(), rest.strip()


def words(text):
    return json.loads(text) if text.startswith("[") else ["/bin/sh", "-c", text]


def inside(root, environment, command, cwd="/"):
    pairs = ["%s=%s" % pair for pair in environment.items()]
    subprocess.run(["chroot", root, "env", "-i", "-C", cwd, *pairs, *command], check=True, stdout=sys.stderr)


def build(folder, root):
    found = [name for name in ("Containerfile", "Dockerfile") if os.path.exists(os.path.join(folder, name))]
    image = {"env": {"PATH": PATH}, "user": "root", "cwd": "/", "entrypoint": [], "cmd": [], "health": None, "volumes": []}
    for word, rest in instructions(os.path.join(folder, found[0])):
        if word == "FROM":
            suite = re.fullmatch(r"debian:(\w+)-slim", rest).group(1)
            if BASE:
                subprocess.run(["cp", "-a", os.path.join(BASE, suite), root], check=True)
            else:
                subprocess.run(["debootstrap", "--variant=minbase", suite, root, MIRROR], check=True, stdout=sys.stderr)
            resolver = os.path.join(root, "etc/resolv.conf")
            open(resolver, "w").write(open("/etc/resolv.conf").read())
        elif word == "RUN":
            inside(root, {**image["env"], "DEBIAN_FRONTEND": "noninteractive"}, ["/bin/sh", "-c", rest], image["cwd"])
        elif word == "COPY":
            *sources, target = rest.split()
            for source in sources:
                place = root + target + (os.path.basename(source) if target.endswith("/") else "")
                os.makedirs(os.path.dirname(place), exist_ok=True)
                subprocess.run(["cp", "-p", "--no-preserve=ownership", os.path.join(folder, source), place], check=True)
        elif word == "ENV":
            image["env"].update(part.split("=", 1) for part in shlex.split(rest))
        elif word == "USER":
            image["user"] = rest
        elif word == "WORKDIR":
            image["cwd"] = rest
            os.makedirs(root + rest, exist_ok=True)
        elif word == "VOLUME":
            image["volumes"].append(rest)
        elif word == "HEALTHCHECK":
            image["health"] = words(re.sub(r"^(--\S+\s+)*CMD\s+", "", rest))
        elif word == "ENTRYPOINT":
            image["entrypoint"] = words(rest)
        elif word == "CMD":
            image["cmd"] = words(rest)
        else:
            sys.exit("image.py: %s is not understood" % word)
    json.dump(image, open(root + ".json", "w"), indent=1)


def run(root, options):
    image = json.load(open(root + ".json"))
    binds, environment, flags, command = [], dict(image["env"]), set(), None
    while options:
        word = options.pop(0)
        if word == "-v":
            binds.append(options.pop(0).split(":", 1))
        elif word == "-e":
            name, value = options.pop(0).split("=", 1)
            environment[name] = value
        elif word == "--":
            command, options = options, []
        else:
            flags.add(word)
    if "--health" in flags:
        command = image["health"]
    elif "--exec" not in flags:
        command = image["entrypoint"] + (image["cmd"] if command is None else command)
    script = ["set -e", "mount --bind %s %s" % (shlex.quote(root), shlex.quote(root))]
    for source, target in binds:
        os.makedirs(root + target, exist_ok=True)
        script.append("mount --bind %s %s" % (shlex.quote(source), shlex.quote(root + target)))
    if "--read-only" in flags:
        script.append("mount -o remount,bind,ro %s" % shlex.quote(root))
    script.append("mount -t proc proc %s" % shlex.quote(root + "/proc"))
    identity = []
    if image["user"] != "root":
        identity += ["--reuid=" + image["user"], "--regid=" + image["user"], "--init-groups"]
    if "--cap-drop" in flags:
        identity += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
    pairs = ["%s=%s" % pair for pair in environment.items()]
    start = ["chroot", root, *(["setpriv", *identity] if identity else []), "env", "-i", "-C", image["cwd"], *pairs, *command]
    script.append("exec " + " ".join(shlex.quote(word) for word in start))
    os.execvp("unshare", ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "sh", "-c", "\n".join(script)])


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "build":
        build(*sys.argv[2:])
    elif len(sys.argv) > 2 and sys.argv[1] == "run":
        run(sys.argv[2], sys.argv[3:])
    else:
        sys.exit(__doc__)
