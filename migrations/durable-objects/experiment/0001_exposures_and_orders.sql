-- Who was shown which variation first, and when. One row a visitor and experiment, however often they come.
CREATE TABLE exposures (
  experiment_id TEXT NOT NULL,
  visitor_id TEXT NOT NULL,
  variation INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  crossed INTEGER NOT NULL, -- 1: was shown another variation, too
  PRIMARY KEY (experiment_id, visitor_id)
) WITHOUT ROWID;

-- What the order ledger says of these visitors' orders: the newest version of each.
CREATE TABLE orders (
  visitor_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  ordered_at INTEGER NOT NULL,
  kept INTEGER NOT NULL, -- 1: paid, and not wholly refunded
  revenue INTEGER NOT NULL, -- captured, less refunded
  refunded INTEGER NOT NULL,
  currency TEXT NOT NULL,
  PRIMARY KEY (visitor_id, order_id)
) WITHOUT ROWID;
