-- AlterTable
ALTER TABLE "delivery" ADD COLUMN     "campaign_id" UUID;

-- AlterTable
ALTER TABLE "push" ADD COLUMN     "campaign_id" UUID;

-- CreateTable
CREATE TABLE "campaign" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "actor" TEXT,
    "kind" TEXT NOT NULL,
    "definition" JSON NOT NULL,
    "secrets" BYTEA,
    "package_id" UUID,
    "priority" SMALLINT NOT NULL,
    "retry" JSONB,
    "success_at" TEXT,
    "needs_approval" BOOLEAN NOT NULL,
    "created_by" TEXT NOT NULL,
    "changed_by" TEXT NOT NULL,
    "approved_by" TEXT,
    "approved_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "start_at" TIMESTAMPTZ(3),
    "end_at" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "deleted_at" TIMESTAMPTZ(3),
    "expected" INTEGER,
    "joined" INTEGER NOT NULL DEFAULT 0,
    "scan_device" UUID,
    "scan_place" BIGINT,
    "scanned_at" TIMESTAMPTZ(3),
    "rescan_at" TIMESTAMPTZ(3),
    "allowance" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "allowance_at" TIMESTAMPTZ(3),
    "retry_before" TIMESTAMPTZ(3),
    "cancels_open" BOOLEAN NOT NULL DEFAULT false,
    "next_at" TIMESTAMPTZ(3),

    CONSTRAINT "campaign_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "campaign_wave" (
    "campaign_id" UUID NOT NULL,
    "wave" SMALLINT NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "upto" INTEGER,
    "failed_before" INTEGER NOT NULL DEFAULT 0,
    "finished_before" INTEGER NOT NULL DEFAULT 0,
    "opened_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "campaign_wave_pkey" PRIMARY KEY ("campaign_id","wave")
);

-- CreateTable
CREATE TABLE "campaign_member" (
    "campaign_id" UUID NOT NULL,
    "device_id" TEXT NOT NULL,
    "place" BIGINT NOT NULL,
    "variables" BYTEA,

    CONSTRAINT "campaign_member_pkey" PRIMARY KEY ("campaign_id","device_id")
);

-- CreateTable
CREATE TABLE "campaign_target" (
    "campaign_id" UUID NOT NULL,
    "device_id" UUID NOT NULL,
    "wave" SMALLINT NOT NULL,
    "state" TEXT NOT NULL,
    "attempt" SMALLINT NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3),
    "delivery_id" UUID,
    "push_id" TEXT,
    "reason" TEXT,
    "former_device_id" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "campaign_target_pkey" PRIMARY KEY ("campaign_id","device_id")
);

-- CreateTable
CREATE TABLE "campaign_tally" (
    "id" BIGSERIAL NOT NULL,
    "campaign_id" UUID NOT NULL,
    "wave" SMALLINT NOT NULL,
    "from_state" TEXT,
    "to_state" TEXT,
    "failure_id" BIGINT,
    "n" INTEGER NOT NULL,

    CONSTRAINT "campaign_tally_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "campaign_count" (
    "campaign_id" UUID NOT NULL,
    "wave" SMALLINT NOT NULL,
    "state" TEXT NOT NULL,
    "n" INTEGER NOT NULL,

    CONSTRAINT "campaign_count_pkey" PRIMARY KEY ("campaign_id","wave","state")
);

-- CreateTable
CREATE TABLE "campaign_failure" (
    "id" BIGSERIAL NOT NULL,
    "campaign_id" UUID NOT NULL,
    "reason" TEXT NOT NULL,
    "command" TEXT NOT NULL,
    "loc_uri" TEXT NOT NULL,
    "status" INTEGER NOT NULL,
    "n" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "campaign_failure_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "campaign_failure_device" (
    "campaign_id" UUID NOT NULL,
    "failure_id" BIGINT NOT NULL,
    "device_id" UUID NOT NULL,

    CONSTRAINT "campaign_failure_device_pkey" PRIMARY KEY ("campaign_id","failure_id","device_id")
);

-- CreateTable
CREATE TABLE "event" (
    "id" BIGSERIAL NOT NULL,
    "tx" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,
    "kind" TEXT NOT NULL,
    "campaign_id" UUID,
    "wave" SMALLINT,
    "device_id" UUID,
    "data" JSON NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "event_pkey" PRIMARY KEY ("tx","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "campaign_member_place" ON "campaign_member"("campaign_id", "place");

-- CreateIndex
CREATE INDEX "campaign_target_state" ON "campaign_target"("campaign_id", "state", "device_id");

-- CreateIndex
CREATE INDEX "campaign_target_device" ON "campaign_target"("device_id");

-- CreateIndex
CREATE INDEX "campaign_tally_campaign" ON "campaign_tally"("campaign_id", "wave");

-- CreateIndex
CREATE UNIQUE INDEX "campaign_failure_what" ON "campaign_failure"("campaign_id", "reason", "command", "loc_uri", "status");

-- CreateIndex
CREATE INDEX "campaign_failure_device_device" ON "campaign_failure_device"("campaign_id", "device_id");

-- CreateIndex
CREATE INDEX "event_campaign" ON "event"("campaign_id", "tx", "id");

-- CreateIndex
CREATE INDEX "event_device" ON "event"("device_id", "campaign_id");

-- CreateIndex
CREATE INDEX "event_at" ON "event" USING BRIN ("at");

-- AddForeignKey
ALTER TABLE "campaign" ADD CONSTRAINT "campaign_package_id_fkey" FOREIGN KEY ("package_id") REFERENCES "package"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- What follows Prisma cannot say.

ALTER TABLE "campaign_member" ALTER COLUMN "device_id" TYPE TEXT COLLATE "C";
ALTER TABLE "campaign_target" ALTER COLUMN "push_id" TYPE TEXT COLLATE "C";

ALTER TABLE "campaign"
  ADD CONSTRAINT "campaign_state" CHECK (
    "state" IN ('draft', 'scheduled', 'running', 'paused', 'completed', 'stopped')
    AND ("ended_at" IS NOT NULL) = ("state" IN ('completed', 'stopped'))
  ),
  ADD CONSTRAINT "campaign_kind" CHECK ("kind" IN ('package', 'discovery', 'push')),
  ADD CONSTRAINT "campaign_priority" CHECK ("priority" BETWEEN 0 AND 9),
  ADD CONSTRAINT "campaign_success_at" CHECK (("success_at" IN ('sent', 'delivered')) IS NOT FALSE);
ALTER TABLE "campaign_wave"
  ADD CONSTRAINT "campaign_wave_state" CHECK ("state" IN ('waiting', 'open', 'completed', 'skipped'));
ALTER TABLE "campaign_target"
  ADD CONSTRAINT "campaign_target_state" CHECK ("state" IN ('waiting', 'triggered', 'delivering', 'succeeded', 'failed',
    'expired', 'cancelled', 'skipped'));

-- What the scheduler asks for.
CREATE INDEX "campaign_next" ON "campaign" ("next_at") WHERE "next_at" IS NOT NULL;
CREATE INDEX "campaign_package" ON "campaign" ("package_id") WHERE "package_id" IS NOT NULL;
CREATE INDEX "campaign_target_waiting" ON "campaign_target" ("campaign_id", "wave", "due_at") WHERE "state" = 'waiting';
CREATE INDEX "campaign_target_silent" ON "campaign_target" ("campaign_id", "due_at")
  WHERE "state" = 'triggered' AND "due_at" IS NOT NULL;
CREATE INDEX "delivery_campaign" ON "delivery" ("campaign_id") WHERE "campaign_id" IS NOT NULL;
CREATE INDEX "push_campaign" ON "push" ("campaign_id", "state") WHERE "campaign_id" IS NOT NULL;

-- Rows that only come and go.
ALTER TABLE "campaign_tally" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
ALTER TABLE "campaign_count" SET (fillfactor = 50);
ALTER TABLE "campaign_target" SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

-- Ids as the server makes them (RFC 9562, version 7): in the order of time.
CREATE FUNCTION "new_id"() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    placing substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
    52, 1), 53, 1), 'hex')::uuid
$$;

-- The 2xx of SyncML that say that a command was not carried out, and everything else that is not 2xx.
CREATE FUNCTION "is_refusal"("status" int) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT "status" NOT BETWEEN 200 AND 299 OR "status" IN (213, 214, 215, 216)
$$;

-- What went wrong in an attempt, in the words that a retry policy knows: statuses of refused commands, or one reason.
CREATE FUNCTION "delivery_refusals"("delivery" uuid)
RETURNS TABLE ("command" text, "loc_uri" text, "status" int) LANGUAGE sql STABLE AS $$
  SELECT DISTINCT last.command, last.loc_uri, last.status FROM (
    SELECT DISTINCT ON (r->>'path', r->>'item')
      r->>'command' AS command, r->>'locUri' AS loc_uri, (r->>'status')::int AS status
    FROM "result_report" p, json_array_elements(p."results") AS r
    WHERE p."delivery_id" = "delivery" AND r->>'status' IS NOT NULL
    ORDER BY r->>'path', r->>'item', p."exchange" DESC) AS last
  WHERE "is_refusal"(last.status)
$$;

-- When an attempt that failed is followed by another; null: that was the last one. The same rule stands in
-- src/domain/campaign-retry.ts, and a test holds the two equal.
CREATE FUNCTION "retry_due_at"("policy" jsonb, "attempt" int, "codes" text[], "at" timestamptz, "until" timestamptz)
RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  due timestamptz;
BEGIN
  IF "policy" IS NULL OR cardinality("codes") = 0 OR "attempt" >= ("policy"->>'maxAttempts')::int THEN
    RETURN NULL;
  END IF;
  IF EXISTS (SELECT FROM unnest("codes") AS code WHERE NOT ("policy"->'on' ? code)
      AND NOT (code ~ '^[1-9][0-9][0-9]$' AND "policy"->'on' ? (left(code, 1) || 'xx'))) THEN
    RETURN NULL;
  END IF;
  due := "at" + least(("policy"->>'firstMs')::float8 * power(2, least(greatest("attempt", 1) - 1, 40)),
    ("policy"->>'maxMs')::float8) * interval '1 millisecond';
  RETURN CASE WHEN due >= "until" THEN NULL ELSE due END;
END $$;

-- Whatever moves a target, it is counted and told in the same transaction.
CREATE FUNCTION "campaign_targets_made"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "campaign_tally" ("campaign_id", "wave", "to_state", "n")
  SELECT "campaign_id", "wave", "state", count(*) FROM made GROUP BY 1, 2, 3;
  INSERT INTO "event" ("kind", "campaign_id", "wave", "device_id", "data", "at")
  SELECT 'target.' || "state", "campaign_id", "wave", "device_id",
    json_build_object('to', "state", 'reason', "reason"), "at"
  FROM made WHERE "state" <> 'waiting';
  RETURN NULL;
END $$;
CREATE TRIGGER "campaign_targets_made" AFTER INSERT ON "campaign_target"
  REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION "campaign_targets_made"();

-- What the failures were is kept by command, place and status, so that nobody has to look through all deliveries.
CREATE FUNCTION "campaign_failure_told"("campaign" uuid, "device" uuid, "why" text, "of_delivery" uuid)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  r record;
  known bigint;
BEGIN
  FOR r IN SELECT d."command", d."loc_uri", d."status" FROM "delivery_refusals"("of_delivery") d
      WHERE "why" = 'command-refused'
    UNION ALL SELECT '', '', 0 WHERE "why" <> 'command-refused'
    ORDER BY 1, 2, 3
  LOOP
    LOOP
      SELECT f."id" INTO known FROM "campaign_failure" f WHERE f."campaign_id" = "campaign" AND f."reason" = "why"
        AND f."command" = r."command" AND f."loc_uri" = r."loc_uri" AND f."status" = r."status";
      EXIT WHEN known IS NOT NULL;
      INSERT INTO "campaign_failure" ("campaign_id", "reason", "command", "loc_uri", "status")
      VALUES ("campaign", "why", r."command", r."loc_uri", r."status")
      ON CONFLICT DO NOTHING;
    END LOOP;
    INSERT INTO "campaign_failure_device" ("campaign_id", "failure_id", "device_id")
    VALUES ("campaign", known, "device") ON CONFLICT DO NOTHING;
    IF FOUND THEN
      INSERT INTO "campaign_tally" ("campaign_id", "wave", "failure_id", "n") VALUES ("campaign", 0, known, 1);
    END IF;
  END LOOP;
END $$;

CREATE FUNCTION "campaign_failure_forgotten"("campaign" uuid, "device" uuid) RETURNS void LANGUAGE sql AS $$
  WITH gone AS (DELETE FROM "campaign_failure_device" f
    WHERE f."campaign_id" = "campaign" AND f."device_id" = "device" RETURNING f."failure_id")
  INSERT INTO "campaign_tally" ("campaign_id", "wave", "failure_id", "n")
  SELECT "campaign", 0, gone."failure_id", -1 FROM gone
$$;

-- The plan of a function is kept, and the first call may be about one row only: a loop in a loop would be slow for many.
CREATE FUNCTION "campaign_targets_moved"() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
  moved record;
BEGIN
  INSERT INTO "campaign_tally" ("campaign_id", "wave", "from_state", "to_state", "n")
  SELECT n."campaign_id", n."wave", o."state", n."state", count(*)
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
CREATE TRIGGER "campaign_targets_moved" AFTER UPDATE ON "campaign_target"
  REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it
  FOR EACH STATEMENT EXECUTE FUNCTION "campaign_targets_moved"();

-- An attempt has ended without success: another one, or the end.
CREATE FUNCTION "campaign_attempt_failed"("campaign" uuid, "device" uuid, "of_delivery" uuid, "of_push" text,
  "outcome" text, "why" text, "codes" text[], "now_at" timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  c record;
BEGIN
  SELECT "state", "retry", "end_at" INTO c FROM "campaign" WHERE "id" = "campaign";
  UPDATE "campaign_target" t SET
    "state" = CASE WHEN next."due" IS NULL THEN "outcome" ELSE 'waiting' END,
    "due_at" = next."due", "reason" = "why", "at" = "now_at"
  FROM (SELECT "attempt", CASE WHEN c."state" IN ('running', 'paused')
        THEN "retry_due_at"(c."retry", k."attempt", "codes", "now_at", c."end_at") END AS "due"
      FROM "campaign_target" k WHERE k."campaign_id" = "campaign" AND k."device_id" = "device") AS next
  WHERE t."campaign_id" = "campaign" AND t."device_id" = "device" AND t."state" IN ('triggered', 'delivering')
    AND t."delivery_id" IS NOT DISTINCT FROM "of_delivery" AND ("of_push" IS NULL OR t."push_id" = "of_push");
END $$;

-- It was called back before it left: the target waits for its next attempt, unless its campaign has ended.
CREATE FUNCTION "campaign_attempt_recalled"("campaign" uuid, "device" uuid, "of_delivery" uuid, "of_push" text,
  "why" text, "now_at" timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  is_open boolean;
BEGIN
  SELECT "state" IN ('running', 'paused') INTO is_open FROM "campaign" WHERE "id" = "campaign";
  UPDATE "campaign_target" SET
    "state" = CASE WHEN is_open THEN 'waiting' ELSE 'cancelled' END, "due_at" = CASE WHEN is_open THEN "now_at" END,
    "reason" = "why", "at" = "now_at"
  WHERE "campaign_id" = "campaign" AND "device_id" = "device" AND "state" = 'triggered'
    AND "delivery_id" IS NOT DISTINCT FROM "of_delivery" AND ("of_push" IS NULL OR "push_id" = "of_push");
END $$;

-- A delivery of a campaign moves its target. Nothing of this is paid for by other deliveries.
CREATE FUNCTION "campaign_delivery_moved"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."state" = 'delivering' THEN
    UPDATE "campaign_target" SET "state" = 'delivering', "due_at" = NULL, "reason" = NULL, "at" = NEW."updated_at"
    WHERE "campaign_id" = NEW."campaign_id" AND "device_id" = NEW."device_id" AND "delivery_id" = NEW."id"
      AND "state" = 'triggered';
  ELSIF NEW."state" = 'succeeded' THEN
    UPDATE "campaign_target" SET "state" = 'succeeded', "due_at" = NULL, "reason" = NULL, "at" = NEW."updated_at"
    WHERE "campaign_id" = NEW."campaign_id" AND "device_id" = NEW."device_id" AND "delivery_id" = NEW."id"
      AND "state" IN ('triggered', 'delivering');
  ELSIF NEW."state" = 'failed' THEN
    PERFORM "campaign_attempt_failed"(NEW."campaign_id", NEW."device_id", NEW."id", NULL, 'failed',
      coalesce(NEW."failure_code", 'failed'),
      CASE WHEN NEW."failure_code" = 'command-refused'
        THEN ARRAY(SELECT DISTINCT r."status"::text FROM "delivery_refusals"(NEW."id") r)
        ELSE ARRAY[coalesce(NEW."failure_code", 'failed')] END, NEW."updated_at");
  ELSIF NEW."state" = 'expired' THEN
    PERFORM "campaign_attempt_failed"(NEW."campaign_id", NEW."device_id", NEW."id", NULL, 'expired', 'expired',
      ARRAY['expired'], NEW."updated_at");
  ELSIF NEW."failure_code" = 'recalled' THEN
    PERFORM "campaign_attempt_recalled"(NEW."campaign_id", NEW."device_id", NEW."id", NULL, 'recalled', NEW."updated_at");
  ELSE
    UPDATE "campaign_target" SET "state" = 'cancelled', "due_at" = NULL,
      "reason" = coalesce(NEW."failure_code", 'delivery-cancelled'), "at" = NEW."updated_at"
    WHERE "campaign_id" = NEW."campaign_id" AND "device_id" = NEW."device_id" AND "delivery_id" = NEW."id"
      AND "state" IN ('triggered', 'delivering');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "campaign_delivery_moved" AFTER UPDATE OF "state" ON "delivery" FOR EACH ROW
  WHEN (NEW."campaign_id" IS NOT NULL AND NEW."state" IS DISTINCT FROM OLD."state" AND NEW."state" <> 'triggered')
  EXECUTE FUNCTION "campaign_delivery_moved"();

-- So does a push: one that carries the settings themselves, and a trigger that could not be sent.
CREATE FUNCTION "campaign_push_moved"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."kind" = 'package0' THEN
    IF NEW."state" NOT IN ('failed', 'cancelled') THEN RETURN NULL; END IF;
    UPDATE "delivery" SET "state" = CASE NEW."state" WHEN 'failed' THEN 'failed' ELSE 'cancelled' END,
      "failure_code" = CASE NEW."state" WHEN 'failed' THEN 'trigger-failed' ELSE 'recalled' END,
      "failure_message" = NEW."reason", "updated_at" = NEW."updated_at", "ended_at" = NEW."updated_at"
    WHERE "id" = NEW."delivery_id" AND "state" = 'queued'
      AND NOT EXISTS (SELECT FROM "push" p WHERE p."delivery_id" = NEW."delivery_id" AND p."id" <> NEW."id"
        AND p."state" NOT IN ('failed', 'cancelled', 'expired'));
    RETURN NULL;
  END IF;
  IF NEW."state" = 'sent' THEN
    UPDATE "campaign_target" t SET "state" = 'succeeded', "due_at" = NULL, "reason" = NULL, "at" = NEW."updated_at"
    FROM "campaign" c WHERE c."id" = NEW."campaign_id" AND c."success_at" = 'sent'
      AND t."campaign_id" = NEW."campaign_id" AND t."device_id" = NEW."device_id" AND t."push_id" = NEW."id"
      AND t."state" = 'triggered';
  ELSIF NEW."state" = 'delivered' THEN
    UPDATE "campaign_target" SET "state" = 'succeeded', "due_at" = NULL, "reason" = NULL, "at" = NEW."updated_at"
    WHERE "campaign_id" = NEW."campaign_id" AND "device_id" = NEW."device_id" AND "push_id" = NEW."id"
      AND "state" = 'triggered';
  ELSIF NEW."state" IN ('failed', 'expired') THEN
    PERFORM "campaign_attempt_failed"(NEW."campaign_id", NEW."device_id", NULL, NEW."id", NEW."state",
      CASE NEW."state" WHEN 'failed' THEN 'push-failed' ELSE 'expired' END,
      ARRAY[CASE NEW."state" WHEN 'failed' THEN 'push-failed' ELSE 'expired' END], NEW."updated_at");
  ELSIF NEW."state" = 'cancelled' THEN
    PERFORM "campaign_attempt_recalled"(NEW."campaign_id", NEW."device_id", NULL, NEW."id", 'recalled',
      NEW."updated_at");
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "campaign_push_moved" AFTER UPDATE OF "state" ON "push" FOR EACH ROW
  WHEN (NEW."campaign_id" IS NOT NULL AND NEW."state" IS DISTINCT FROM OLD."state"
    AND NEW."state" NOT IN ('queued', 'sending'))
  EXECUTE FUNCTION "campaign_push_moved"();

-- A device that goes leaves its place in the counts.
CREATE FUNCTION "campaign_device_gone"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "campaign_target" SET
    "state" = CASE "state" WHEN 'waiting' THEN 'skipped' WHEN 'triggered' THEN 'cancelled'
      WHEN 'delivering' THEN 'cancelled' ELSE "state" END,
    "reason" = CASE WHEN "state" IN ('waiting', 'triggered', 'delivering') THEN 'device-deleted' ELSE "reason" END,
    "at" = CASE WHEN "state" IN ('waiting', 'triggered', 'delivering') THEN now() ELSE "at" END,
    "due_at" = NULL, "former_device_id" = OLD."device_id"
  WHERE "device_id" = OLD."id";
  RETURN NULL;
END $$;
CREATE TRIGGER "campaign_device_gone" AFTER DELETE ON "device" FOR EACH ROW EXECUTE FUNCTION "campaign_device_gone"();

-- Campaigns and waves tell of themselves.
CREATE FUNCTION "campaign_moved"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "event" ("kind", "campaign_id", "data", "at")
  VALUES ('campaign.' || NEW."state", NEW."id", json_strip_nulls(json_build_object(
    'from', CASE WHEN TG_OP = 'UPDATE' THEN OLD."state" END, 'to', NEW."state", 'reason', NEW."reason",
    'by', NEW."actor")), NEW."updated_at");
  RETURN NULL;
END $$;
CREATE TRIGGER "campaign_made" AFTER INSERT ON "campaign" FOR EACH ROW EXECUTE FUNCTION "campaign_moved"();
CREATE TRIGGER "campaign_moved" AFTER UPDATE OF "state" ON "campaign" FOR EACH ROW
  WHEN (NEW."state" IS DISTINCT FROM OLD."state") EXECUTE FUNCTION "campaign_moved"();

CREATE FUNCTION "campaign_wave_moved"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "event" ("kind", "campaign_id", "wave", "data", "at")
  VALUES ('wave.' || NEW."state", NEW."campaign_id", NEW."wave", json_strip_nulls(json_build_object(
    'from', OLD."state", 'to', NEW."state", 'reason', NEW."reason")), NEW."updated_at");
  RETURN NULL;
END $$;
CREATE TRIGGER "campaign_wave_moved" AFTER UPDATE OF "state" ON "campaign_wave" FOR EACH ROW
  WHEN (NEW."state" IS DISTINCT FROM OLD."state") EXECUTE FUNCTION "campaign_wave_moved"();
