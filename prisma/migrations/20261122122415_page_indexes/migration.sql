-- Targets of a wave in a state: the wave behind the key tells without a look at the row. It never changes, and the index was
-- written whenever the state does before.
-- DropIndex
DROP INDEX "campaign_target_state";

-- CreateIndex
CREATE INDEX "campaign_target_state" ON "campaign_target"("campaign_id", "state", "device_id", "wave");
