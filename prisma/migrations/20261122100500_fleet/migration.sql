-- DropIndex
DROP INDEX "device_man_mod";

-- CreateTable
CREATE TABLE "device_filter" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "filter" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "device_filter_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "device_filter_name" ON "device_filter"("name");

-- CreateIndex
CREATE INDEX "device_imsi" ON "device"("imsi");

-- CreateIndex
CREATE INDEX "device_man" ON "device"("info_man", "id");

-- CreateIndex
CREATE INDEX "device_mod" ON "device"("info_mod", "id");

-- CreateIndex
CREATE INDEX "device_fwv" ON "device"("info_fwv", "id");

-- CreateIndex
CREATE INDEX "device_created" ON "device"("created_at", "id");

-- What follows Prisma cannot say.

ALTER TABLE "device_filter" ALTER COLUMN "name" TYPE TEXT COLLATE "C";

-- An index on the instant itself would have to follow every message of a device. This one changes once a session, in effect.
ALTER TABLE "device" ADD COLUMN "last_seen_minute" TIMESTAMP(0)
  GENERATED ALWAYS AS (date_trunc('minute', "last_seen_at" AT TIME ZONE 'UTC')) STORED;
CREATE INDEX "device_seen" ON "device"("last_seen_minute", "id");

-- Rows wait in a list until so many kB are there; whoever fills it works it in, and that may be a message of a device.
ALTER INDEX "device_tags" SET (gin_pending_list_limit = 256);
ALTER INDEX "device_attributes" SET (gin_pending_list_limit = 256);
