#!/usr/bin/env python3
"""Draws icon.png, 128 by 128: a bolt on a rounded square. usage: icon.py > icon.png"""
import struct
import sys
import zlib

SIZE, FINE = 128, 4
BLUE, YELLOW = (36, 66, 110), (255, 206, 64)
RADIUS = 26
BOLT = [(74, 14), (30, 72), (60, 72), (52, 114), (98, 52), (68, 52)]


def in_square(x, y):
    dx = max(RADIUS - x, 0, x - (SIZE - RADIUS))
    dy = max(RADIUS - y, 0, y - (SIZE - RADIUS))
    return dx * dx + dy * dy <= RADIUS * RADIUS


def in_bolt(x, y):
    inside = False
    for (ax, ay), (bx, by) in zip(BOLT, BOLT[1:] + BOLT[:1]):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside


def pixel(column, row):
    red = green = blue = alpha = 0
    for part in range(FINE * FINE):
        x, y = column + (part % FINE + 0.5) / FINE, row + (part // FINE + 0.5) / FINE
        if in_square(x, y):
            colour = YELLOW if in_bolt(x, y) else BLUE
            red, green, blue, alpha = red + colour[0], green + colour[1], blue + colour[2], alpha + 1
    share = alpha or 1
    return bytes([red // share, green // share, blue // share, 255 * alpha // (FINE * FINE)])


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


rows = b"".join(b"\0" + b"".join(pixel(column, row) for column in range(SIZE)) for row in range(SIZE))
header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
sys.stdout.buffer.write(
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))
