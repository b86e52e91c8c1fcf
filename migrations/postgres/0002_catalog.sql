-- The catalog: products, their variants and prices, collections, images.

create table products (
  store_id     text not null references stores on delete cascade,
  id           text not null,
  slug         text not null check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  title        text not null check (title <> ''),
  description  text not null,             -- safe HTML (domain/catalog/safe-html.ts), made so before it is written
  vendor       text not null default '',
  product_type text not null default '',
  tags         text[] not null default '{}',
  status       text not null check (status in ('active', 'draft', 'archived')),
  options      text[] not null default '{}', -- the names of what variants differ in: {Size,Colour}
  price_min    bigint not null check (price_min >= 0), -- of the variants, in the store's currency: for lists and sorting
  price_max    bigint not null check (price_max >= price_min),
  version      bigint not null default 1,
  digest       text not null,             -- SHA-256 of the content as it was handed in: the same again changes nothing
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  -- No stemming ('simple'): a shop's words are names, in any language. Prefixes are matched instead.
  search       tsvector not null generated always as (
    setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', vendor || ' ' || product_type), 'B')
    || setweight(to_tsvector('simple', description), 'D')
  ) stored,
  primary key (store_id, id),
  constraint products_slug_key unique (store_id, slug)
);
-- for: search
create index products_by_search on products using gin (search);
-- for: lists by newest, by price and by title, each with its cursor
create index products_by_age on products (store_id, created_at desc, id desc) where status = 'active';
create index products_by_price on products (store_id, price_min, id) where status = 'active';
create index products_by_title on products (store_id, title, id) where status = 'active';

create table variants (
  store_id              text not null,
  id                    text not null,
  product_id            text not null,
  sku                   text not null check (sku <> '' and length(sku) <= 64),
  title                 text not null default '',  -- 'EU 42'; empty for the only variant of a product
  option_values         text[] not null default '{}',
  position              integer not null,
  barcode               text not null default '',
  weight_grams          integer not null default 0 check (weight_grams >= 0),
  units_per_visitor_max integer check (units_per_visitor_max > 0), -- null: the store's
  initial_units         integer not null default 0 check (initial_units >= 0), -- opens the stock account; never changed
  offer_version         bigint not null default 1,  -- grows with all that the offer shows; stock objects ignore older ones
  removed_at            timestamptz,                -- gone from the shop; the row stays for the stock account and orders
  primary key (store_id, id),
  constraint variants_sku_key unique (store_id, sku),
  constraint variants_product foreign key (store_id, product_id) references products (store_id, id)
);
-- for: the variants of a product, in order
create index variants_by_product on variants (store_id, product_id, position);

create table prices (
  store_id          text not null,
  variant_id        text not null,
  currency          text not null check (currency ~ '^[A-Z]{3}$'),
  amount            bigint not null check (amount >= 0),
  compare_at_amount bigint check (compare_at_amount > 0), -- what it used to cost
  primary key (store_id, variant_id, currency),
  foreign key (store_id, variant_id) references variants (store_id, id) on delete cascade
);

create table images (
  store_id   text not null,
  product_id text not null,
  position   integer not null,
  url        text not null,
  alt        text not null default '',
  primary key (store_id, product_id, position),
  foreign key (store_id, product_id) references products (store_id, id) on delete cascade
);

create table collections (
  store_id    text not null references stores on delete cascade,
  id          text not null,
  slug        text not null check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  title       text not null check (title <> ''),
  description text not null default '', -- safe HTML
  image_url   text not null default '',
  position    integer not null default 0,
  version     bigint not null default 1,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  primary key (store_id, id),
  constraint collections_slug_key unique (store_id, slug)
);

create table product_collections (
  store_id      text not null,
  collection_id text not null,
  product_id    text not null,
  position      integer not null default 0,
  primary key (store_id, collection_id, product_id),
  foreign key (store_id, collection_id) references collections (store_id, id) on delete cascade,
  foreign key (store_id, product_id) references products (store_id, id) on delete cascade
);
-- for: the collections of a product
create index product_collections_by_product on product_collections (store_id, product_id);
