-- How far each key has used its rate up: µs since the epoch, a stride ahead of the truth. Of those who have rested there is none.
CREATE TABLE limits (
  key TEXT PRIMARY KEY,
  tat INTEGER NOT NULL
) WITHOUT ROWID;
