-- A receipt may tell that a trigger was not handed over: nobody need wait for that device until its time runs out.
CREATE OR REPLACE FUNCTION "campaign_push_moved"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."kind" = 'package0' THEN
    -- One that the centre could not hand over is as good as one that it did not take. A trigger that has run out in the
    -- queue has run out together with its delivery.
    IF NEW."state" = 'delivered' OR NEW."state" = 'sent' OR NEW."state" = 'expired' AND OLD."state" <> 'sent' THEN
      RETURN NULL;
    END IF;
    UPDATE "delivery" SET "state" = CASE NEW."state" WHEN 'cancelled' THEN 'cancelled' ELSE 'failed' END,
      "failure_code" = CASE NEW."state" WHEN 'cancelled' THEN 'recalled' ELSE 'trigger-failed' END,
      "failure_message" = coalesce(NEW."reason", 'The SMS centre could not hand over the trigger.'),
      "updated_at" = NEW."updated_at", "ended_at" = NEW."updated_at"
    WHERE "id" = NEW."delivery_id" AND ("state" = 'queued' OR "state" = 'triggered' AND NEW."state" <> 'cancelled')
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
