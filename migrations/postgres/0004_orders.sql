-- Customers, and orders as they were reported by the order books (queues/recorder.ts). The truth about an order is in its
-- book; these rows are for lists, reports and the merchant's own SQL.
-- bucket leads every key after the store, so that a range of buckets can be moved to another database while writing goes
-- on (a row filter may only name columns of the key). No foreign key leaves the group: customers and orders of a bucket
-- may one day live in another database than the catalog.

create table customers (
  store_id   text not null,
  bucket     smallint not null check (bucket between 0 and 1023),
  id         text not null,
  email      text not null check (email = lower(email)),
  name       text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (store_id, bucket, id),
  constraint customers_email_key unique (store_id, email)
);

create table orders (
  store_id         text not null,
  bucket           smallint not null check (bucket between 0 and 1023), -- the one its id carries
  id               text not null,
  customer_id      text,
  visitor_id       text not null,
  hold_id          text not null,
  email            text not null,
  name             text,
  shipping_address jsonb,
  status           text not null check (status in (
    'accepted', 'requires_action', 'processing', 'paid', 'payment_failed', 'not_available', 'cancelled',
    'partially_refunded', 'refunded')),
  failure_code     text,
  failure_message  text,
  currency         text not null check (currency ~ '^[A-Z]{3}$'),
  total_amount     bigint not null check (total_amount >= 0),
  receipt_id       text,
  version          bigint not null, -- the book's: older news is ignored
  created_at       timestamptz not null,
  updated_at       timestamptz not null,
  settled_at       timestamptz,     -- null while something is still to be done for the order
  primary key (store_id, bucket, id)
);
-- for: the operator's list of orders, newest first, with its cursor; popular products of the last days
create index orders_by_age on orders (store_id, created_at desc, id desc);
-- for: the operator's search by e-mail
create index orders_by_email on orders (store_id, email);

create table order_lines (
  store_id      text not null,
  bucket        smallint not null,
  order_id      text not null,
  position      integer not null,
  sku           text not null,
  product_slug  text not null,
  product_title text not null,
  variant_title text not null,
  units         integer not null check (units > 0),
  unit_amount   bigint not null,
  line_amount   bigint not null,
  primary key (store_id, bucket, order_id, position),
  foreign key (store_id, bucket, order_id) references orders (store_id, bucket, id) on delete cascade
);

create table payments (
  store_id     text not null,
  bucket       smallint not null,
  order_id     text not null,
  id           text not null,
  state        text not null, -- domain/payment/payment.ts
  provider_id  text,
  decline_code text,
  currency     text not null,
  authorised   bigint not null,
  captured     bigint not null,
  refunded     bigint not null,
  updated_at   timestamptz not null,
  primary key (store_id, bucket, order_id, id),
  foreign key (store_id, bucket, order_id) references orders (store_id, bucket, id) on delete cascade
);

create table refunds (
  store_id   text not null,
  bucket     smallint not null,
  order_id   text not null,
  id         text not null,
  currency   text not null,
  amount     bigint not null check (amount >= 0),
  reason     text,
  restock    jsonb not null default '[]',
  status     text not null check (status in ('pending', 'succeeded', 'failed')),
  created_at timestamptz not null,
  primary key (store_id, bucket, order_id, id),
  foreign key (store_id, bucket, order_id) references orders (store_id, bucket, id) on delete cascade
);

create table documents (
  store_id     text not null,
  id           text not null,
  order_id     text not null,
  kind         text not null,  -- receipt
  r2_key       text not null,  -- addressed by content
  content_type text not null,
  bytes        integer not null check (bytes >= 0),
  created_at   timestamptz not null,
  primary key (store_id, id)
);
-- for: the documents of an order
create index documents_by_order on documents (store_id, order_id);
