-- CreateTable
CREATE TABLE "device_alert" (
    "id" BIGSERIAL NOT NULL,
    "place" BIGINT,
    "device_id" UUID NOT NULL,
    "session_id" UUID NOT NULL,
    "exchange" INTEGER NOT NULL,
    "code" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "mark" TEXT,
    "correlator" TEXT,
    "source" TEXT,
    "target" TEXT,
    "data" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "device_alert_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "awaited_exec" (
    "device_id" UUID NOT NULL,
    "exchange" INTEGER NOT NULL,
    "delivery_id" UUID NOT NULL,
    "path" TEXT NOT NULL,
    "correlator" TEXT NOT NULL,

    CONSTRAINT "awaited_exec_pkey" PRIMARY KEY ("delivery_id","path","exchange")
);

-- CreateIndex
CREATE UNIQUE INDEX "device_alert_place" ON "device_alert"("place");

-- CreateIndex
CREATE INDEX "device_alert_device" ON "device_alert"("device_id", "place");

-- CreateIndex
CREATE INDEX "device_alert_type" ON "device_alert"("type", "place");

-- CreateIndex
CREATE INDEX "awaited_exec_correlator" ON "awaited_exec"("device_id", "correlator", "exchange");

-- What follows Prisma cannot say.

-- Places are given when somebody reads, see adapters/pg/pg-alert-store.ts; a sequence never gives one twice, not even after
-- rows were removed.
CREATE SEQUENCE "device_alert_places";
CREATE INDEX "device_alert_unplaced" ON "device_alert" ("id") WHERE "place" IS NULL;
CREATE INDEX "device_alert_correlator" ON "device_alert" ("device_id", "correlator", "exchange")
  WHERE "correlator" IS NOT NULL;

-- In place of foreign keys, which would look up the owner with every message.
CREATE FUNCTION "device_gone_alerts"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "device_alert" WHERE "device_id" = OLD."id";
  RETURN NULL;
END $$;
CREATE TRIGGER "device_gone_alerts" AFTER DELETE ON "device" FOR EACH ROW EXECUTE FUNCTION "device_gone_alerts"();

CREATE FUNCTION "delivery_gone_execs"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "awaited_exec" WHERE "delivery_id" = OLD."id";
  RETURN NULL;
END $$;
CREATE TRIGGER "delivery_gone_execs" AFTER DELETE ON "delivery" FOR EACH ROW EXECUTE FUNCTION "delivery_gone_execs"();
