-- A batch may open with its drop, wherever that is moved; then `opens_at` says nothing.
ALTER TABLE batches ADD COLUMN opens_with_drop INTEGER NOT NULL DEFAULT 0;
