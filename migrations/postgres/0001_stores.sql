-- Stores (the tenants), who may operate them, and what was done.
-- Every table whose rows belong to a store leads its primary key with store_id, so that no query reads across stores by
-- accident and a store's rows lie together. Ids are text: prefix_ULID (domain/basics/ids.ts). Money is a whole number of
-- minor units beside its currency.

-- Instants leave the database as whole milliseconds since the epoch, which is how the code speaks of them.
create function onrush_ms(at timestamptz) returns bigint
  language sql immutable parallel safe
  return round(extract(epoch from at) * 1000)::bigint;

create function onrush_at(ms bigint) returns timestamptz
  language sql immutable parallel safe
  return to_timestamp(ms / 1000.0);

-- Stops a batch, and with it all its writes, when a condition fails that no constraint can express.
-- SQLSTATE ONR01; the code goes into the constraint field, where the driver shows it as a value rather than as prose.
create function onrush_require(holds boolean, code text, about text) returns boolean
  language plpgsql as $$
begin
  if holds then
    return true;
  end if;
  raise exception 'refused: %', code using errcode = 'ONR01', constraint = code, detail = about;
end
$$;

-- The guard of a replica's batch (platform/postgres/reading.ts). A state of its own, ONR22, because a query of the
-- caller may divide by zero too. An unknown replay position counts as behind; a primary is never behind.
create function onrush_guard(target pg_lsn) returns text
  language plpgsql as $$
declare
  replayed pg_lsn;
begin
  if not pg_is_in_recovery() then
    return 'primary';
  end if;
  replayed := pg_last_wal_replay_lsn();
  if target is null or replayed >= target then
    return replayed::text;
  end if;
  raise exception 'the replica has not replayed that far' using errcode = 'ONR22';
end
$$;

create table stores (
  id         text primary key,
  name       text not null check (name <> ''),
  currency   text not null check (currency ~ '^[A-Z]{3}$'),
  settings   jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- A host name answers for one store; that is why it is a key here and not an array in stores.
create table store_hostnames (
  hostname text primary key check (hostname = lower(hostname)),
  store_id text not null references stores on delete cascade
);
-- for: a store with its host names
create index store_hostnames_by_store on store_hostnames (store_id);

create table api_keys (
  store_id   text not null references stores on delete cascade,
  id         text not null,
  hash       text not null unique check (hash ~ '^[0-9a-f]{64}$'), -- SHA-256 of the key; also the way it is found
  hint       text not null,                                       -- its first letters, for a person's eyes
  name       text not null,
  scopes     text[] not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  primary key (store_id, id)
);

create table audit (
  store_id text not null references stores on delete cascade,
  id       text not null,  -- a ULID: sorts by time
  at       timestamptz not null default now(),
  actor    text not null,  -- an API key's id, or 'system'
  action   text not null,  -- product.created
  subject  text not null,  -- the id of what it was done to
  facts    jsonb not null default '{}',
  primary key (store_id, id)
);
