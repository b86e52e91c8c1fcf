-- The schedules of a shard, beside its jobs, and their ledger: one row for each slot that was decided.

CREATE TABLE schedules (
  id TEXT PRIMARY KEY, -- sorts by birth
  once_key TEXT NOT NULL, -- repeating it is repeating the schedule
  drop_id TEXT, -- as its timing names it; null: it is relative to none
  is_paused INTEGER NOT NULL,
  due_at INTEGER, -- when the alarm is to look at it; null: nothing is planned
  terms TEXT NOT NULL, -- JSON: what was asked for
  life TEXT NOT NULL   -- JSON: how far it is (domain/schedule/schedule.ts)
);

CREATE UNIQUE INDEX schedules_by_once_key ON schedules (once_key);
CREATE INDEX schedules_by_due ON schedules (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX schedules_by_drop ON schedules (drop_id) WHERE drop_id IS NOT NULL;

CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  schedule_id TEXT NOT NULL,
  slot TEXT NOT NULL, -- 'at <planned instant>', or 'by <key>' of a trigger
  nominal_at INTEGER NOT NULL,
  until_at INTEGER,
  fired_at INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  job_id TEXT
);

-- A slot fires once.
CREATE UNIQUE INDEX runs_by_slot ON runs (schedule_id, slot);
CREATE INDEX runs_of_schedules ON runs (schedule_id, nominal_at, id);
CREATE INDEX runs_by_instant ON runs (nominal_at, id);
CREATE INDEX runs_queued ON runs (schedule_id) WHERE outcome = 'queued';

CREATE TABLE schedule_tally (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  counts TEXT NOT NULL -- JSON: totals of outcomes and of lateness
);
