-- What a pass asked for was not there: it may ask again, but nobody counts on it.
ALTER TABLE passes ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;

-- Which passes may still want something.
DROP INDEX passes_hungry;
CREATE INDEX passes_hungry ON passes (issued_at) WHERE inside = 1 AND used = 0 AND refused = 0;
