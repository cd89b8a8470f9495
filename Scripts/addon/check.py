#!/usr/bin/env python3
"""Checks an add-on's folder: what Home Assistant asks of one, and that its files fit each other. usage: check.py FOLDER

By Home Assistant's documentation for developers, "Add-on configuration" and "Presenting your add-on".
"""
import os
import re
import struct
import sys

folder = sys.argv[1]


def read(name):
    return open(os.path.join(folder, name), encoding="utf-8").read()


def check(holds, words):
    if not holds:
        sys.exit("check.py: " + words)


config = read("config.yaml")
top = dict(re.findall(r"^(\w+):[ ]*(.*)$", config, re.M))
for key in ("name", "version", "slug", "description", "arch"):
    check(key in top, "config.yaml lacks " + key)
check("@" not in config, "config.yaml has a place that was not filled in")
check(re.findall(r"^arch:\n  - (\w+)$", config, re.M)[0] in ("amd64", "aarch64"), "config.yaml names another arch")
check("  - mqtt:need" in config, "config.yaml does not need mqtt")
port = top["ingress_port"]
check("-p %s " % port in read("run"), "run serves another port than config.yaml's ingress_port")
check("A:172.30.32.2" in read("httpd.conf") and "D:*" in read("httpd.conf"), "httpd.conf lets in more than the ingress")
options = re.findall(r"^  (\w+): \S+\?$", config[config.index("\nschema:"):], re.M)
check(len(options) == config[config.index("\nschema:"):].count("\n  "), "an option is not optional, and has no default")
for option in options:
    check(re.search(r"^  %s:$" % option, read("translations/en.yaml"), re.M), "translations/en.yaml lacks " + option)
    check("`%s`" % option in read("DOCS.md"), "DOCS.md lacks " + option)
    check(re.search(r"option %s\b|\.%s\b" % (option, option), read("run")), "run does not read " + option)
for name in re.findall(r"^COPY (.*) \S+$", read("Dockerfile"), re.M):
    for part in name.split():
        check(os.path.exists(os.path.join(folder, part)), "the Dockerfile copies %s, which is not there" % part)
icon = open(os.path.join(folder, "icon.png"), "rb").read(24)
check(icon[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", icon[16:24]) == (128, 128), "icon.png is no PNG of 128 by 128")
