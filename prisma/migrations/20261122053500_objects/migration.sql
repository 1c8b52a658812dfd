-- AlterTable
ALTER TABLE "device" ADD COLUMN     "takes_pieces" BOOLEAN;

-- AlterTable
ALTER TABLE "node_value" ADD COLUMN     "object" JSON;

-- CreateTable
CREATE TABLE "device_object" (
    "id" UUID NOT NULL,
    "device_id" UUID NOT NULL,
    "session_id" UUID NOT NULL,
    "delivery_id" UUID,
    "loc_uri" TEXT NOT NULL,
    "size" INTEGER NOT NULL,
    "format" TEXT,
    "type" TEXT,
    "begun_at" TIMESTAMPTZ(3) NOT NULL,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "device_object_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "object_piece" (
    "object_id" UUID NOT NULL,
    "place" INTEGER NOT NULL,
    "octets" BYTEA NOT NULL,

    CONSTRAINT "object_piece_pkey" PRIMARY KEY ("object_id","place")
);

-- CreateIndex
CREATE INDEX "device_object_device" ON "device_object"("device_id");

-- What follows Prisma cannot say.

CREATE INDEX "device_object_delivery" ON "device_object" ("delivery_id") WHERE "delivery_id" IS NOT NULL;
CREATE INDEX "device_object_open" ON "device_object" ("session_id") WHERE "completed_at" IS NULL;

-- Octets are given out as they came; what devices send is packed already more often than not.
ALTER TABLE "object_piece" ALTER COLUMN "octets" SET STORAGE EXTERNAL;

-- In place of foreign keys, which would look up the owner with every piece.
CREATE FUNCTION "device_object_gone"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "object_piece" WHERE "object_id" = OLD."id";
  RETURN NULL;
END $$;
CREATE TRIGGER "device_object_gone" AFTER DELETE ON "device_object"
  FOR EACH ROW EXECUTE FUNCTION "device_object_gone"();

CREATE FUNCTION "device_gone_objects"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "device_object" WHERE "device_id" = OLD."id";
  RETURN NULL;
END $$;
CREATE TRIGGER "device_gone_objects" AFTER DELETE ON "device" FOR EACH ROW EXECUTE FUNCTION "device_gone_objects"();

CREATE FUNCTION "delivery_gone_objects"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "device_object" WHERE "delivery_id" = OLD."id";
  RETURN NULL;
END $$;
CREATE TRIGGER "delivery_gone_objects" AFTER DELETE ON "delivery"
  FOR EACH ROW EXECUTE FUNCTION "delivery_gone_objects"();
