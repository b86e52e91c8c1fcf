-- Markets: countries that see the shop in one currency and a few languages, at prices of their own (domain/market).
create table markets (
  store_id   text not null references stores on delete cascade,
  key        text not null check (key ~ '^[a-z0-9]+(-[a-z0-9]+)*$'), -- in addresses and cookies: it never changes
  name       text not null check (name <> ''),
  currency   text not null check (currency ~ '^[A-Z]{3}$'),
  languages  text[] not null check (array_length(languages, 1) > 0), -- BCP 47; the first is the market's own
  taxes      text not null check (taxes in ('included', 'excluded')),
  is_default boolean not null default false,
  version    bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (store_id, key)
);
-- One market of a store has whoever is in none.
create unique index markets_default on markets (store_id) where is_default;

-- A country is in one market at most; that is why it is a key here and not an array in markets.
create table market_countries (
  store_id   text not null,
  country    text not null check (country ~ '^[A-Z]{2}$'), -- ISO 3166-1 alpha-2
  market_key text not null,
  position   integer not null,
  restricted text check (restricted in ('law', 'choice')), -- why nothing is sold there; null: it is sold to
  primary key (store_id, country),
  foreign key (store_id, market_key) references markets (store_id, key) on delete cascade
);
-- for: a market with its countries
create index market_countries_by_market on market_countries (store_id, market_key, position);

-- What a variant costs in a market; one without a row costs what it costs everywhere. The currency is written beside each
-- amount: when a market changes to another one, its old amounts mean nothing there and are not in force.
create table market_prices (
  store_id          text not null,
  variant_id        text not null,
  market_key        text not null,
  currency          text not null check (currency ~ '^[A-Z]{3}$'),
  amount            bigint not null check (amount >= 0),
  compare_at_amount bigint check (compare_at_amount > 0), -- what it used to cost
  primary key (store_id, variant_id, market_key),
  foreign key (store_id, variant_id) references variants (store_id, id) on delete cascade,
  foreign key (store_id, market_key) references markets (store_id, key) on delete cascade
);
-- for: the prices of a market, and their end with it
create index market_prices_by_market on market_prices (store_id, market_key, variant_id);

-- Where the law wants the store's objects to be (`eu`); null: anywhere. An object under a jurisdiction is another object
-- than one of the same name without, so this is said when the store is made and never changes (platform/placement.ts).
alter table stores add column jurisdiction text check (jurisdiction ~ '^[a-z]{2,20}$');
