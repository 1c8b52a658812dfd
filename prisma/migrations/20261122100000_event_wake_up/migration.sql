-- Readers of the log are woken by what campaigns and waves do. What single devices do is too much: a notification makes
-- transactions wait for each other when they end, and readers look for themselves once in a while.
CREATE FUNCTION "event_written"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('omadm_event', '');
  RETURN NULL;
END $$;
CREATE TRIGGER "event_written" AFTER INSERT ON "event" FOR EACH ROW WHEN (NEW."device_id" IS NULL)
  EXECUTE FUNCTION "event_written"();

-- Deliveries that belong to no campaign tell of their end; those of one tell it as targets.
CREATE FUNCTION "delivery_told"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "event" ("kind", "device_id", "data", "at")
  VALUES ('delivery.' || NEW."state", NEW."device_id", json_strip_nulls(json_build_object('id', NEW."id",
    'from', OLD."state", 'to', NEW."state", 'reason', NEW."failure_code", 'packageId', NEW."package_id")),
    NEW."updated_at");
  RETURN NULL;
END $$;
CREATE TRIGGER "delivery_told" AFTER UPDATE OF "state" ON "delivery" FOR EACH ROW
  WHEN (NEW."ended_at" IS NOT NULL AND OLD."ended_at" IS NULL AND NEW."campaign_id" IS NULL)
  EXECUTE FUNCTION "delivery_told"();

-- A device has opened a session with the account that a bootstrap gave it.
CREATE FUNCTION "device_bootstrapped"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "event" ("kind", "device_id", "data", "at")
  VALUES ('device.bootstrapped', NEW."id", json_build_object('from', OLD."bootstrap_state", 'to', NEW."bootstrap_state"),
    coalesce(NEW."bootstrap_at", now()));
  RETURN NULL;
END $$;
CREATE TRIGGER "device_bootstrapped" AFTER UPDATE OF "bootstrap_state" ON "device" FOR EACH ROW
  WHEN (NEW."bootstrap_state" = 'done' AND OLD."bootstrap_state" IS DISTINCT FROM NEW."bootstrap_state")
  EXECUTE FUNCTION "device_bootstrapped"();
