-- What an on-sale is sold on: how many are expected, its waiting room, its market, and who is invited. The stock objects
-- judge by these terms (they travel in the offers), the drop's own object runs its room by them.

alter table drops
  add column expected_buyers integer not null default 0 check (expected_buyers >= 0),
  -- Of the stock tree. What is planned from expected_buyers, or as many as the operator wants; grows only while it runs.
  add column leaves integer not null default 0 check (leaves between 0 and 64),
  add column leaves_wanted integer check (leaves_wanted between 0 and 64), -- null: as planned
  add column room jsonb check (jsonb_typeof(room) = 'object'), -- RoomTerms (domain/message/drop-desk.ts); null: none
  add column countries text[] check (array_length(countries, 1) > 0), -- ISO 3166-1 alpha-2; null: sold everywhere
  add column invite_only boolean not null default false,
  add column units_per_order_max integer check (units_per_order_max > 0), -- over all its SKUs; null: no limit
  -- Ended by the operator before its time, and for good. Beside ends_at, so that the plan can still be read.
  add column stopped_at timestamptz;

-- A lot of invitations with the same window: presale codes, or one code each for the addresses of a list.
create table invitation_batches (
  store_id    text not null,
  id          text not null,
  drop_id     text not null,
  note        text not null default '', -- for the operator's eyes
  opens_at    timestamptz,              -- inclusive; null: with the drop
  ends_at     timestamptz check (ends_at > opens_at), -- exclusive; null: as long as the drop
  uses_max    integer not null default 1 check (uses_max > 0), -- visitors a code
  is_made     boolean not null,         -- its codes are ours, and can be told again; false: the operator brought them
  fingerprint text not null,            -- of the request, so that its key is not used for another
  version     bigint not null default 1,
  created_at  timestamptz not null default now(),
  revoked_at  timestamptz,
  primary key (store_id, id),
  foreign key (store_id, drop_id) references drops (store_id, id) on delete cascade
);
-- for: the batches of a drop, newest first
create index invitation_batches_by_drop on invitation_batches (store_id, drop_id, id);

create table invitations (
  store_id   text not null,
  batch_id   text not null,
  position   integer not null,
  drop_id    text not null,
  digest     text not null check (digest ~ '^[0-9a-f]{64}$'), -- SHA-256 of drop and code: the code itself is kept nowhere
  hint       text not null,                                   -- its last letters, for a person's eyes
  email      text,                                            -- whom it is for, where it is for somebody
  revoked_at timestamptz,
  primary key (store_id, batch_id, position),
  foreign key (store_id, batch_id) references invitation_batches (store_id, id) on delete cascade,
  constraint invitations_code_key unique (store_id, drop_id, digest)
);
