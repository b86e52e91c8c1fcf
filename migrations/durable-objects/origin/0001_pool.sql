-- One pool of an existing shop's origins: what all isolates should know of it. What this is made of is only counted in memory.

CREATE TABLE pool (
  id           INTEGER PRIMARY KEY CHECK (id = 1),
  version      INTEGER NOT NULL, -- of the rule file
  settings     TEXT NOT NULL,    -- the pool in that file, as JSON
  told_at      INTEGER NOT NULL, -- ms; about when an isolate last told something
  canary       TEXT NOT NULL,    -- 'goes on', or why it was withdrawn
  withdrawn_at INTEGER           -- ms
);

CREATE TABLE origins (
  name        TEXT PRIMARY KEY,
  verdict     TEXT NOT NULL CHECK (verdict IN ('unknown', 'well', 'ill')), -- by the pool's own questions
  rests_until INTEGER NOT NULL, -- ms; did worse than the others
  rests       INTEGER NOT NULL
) WITHOUT ROWID;
