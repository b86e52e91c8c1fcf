-- What the owner of one SKU's stock keeps. Keys are text, hence WITHOUT ROWID: one row written where it would be two.

-- The one row that each turn reads, and that each turn which changes a number writes once. The database itself refuses
-- numbers that do not add up.
CREATE TABLE account (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  initial INTEGER NOT NULL,
  adjusted INTEGER NOT NULL,
  free INTEGER NOT NULL CHECK (free >= 0),
  held INTEGER NOT NULL CHECK (held >= 0),
  sold INTEGER NOT NULL CHECK (sold >= 0),
  version INTEGER NOT NULL,
  -- The outbox of this object has one row, and it is in this one: what changes a number also makes a report due.
  report_due_at INTEGER,
  report_sent_at INTEGER NOT NULL,
  report_attempts INTEGER NOT NULL,
  CHECK (free + held + sold = initial + adjusted)
);

-- The terms on which the SKU is sold, as JSON. Apart from the account, which is written so much more often.
CREATE TABLE offer (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  body TEXT NOT NULL
);

-- Kept after they have ended: an id that is over must never come back to life.
CREATE TABLE holds (
  id TEXT PRIMARY KEY,
  visitor_id TEXT NOT NULL,
  units INTEGER NOT NULL CHECK (units > 0),
  expires_at INTEGER NOT NULL, -- ms, exclusive
  state TEXT NOT NULL CHECK (state IN ('held', 'claimed', 'sold', 'released', 'expired')),
  order_id TEXT,
  units_taken_back INTEGER NOT NULL CHECK (units_taken_back BETWEEN 0 AND units)
) WITHOUT ROWID;

-- Which holds end next.
CREATE INDEX holds_by_end ON holds (expires_at) WHERE state IN ('held', 'claimed');

-- What a visitor has taken: few rows each, since the limit per visitor counts units.
CREATE INDEX holds_by_visitor ON holds (visitor_id) WHERE state IN ('held', 'claimed', 'sold');

CREATE TABLE take_backs (
  id TEXT PRIMARY KEY,
  hold_id TEXT NOT NULL,
  units INTEGER NOT NULL CHECK (units > 0)
) WITHOUT ROWID;

CREATE TABLE adjustments (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('initial', 'adjustment')),
  delta INTEGER NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL -- ms
) WITHOUT ROWID;
