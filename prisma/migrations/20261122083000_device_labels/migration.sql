-- AlterTable
ALTER TABLE "device" ADD COLUMN     "attributes" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "info_fwv" TEXT,
ADD COLUMN     "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "time_zone" TEXT;

-- CreateIndex
CREATE INDEX "device_tags" ON "device" USING GIN ("tags");

-- CreateIndex
CREATE INDEX "device_attributes" ON "device" USING GIN ("attributes" jsonb_path_ops);

-- What follows Prisma cannot say.

ALTER TABLE "device" ALTER COLUMN "tags" SET NOT NULL;

-- Octet by octet, whatever the database's locale: prefixes can use an index, and the order is the same everywhere.
ALTER TABLE "device" ALTER COLUMN "imsi" TYPE TEXT COLLATE "C",
  ALTER COLUMN "info_man" TYPE TEXT COLLATE "C",
  ALTER COLUMN "info_mod" TYPE TEXT COLLATE "C",
  ALTER COLUMN "info_fwv" TYPE TEXT COLLATE "C";

-- What sessions and discoveries have told before there was a column for it; what is not worked in yet is newer.
UPDATE "device" d SET "info_fwv" = left(n."value", 255) FROM "node_value" n
  WHERE n."device_id" = d."id" AND n."loc_uri" = './DevDetail/FwV' AND n."value" <> '';
