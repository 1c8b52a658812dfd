-- A delivery without a package: its commands come out of a plan, which grows with the device's answers.
ALTER TABLE "delivery"
  ALTER COLUMN "package_id" DROP NOT NULL,
  ADD COLUMN "kind" TEXT NOT NULL DEFAULT 'package',
  ADD COLUMN "plan" JSON;
ALTER TABLE "delivery"
  ADD CONSTRAINT "delivery_kind" CHECK (
    CASE
      WHEN "kind" = 'package' THEN "package_id" IS NOT NULL AND "plan" IS NULL
      ELSE "kind" IN ('discovery', 'acl') AND "package_id" IS NULL AND "plan" IS NOT NULL
    END
  );
CREATE INDEX "delivery_tree_job" ON "delivery" ("device_id", "id") WHERE "kind" <> 'package';

-- By its exchange a value tells whether a walk through the tree has seen the node again.
ALTER TABLE "node_value"
  ADD COLUMN "exchange" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "properties" JSONB;
