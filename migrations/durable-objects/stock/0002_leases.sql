-- Free units that leaves have leased: free for buyers, not for the owner.
ALTER TABLE account ADD COLUMN leaves_free INTEGER NOT NULL DEFAULT 0 CHECK (leaves_free BETWEEN 0 AND free);

-- What was leased to each leaf, and how it stands there by the leaf's newest statement.
CREATE TABLE leases (
  leaf TEXT PRIMARY KEY,
  granted INTEGER NOT NULL, -- since the beginning
  taken_back INTEGER NOT NULL, -- since the beginning
  free INTEGER NOT NULL CHECK (free >= 0), -- those under way included
  held INTEGER NOT NULL CHECK (held >= 0),
  sold INTEGER NOT NULL CHECK (sold >= 0),
  version INTEGER NOT NULL,
  next_hold_end INTEGER, -- ms
  offer_version INTEGER NOT NULL, -- the newest terms that the leaf is known to sell on
  CHECK (free + held + sold = granted - taken_back)
) WITHOUT ROWID;
