"""An application in Python: commits to a table of its own until standard input ends.

Arguments: database, seed, synchronous, wal_autocheckpoint, table.
"""
import random
import sqlite3
import sys
import threading

path, seed, synchronous, autocheckpoint, table = sys.argv[1:]
dice = random.Random(int(seed))
stop = threading.Event()


def watch():
    sys.stdin.read()
    stop.set()


threading.Thread(target=watch, daemon=True).start()
db = sqlite3.connect(path, timeout=30, isolation_level=None)
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA synchronous=" + synchronous)
db.execute("PRAGMA wal_autocheckpoint=" + autocheckpoint)
db.execute("PRAGMA cache_size=10")
db.execute(f"CREATE TABLE IF NOT EXISTS {table}(id INTEGER PRIMARY KEY, b BLOB)")
commits = 0
while not stop.is_set():
    what = dice.randrange(40)
    if what == 0:
        # Answers that it was busy when a reader is in its way.
        db.execute("PRAGMA wal_checkpoint(%s)" % dice.choice(["RESTART", "TRUNCATE"])).fetchall()
        continue
    db.execute("BEGIN IMMEDIATE")
    for _ in range(dice.randrange(1, 6)):
        db.execute(
            f"INSERT OR REPLACE INTO {table} VALUES (?, ?)",
            (dice.randrange(200), dice.randbytes(dice.randrange(6000))),
        )
    if what < 4:
        db.execute(f"DELETE FROM {table} WHERE id % 3 = ?", (dice.randrange(3),))
    if what < 8:
        db.execute("ROLLBACK")
        continue
    db.execute("COMMIT")
    commits += 1
    if commits % 10 == 0:
        print(commits, flush=True)
db.close()
print(commits, flush=True)
