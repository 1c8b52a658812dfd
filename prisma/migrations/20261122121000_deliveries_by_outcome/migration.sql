-- The newest of those that did not succeed, for whoever looks into it: among a million that did, they are few.
CREATE INDEX "delivery_outcome" ON "delivery" ("state", "id") WHERE "state" IN ('failed', 'expired', 'cancelled');
