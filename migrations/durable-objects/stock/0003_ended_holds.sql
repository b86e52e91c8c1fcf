-- Which ended holds are forgotten next.
CREATE INDEX holds_by_age ON holds (expires_at) WHERE state IN ('released', 'expired');
