-- The invitations of a drop that fall to this object by the digest of their code. The catalog (Postgres) says which there
-- are; who has redeemed them is known here alone.

CREATE TABLE batches (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  drop_id TEXT NOT NULL,
  version INTEGER NOT NULL, -- the catalog's: older news is ignored
  opens_at INTEGER NOT NULL,
  ends_at INTEGER,          -- exclusive; null: as long as the drop
  uses_max INTEGER NOT NULL -- visitors a code
) WITHOUT ROWID;

CREATE TABLE codes (
  digest TEXT PRIMARY KEY,
  batch_id TEXT NOT NULL,
  is_revoked INTEGER NOT NULL,
  uses INTEGER NOT NULL -- kept in step with redemptions: a use must cost the same on the last as on the first
) WITHOUT ROWID;

CREATE TABLE redemptions (
  digest TEXT NOT NULL,
  visitor_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (digest, visitor_id)
) WITHOUT ROWID;

-- Codes that were wrong, by visitor and by address, for ten minutes.
CREATE TABLE wrong_codes (
  who TEXT PRIMARY KEY,
  count INTEGER NOT NULL,
  since INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX wrong_codes_by_age ON wrong_codes (since);
