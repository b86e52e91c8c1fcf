-- One shard of a store's epochs: how far it has counted, and which tags changed when.

CREATE TABLE head (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  line     TEXT NOT NULL,    -- names this count; another line is another count
  version  INTEGER NOT NULL, -- changes counted
  floor    INTEGER NOT NULL, -- copies of before this cannot be compared any more
  position TEXT NOT NULL     -- how far the primary's log had come with the last change
);

CREATE TABLE tags (
  tag        TEXT PRIMARY KEY,
  version    INTEGER NOT NULL,
  changed_at INTEGER NOT NULL -- ms, by this object's clock
) WITHOUT ROWID;
-- for: what changed since a version, and what changed longest ago
CREATE UNIQUE INDEX tags_by_version ON tags (version);
