#!/usr/bin/env python3
"""Answers as Home Assistant's Supervisor does: files of a folder, to whom shows the token. usage: supervisor.py FOLDER"""
import http.server
import os
import sys


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = os.path.join(sys.argv[1], os.path.normpath(self.path).lstrip("/"))
        if self.headers.get("Authorization") != "Bearer token":
            code, body = 401, b"{}"
        elif os.path.isfile(path):
            code, body = 200, open(path, "rb").read()
        else:
            code, body = 400, b'{"result": "error", "message": "Service is not enabled"}'
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


http.server.HTTPServer(("127.0.0.1", 80), Answer).serve_forever()
