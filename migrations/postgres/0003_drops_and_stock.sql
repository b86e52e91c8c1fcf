-- Drops, and the copy of the stock's numbers that pages read. The truth about stock is in the stock objects.

create table drops (
  store_id              text not null references stores on delete cascade,
  id                    text not null,
  slug                  text not null check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  title                 text not null check (title <> ''),
  description           text not null default '', -- safe HTML
  image_url             text not null default '',
  opens_at              timestamptz not null,
  ends_at               timestamptz check (ends_at > opens_at), -- exclusive; null: until paused or sold out
  paused                boolean not null default false,
  units_per_visitor_max integer check (units_per_visitor_max > 0), -- per SKU; null: the variant's, else the store's
  hold_duration_ms      integer check (hold_duration_ms between 10000 and 86400000), -- null: the store's
  version               bigint not null default 1,
  created_at            timestamptz not null default now(),
  updated_at            timestamptz not null default now(),
  primary key (store_id, id),
  constraint drops_slug_key unique (store_id, slug)
);
-- for: the drops of a store by opening, with their cursor
create index drops_by_opening on drops (store_id, opens_at, id);

-- A variant is in one drop at most, or two sets of terms would hold for the same unit.
create table drop_variants (
  store_id   text not null,
  variant_id text not null,
  drop_id    text not null,
  position   integer not null default 0,
  primary key (store_id, variant_id),
  foreign key (store_id, variant_id) references variants (store_id, id) on delete cascade,
  foreign key (store_id, drop_id) references drops (store_id, id) on delete cascade
);
-- for: the variants of a drop
create index drop_variants_by_drop on drop_variants (store_id, drop_id, position);

-- No foreign key to variants: a count may arrive before or outlive the catalog's row.
create table inventory (
  store_id   text not null,
  sku        text not null,
  initial    bigint not null,
  adjusted   bigint not null,
  total      bigint not null,
  free       bigint not null,
  held       bigint not null,
  sold       bigint not null,
  version    bigint not null, -- the stock object's: older news is ignored
  updated_at timestamptz not null default now(),
  primary key (store_id, sku),
  check (free + held + sold = total and initial + adjusted = total)
);
