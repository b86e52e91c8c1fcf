-- What a POST was told, for 24 hours. `status` is null while the request is in flight.
CREATE TABLE answers (
  key TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  attempt TEXT NOT NULL,
  lease_until INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  status INTEGER,
  headers TEXT,
  body BLOB
) WITHOUT ROWID;

CREATE INDEX answers_by_age ON answers (created_at);
