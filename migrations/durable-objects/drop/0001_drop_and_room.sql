-- What the object of one drop keeps: its terms, its draw, and who came in when.

-- Its terms, the seed of its draw and how many objects keep its places, as JSON. Written seldom.
CREATE TABLE drops (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  body TEXT NOT NULL
);

-- Where its room is, as JSON: the one row that every turn reads. Apart from the terms, since it is written so often.
CREATE TABLE room (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  body TEXT NOT NULL
);

-- The lots of each object of places, 16 bytes a lot, as it handed them over; and, once drawn, their positions (uint32).
CREATE TABLE lots (
  shard INTEGER PRIMARY KEY,
  lots BLOB NOT NULL,
  positions BLOB
);

-- The lots in the order of the draw, ten thousand a page.
CREATE TABLE pages (
  number INTEGER PRIMARY KEY,
  lots BLOB NOT NULL
);

-- Numbers given to places that came after the opening: `count` of them, from the shard's `from_seq`th on.
CREATE TABLE ranges (
  shard INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  count INTEGER NOT NULL CHECK (count > 0),
  first INTEGER NOT NULL,
  PRIMARY KEY (shard, from_seq)
) WITHOUT ROWID;

-- People called together.
CREATE TABLE calls (
  from_position INTEGER PRIMARY KEY,
  through_position INTEGER NOT NULL,
  at INTEGER NOT NULL, -- ms
  open INTEGER NOT NULL CHECK (open >= 0),
  lapsed INTEGER NOT NULL
);

CREATE INDEX calls_open ON calls (from_position) WHERE lapsed = 0;

-- People who came when their patience was over; `called_at`: they were called again.
CREATE TABLE latecomers (
  position INTEGER PRIMARY KEY,
  asked_at INTEGER NOT NULL,
  called_at INTEGER
);

CREATE TABLE passes (
  position INTEGER PRIMARY KEY,
  place_id TEXT NOT NULL,
  pass_id TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  until INTEGER NOT NULL, -- ms, exclusive
  used INTEGER NOT NULL,
  inside INTEGER NOT NULL
);

CREATE UNIQUE INDEX passes_by_id ON passes (pass_id);

-- Which passes end next, and how many are inside.
CREATE INDEX passes_inside ON passes (until) WHERE inside = 1;

-- Which passes may still want something.
CREATE INDEX passes_hungry ON passes (issued_at) WHERE inside = 1 AND used = 0;
