-- What is past its threshold now. `began_at` is null while it has not lasted long enough for anybody to be told.
CREATE TABLE alerts (
  rule TEXT NOT NULL,
  subject TEXT NOT NULL,
  value REAL NOT NULL,
  most REAL NOT NULL,
  found_at INTEGER NOT NULL,
  began_at INTEGER,
  PRIMARY KEY (rule, subject)
) WITHOUT ROWID;

-- How many attempts of each type had ended at an instant, as JSON: what later looks compare with.
CREATE TABLE samples (
  at INTEGER PRIMARY KEY,
  ended TEXT NOT NULL
);

-- Notices that somebody has still to be told; `notice` is JSON. A row goes when it is told, or a day old.
CREATE TABLE letters (
  notice_id TEXT NOT NULL,
  receiver TEXT NOT NULL,
  notice TEXT NOT NULL,
  handed_until INTEGER NOT NULL,
  PRIMARY KEY (notice_id, receiver)
) WITHOUT ROWID;

-- One row: when the last look that was judged was taken.
CREATE TABLE looks (
  id INTEGER PRIMARY KEY CHECK (id = 0),
  looked_at INTEGER NOT NULL
);
