-- The units that this book has leased and sells by itself: per SKU what the owner of a stock keeps (../stock), with what
-- has come from the owner and gone back to it since the beginning in the place of opening stock and adjustments.
CREATE TABLE leaf_accounts (
  sku TEXT PRIMARY KEY,
  received INTEGER NOT NULL,
  returned INTEGER NOT NULL,
  free INTEGER NOT NULL CHECK (free >= 0),
  held INTEGER NOT NULL CHECK (held >= 0),
  sold INTEGER NOT NULL CHECK (sold >= 0),
  version INTEGER NOT NULL,
  CHECK (free + held + sold = received - returned)
) WITHOUT ROWID;

-- The terms, as JSON. Apart from the account, which is written so much more often.
CREATE TABLE leaf_offers (
  sku TEXT PRIMARY KEY,
  body TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE leaf_holds (
  sku TEXT NOT NULL,
  id TEXT NOT NULL,
  visitor_id TEXT NOT NULL,
  units INTEGER NOT NULL CHECK (units > 0),
  expires_at INTEGER NOT NULL, -- ms, exclusive
  state TEXT NOT NULL CHECK (state IN ('held', 'claimed', 'sold', 'released', 'expired')),
  order_id TEXT,
  units_taken_back INTEGER NOT NULL CHECK (units_taken_back BETWEEN 0 AND units),
  PRIMARY KEY (sku, id)
) WITHOUT ROWID;

CREATE INDEX leaf_holds_by_end ON leaf_holds (sku, expires_at) WHERE state IN ('held', 'claimed');
CREATE INDEX leaf_holds_by_visitor ON leaf_holds (sku, visitor_id) WHERE state IN ('held', 'claimed', 'sold');

CREATE TABLE leaf_take_backs (
  sku TEXT NOT NULL,
  id TEXT NOT NULL,
  hold_id TEXT NOT NULL,
  units INTEGER NOT NULL CHECK (units > 0),
  PRIMARY KEY (sku, id)
) WITHOUT ROWID;
