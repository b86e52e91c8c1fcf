-- How many order books a store has had, each time more: the last is how many there are. Where a visitor is at home
-- follows from it (domain/sharding/books.ts).
alter table stores add column order_books jsonb not null default '[4]'
  check (jsonb_typeof(order_books) = 'array' and jsonb_array_length(order_books) > 0);
