-- Experiments as the operator has defined them. Who was counted in them is not here: that is in objects
-- (durable-objects/experiment), by visitor.
create table experiments (
  store_id   text not null references stores on delete cascade,
  id         text not null,
  key        text not null check (key ~ '^[a-z0-9]+(-[a-z0-9]+)*$'), -- what is hashed: it never changes
  definition jsonb not null check (jsonb_typeof(definition) = 'object'), -- ExperimentDraft; settled with the start
  state      text not null default 'draft' check (state in ('draft', 'running', 'stopped')),
  started_at timestamptz check ((started_at is null) = (state = 'draft')),
  stopped_at timestamptz check ((stopped_at is not null) = (state = 'stopped')),
  stopped_by text check ((stopped_by is not null) = (state = 'stopped')), -- operator, or the guardrail's metric
  version    bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (store_id, id),
  constraint experiments_key_key unique (store_id, key)
);
