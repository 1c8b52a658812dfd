-- AlterTable
ALTER TABLE "campaign" ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "campaign_tally" ADD COLUMN     "at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "campaign_pace" (
    "campaign_id" UUID NOT NULL,
    "wave" SMALLINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "succeeded" INTEGER NOT NULL,
    "failed" INTEGER NOT NULL,

    CONSTRAINT "campaign_pace_pkey" PRIMARY KEY ("campaign_id","wave","at")
);

-- What follows Prisma cannot say.

-- The newest rows are added to again and again.
ALTER TABLE "campaign_pace" SET (fillfactor = 70);

-- What has ended before there was a timeline: when each target came to where it is.
INSERT INTO "campaign_pace" ("campaign_id", "wave", "at", "succeeded", "failed")
SELECT t."campaign_id", t."wave", date_bin(CASE WHEN t."at" < c."started_at" + interval '2000 s' THEN interval '1 s'
      WHEN t."at" < c."started_at" + interval '12000 s' THEN interval '10 s'
      WHEN t."at" < c."started_at" + interval '120000 s' THEN interval '1 min'
      WHEN t."at" < c."started_at" + interval '720000 s' THEN interval '10 min' ELSE interval '1 h' END,
    t."at", '2000-01-01T00:00:00Z'),
  count(*) FILTER (WHERE t."state" = 'succeeded'), count(*) FILTER (WHERE t."state" <> 'succeeded')
FROM "campaign_target" t JOIN "campaign" c ON c."id" = t."campaign_id"
WHERE t."state" IN ('succeeded', 'failed', 'expired') GROUP BY 1, 2, 3;

-- As before; the change says when it was, too. A statement moves its targets at one moment.
CREATE OR REPLACE FUNCTION "campaign_targets_moved"() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
  moved record;
BEGIN
  INSERT INTO "campaign_tally" ("campaign_id", "wave", "from_state", "to_state", "n", "at")
  SELECT n."campaign_id", n."wave", o."state", n."state", count(*), max(n."at")
  FROM after_it n JOIN before_it o ON o."campaign_id" = n."campaign_id" AND o."device_id" = n."device_id"
  WHERE o."state" <> n."state" GROUP BY 1, 2, 3, 4;
  INSERT INTO "event" ("kind", "campaign_id", "wave", "device_id", "data", "at")
  SELECT 'target.' || n."state", n."campaign_id", n."wave", n."device_id",
    json_strip_nulls(json_build_object('from', o."state", 'to', n."state", 'reason', n."reason",
      'attempt', n."attempt", 'deviceId', n."former_device_id",
      'dueAt', CASE WHEN n."state" = 'waiting' THEN n."due_at" END)), n."at"
  FROM after_it n JOIN before_it o ON o."campaign_id" = n."campaign_id" AND o."device_id" = n."device_id"
  WHERE o."state" <> n."state" OR o."attempt" <> n."attempt";
  FOR moved IN SELECT n."campaign_id", n."device_id", n."state", n."reason", n."delivery_id", o."state" AS "was"
    FROM after_it n JOIN before_it o ON o."campaign_id" = n."campaign_id" AND o."device_id" = n."device_id"
    WHERE o."state" <> n."state" AND (n."state" IN ('failed', 'expired') OR o."state" IN ('failed', 'expired'))
    ORDER BY n."campaign_id", n."device_id"
  LOOP
    IF moved."was" IN ('failed', 'expired') THEN
      PERFORM "campaign_failure_forgotten"(moved."campaign_id", moved."device_id");
    END IF;
    IF moved."state" IN ('failed', 'expired') THEN
      PERFORM "campaign_failure_told"(moved."campaign_id", moved."device_id", coalesce(moved."reason", moved."state"),
        moved."delivery_id");
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
