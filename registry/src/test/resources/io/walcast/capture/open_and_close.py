"""A program that opens, writes once and closes, again and again.

Arguments: database, number of times, times a second.
"""
import sqlite3
import sys
import time

path, times, rate = sys.argv[1:]
start = time.monotonic()
for i in range(int(times)):
    db = sqlite3.connect(path, timeout=30, isolation_level=None)
    db.execute("INSERT INTO t(b) VALUES (randomblob(1300))")
    db.close()
    time.sleep(max(0.0, start + (i + 1) / float(rate) - time.monotonic()))
