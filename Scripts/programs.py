"""From here on programs are found where Scripts/programs says, PATH first."""
import os

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")) as _table:
    for _words in map(str.split, _table):
        if _words[:1] == ["folder"] and _words[1] not in os.environ["PATH"].split(":"):
            os.environ["PATH"] += ":" + _words[1]
