-- A shard of a store's jobs. What is looked for has a column and an index; the rest of a job is two texts of JSON, one that
-- never changes and one that does. domain/job/job.ts says what each field means.

CREATE TABLE jobs (
  id TEXT PRIMARY KEY, -- sorts by birth
  type TEXT NOT NULL,
  lane TEXT NOT NULL,
  state TEXT NOT NULL,
  stand TEXT NOT NULL,
  line INTEGER NOT NULL,
  due_at INTEGER,
  queued_at INTEGER,
  ended_at INTEGER,
  created_at INTEGER NOT NULL,
  concurrency_key TEXT,
  idempotency_key TEXT,
  batch_id TEXT,
  payload TEXT NOT NULL,
  result TEXT,
  terms TEXT NOT NULL, -- JSON: what was asked for
  life TEXT NOT NULL   -- JSON: how far it is
); -- with row ids: a row of more than a kilobyte would spill over otherwise, and each index would repeat the whole id

-- What happens by itself, to living jobs and to ended ones: the latter are many, and never keep the former waiting.
CREATE INDEX jobs_by_due ON jobs (due_at) WHERE due_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX jobs_by_clearing ON jobs (due_at) WHERE ended_at IS NOT NULL;
-- The lines: of a lane, of a key, of a type with a rate.
CREATE INDEX jobs_ready ON jobs (lane, line) WHERE stand = 'ready';
CREATE INDEX jobs_told ON jobs (lane, line) WHERE stand = 'told';
CREATE INDEX jobs_behind_keys ON jobs (concurrency_key, line) WHERE stand = 'held';
CREATE INDEX jobs_behind_rates ON jobs (type, line) WHERE stand = 'paced';
-- Lists, newest first.
CREATE INDEX jobs_by_state ON jobs (state, id);
CREATE INDEX jobs_by_type ON jobs (type, id);
CREATE INDEX jobs_by_batch ON jobs (batch_id, id) WHERE batch_id IS NOT NULL;
CREATE UNIQUE INDEX jobs_by_idempotency_key ON jobs (idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE tags (
  tag TEXT NOT NULL,
  job_id TEXT NOT NULL,
  PRIMARY KEY (tag, job_id)
) WITHOUT ROWID;

-- How many jobs of a key count against it.
CREATE TABLE keys (
  concurrency_key TEXT PRIMARY KEY,
  taken INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE rates (
  type TEXT PRIMARY KEY,
  per_second REAL NOT NULL,
  burst REAL NOT NULL,
  tokens REAL NOT NULL, -- as of `since`
  since INTEGER NOT NULL,
  let_out INTEGER NOT NULL, -- let out of the line, and not begun
  due_at INTEGER
) WITHOUT ROWID;

CREATE INDEX rates_by_due ON rates (due_at) WHERE due_at IS NOT NULL;

-- What a job waits for; `ask_at` where the ancestor lives in another object that has to be asked to tell.
CREATE TABLE needs (
  descendant_id TEXT NOT NULL,
  place INTEGER NOT NULL,
  ancestor_id TEXT NOT NULL,
  state TEXT,  -- null: it has not ended, as far as is known here
  result TEXT, -- only where it is taken as input
  ask_at INTEGER,
  asks INTEGER NOT NULL,
  PRIMARY KEY (descendant_id, place)
) WITHOUT ROWID;

CREATE INDEX needs_to_ask ON needs (ask_at) WHERE ask_at IS NOT NULL;

-- Who is to be told of a job's end, and which ends are to be told.
CREATE TABLE watchers (
  ancestor_id TEXT NOT NULL,
  is_elsewhere INTEGER NOT NULL,
  descendant_id TEXT NOT NULL,
  PRIMARY KEY (ancestor_id, is_elsewhere, descendant_id)
) WITHOUT ROWID;

CREATE TABLE endings (
  ancestor_id TEXT PRIMARY KEY,
  due_at INTEGER NOT NULL,
  sends INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX endings_by_due ON endings (due_at);

-- The counts, in one row: read and written with each turn.
CREATE TABLE tallies (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  counts TEXT NOT NULL
);
