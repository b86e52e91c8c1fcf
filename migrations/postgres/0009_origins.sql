-- Which requests go to an existing shop's own servers (domain/origin/rule-file.ts). Each save is a version of its own and
-- stays; the newest is in force.
create table origin_rules (
  store_id text not null references stores on delete cascade,
  version  bigint not null,
  file     jsonb not null check (jsonb_typeof(file) = 'object'),
  saved_at timestamptz not null default now(),
  saved_by text not null,
  primary key (store_id, version)
);
