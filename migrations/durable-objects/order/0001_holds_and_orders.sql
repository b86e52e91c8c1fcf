-- What an order book keeps. Keys are text, hence WITHOUT ROWID: one row written where it would be two. Columns are what
-- rows are found by; the rest is one JSON text, because it is always read and written whole.

-- Baskets' holds. Ended ones stay: whoever knows a hold's id may ask what became of it.
CREATE TABLE holds (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('reserving', 'held', 'ordered', 'sold', 'released', 'expired')),
  expires_at INTEGER NOT NULL, -- ms, exclusive; of one that is reserving, the end of patience with it
  body TEXT NOT NULL
) WITHOUT ROWID;

-- Which holds end next.
CREATE INDEX holds_by_end ON holds (expires_at) WHERE state IN ('reserving', 'held');

CREATE TABLE orders (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  recorded_version INTEGER NOT NULL,
  body TEXT NOT NULL
) WITHOUT ROWID;

-- Which orders Postgres has not been told of.
CREATE INDEX orders_unrecorded ON orders (id) WHERE version > recorded_version;

-- What must still happen elsewhere. A row goes away when it has happened.
CREATE TABLE outbox (
  id TEXT PRIMARY KEY,
  due_at INTEGER NOT NULL, -- ms: when somebody is told (again)
  body TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX outbox_by_due ON outbox (due_at);

-- What requests were answered, for 24 hours.
CREATE TABLE answers (
  key TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  request_id TEXT NOT NULL,
  body TEXT, -- null: being made
  hold_id TEXT,
  at INTEGER NOT NULL -- ms
) WITHOUT ROWID;

CREATE INDEX answers_by_age ON answers (at);
