"""Answers each line of SQL with the first value of its first row, in one line."""
import sqlite3
import sys

connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10)
connection.execute("PRAGMA mmap_size=268435456")
for line in sys.stdin:
    row = connection.execute(line).fetchone()
    print("" if row is None else row[0], flush=True)
connection.close()
