-- Campaigns go from one zone to the next in it; most devices have none of their own.
CREATE INDEX "device_time_zone" ON "device" ("time_zone") WHERE "time_zone" IS NOT NULL;

-- A parameter must not be called like a table that is asked beside it.
DROP FUNCTION "campaign_attempt_failed"(uuid, uuid, uuid, text, text, text, text[], timestamptz);
DROP FUNCTION "campaign_attempt_recalled"(uuid, uuid, uuid, text, text, timestamptz);
DROP FUNCTION "campaign_failure_told"(uuid, uuid, text, uuid);
DROP FUNCTION "campaign_failure_forgotten"(uuid, uuid);
DROP FUNCTION "delivery_refusals"(uuid);

CREATE FUNCTION "delivery_refusals"("of_delivery" uuid)
RETURNS TABLE ("command" text, "loc_uri" text, "status" int) LANGUAGE sql STABLE AS $$
  SELECT DISTINCT last.command, last.loc_uri, last.status FROM (
    SELECT DISTINCT ON (r->>'path', r->>'item')
      r->>'command' AS command, r->>'locUri' AS loc_uri, (r->>'status')::int AS status
    FROM "result_report" p, json_array_elements(p."results") AS r
    WHERE p."delivery_id" = "of_delivery" AND r->>'status' IS NOT NULL
    ORDER BY r->>'path', r->>'item', p."exchange" DESC) AS last
  WHERE "is_refusal"(last.status)
$$;

CREATE FUNCTION "campaign_failure_told"("of_campaign" uuid, "of_device" uuid, "why" text, "of_delivery" uuid)
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
      SELECT f."id" INTO known FROM "campaign_failure" f WHERE f."campaign_id" = "of_campaign" AND f."reason" = "why"
        AND f."command" = r."command" AND f."loc_uri" = r."loc_uri" AND f."status" = r."status";
      EXIT WHEN known IS NOT NULL;
      INSERT INTO "campaign_failure" ("campaign_id", "reason", "command", "loc_uri", "status")
      VALUES ("of_campaign", "why", r."command", r."loc_uri", r."status")
      ON CONFLICT DO NOTHING;
    END LOOP;
    INSERT INTO "campaign_failure_device" ("campaign_id", "failure_id", "device_id")
    VALUES ("of_campaign", known, "of_device") ON CONFLICT DO NOTHING;
    IF FOUND THEN
      INSERT INTO "campaign_tally" ("campaign_id", "wave", "failure_id", "n") VALUES ("of_campaign", 0, known, 1);
    END IF;
  END LOOP;
END $$;

CREATE FUNCTION "campaign_failure_forgotten"("of_campaign" uuid, "of_device" uuid) RETURNS void LANGUAGE sql AS $$
  WITH gone AS (DELETE FROM "campaign_failure_device" f
    WHERE f."campaign_id" = "of_campaign" AND f."device_id" = "of_device" RETURNING f."failure_id")
  INSERT INTO "campaign_tally" ("campaign_id", "wave", "failure_id", "n")
  SELECT "of_campaign", 0, gone."failure_id", -1 FROM gone
$$;

CREATE FUNCTION "campaign_attempt_failed"("of_campaign" uuid, "of_device" uuid, "of_delivery" uuid, "of_push" text,
  "outcome" text, "why" text, "codes" text[], "now_at" timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  c record;
BEGIN
  SELECT "state", "retry", "end_at" INTO c FROM "campaign" WHERE "id" = "of_campaign";
  UPDATE "campaign_target" t SET
    "state" = CASE WHEN next."due" IS NULL THEN "outcome" ELSE 'waiting' END,
    "due_at" = next."due", "reason" = "why", "at" = "now_at"
  FROM (SELECT "attempt", CASE WHEN c."state" IN ('running', 'paused')
        THEN "retry_due_at"(c."retry", k."attempt", "codes", "now_at", c."end_at") END AS "due"
      FROM "campaign_target" k WHERE k."campaign_id" = "of_campaign" AND k."device_id" = "of_device") AS next
  WHERE t."campaign_id" = "of_campaign" AND t."device_id" = "of_device" AND t."state" IN ('triggered', 'delivering')
    AND t."delivery_id" IS NOT DISTINCT FROM "of_delivery" AND ("of_push" IS NULL OR t."push_id" = "of_push");
END $$;

CREATE FUNCTION "campaign_attempt_recalled"("of_campaign" uuid, "of_device" uuid, "of_delivery" uuid, "of_push" text,
  "why" text, "now_at" timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  is_open boolean;
BEGIN
  SELECT "state" IN ('running', 'paused') INTO is_open FROM "campaign" WHERE "id" = "of_campaign";
  UPDATE "campaign_target" SET
    "state" = CASE WHEN is_open THEN 'waiting' ELSE 'cancelled' END, "due_at" = CASE WHEN is_open THEN "now_at" END,
    "reason" = "why", "at" = "now_at"
  WHERE "campaign_id" = "of_campaign" AND "device_id" = "of_device" AND "state" = 'triggered'
    AND "delivery_id" IS NOT DISTINCT FROM "of_delivery" AND ("of_push" IS NULL OR "push_id" = "of_push");
END $$;

