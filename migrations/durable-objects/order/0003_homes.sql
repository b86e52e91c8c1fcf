-- Where visitors are at home whom a larger number of books has moved: here, or in the book to send them on to.
CREATE TABLE homes (
  visitor_id TEXT PRIMARY KEY,
  book TEXT NOT NULL
) WITHOUT ROWID;
