-- How fast each endpoint of the payment provider may be called. `permits_until` is written ahead: no permit has been
-- given for later than it, so after a crash the next one is for then. Instants are ms since the epoch.
CREATE TABLE paces (
  endpoint TEXT PRIMARY KEY,
  permits_until REAL NOT NULL,
  rate REAL NOT NULL,
  rate_since INTEGER NOT NULL,
  paused_until REAL NOT NULL,
  repeats REAL NOT NULL,
  repeats_since INTEGER NOT NULL
) WITHOUT ROWID;
