-- Some of the places of one drop's waiting room. Keys are text, hence WITHOUT ROWID: a join writes one row of its own.

CREATE TABLE places (
  visitor_id TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  joined_at INTEGER NOT NULL, -- ms
  kind TEXT NOT NULL CHECK (kind IN ('claiming', 'draw', 'line')),
  seq INTEGER NOT NULL, -- its number among those of its kind here
  email_digest TEXT
) WITHOUT ROWID;

-- How far things are, as JSON; shared by all joins of a turn.
CREATE TABLE state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  body TEXT NOT NULL
);

-- The positions of the places in the draw, by seq (uint32): one row for all of them.
CREATE TABLE drawn (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  positions BLOB NOT NULL
);

-- The numbers of the places in line: `count` of them, from `from_seq` on.
CREATE TABLE ranges (
  from_seq INTEGER PRIMARY KEY,
  count INTEGER NOT NULL CHECK (count > 0),
  first INTEGER NOT NULL
);

-- New places by network address (a digest).
CREATE TABLE addresses (
  address TEXT PRIMARY KEY,
  places INTEGER NOT NULL
) WITHOUT ROWID;

-- To which place an e-mail address (a digest) belongs, for the whole room: each address has one judge.
CREATE TABLE emails (
  digest TEXT PRIMARY KEY,
  place_id TEXT NOT NULL
) WITHOUT ROWID;
