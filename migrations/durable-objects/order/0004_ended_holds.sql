-- Which ended holds of a leaf are forgotten next. A basket's own is found by the answer that granted it.
CREATE INDEX leaf_holds_by_age ON leaf_holds (sku, expires_at) WHERE state IN ('released', 'expired');
