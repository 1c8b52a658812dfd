-- AlterTable
ALTER TABLE "push" ADD COLUMN     "retrigger_at" TIMESTAMPTZ(3);

-- What follows Prisma cannot say.

-- Triggers whose device is waited for.
CREATE INDEX "push_retrigger" ON "push" ("retrigger_at") WHERE "retrigger_at" IS NOT NULL;
-- Nothing looks deliveries up by it: what is to be triggered again stands in "push".
DROP INDEX "delivery_triggered";
