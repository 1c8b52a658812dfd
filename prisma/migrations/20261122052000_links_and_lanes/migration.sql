-- AlterTable
ALTER TABLE "push" ADD COLUMN     "cancelled_at" TIMESTAMPTZ(3),
ADD COLUMN     "lane" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "link_id" TEXT,
ADD COLUMN     "lost_claims" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "priority" SMALLINT NOT NULL DEFAULT 5,
ADD COLUMN     "refused_by" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- AlterTable
ALTER TABLE "push_part" ADD COLUMN     "link_id" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "sms_message" DROP CONSTRAINT "sms_message_pkey",
ADD COLUMN     "link_id" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "other_ids" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD CONSTRAINT "sms_message_pkey" PRIMARY KEY ("link_id", "message_id");

-- CreateTable
CREATE TABLE "sms_link" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "settings" JSONB NOT NULL,
    "password" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sms_link_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "incoming_message" (
    "id" UUID NOT NULL,
    "link_id" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "destination" TEXT NOT NULL,
    "udh" BYTEA NOT NULL,
    "body" BYTEA NOT NULL,
    "data_coding" SMALLINT NOT NULL,
    "esm_class" SMALLINT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "incoming_message_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "push_destination" ON "push"("destination", "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "sms_link_name" ON "sms_link"("name");

-- CreateIndex
CREATE INDEX "incoming_message_source" ON "incoming_message"("source", "id");

-- CreateIndex
CREATE INDEX "incoming_message_received" ON "incoming_message"("received_at");

-- What follows Prisma cannot say.

ALTER TABLE "push" ADD CONSTRAINT "push_priority" CHECK ("priority" BETWEEN 0 AND 9);

-- Keys compare octet by octet, whatever the database's locale.
ALTER TABLE "push" ALTER COLUMN "lane" TYPE TEXT COLLATE "C";
ALTER TABLE "sms_message" ALTER COLUMN "link_id" TYPE TEXT COLLATE "C";
ALTER TABLE "incoming_message" ALTER COLUMN "source" TYPE TEXT COLLATE "C";

-- What is under way stays small: by lane, the most urgent first, then the longest due.
DROP INDEX "push_due";
CREATE INDEX "push_due" ON "push" ("lane", "priority" DESC, "due_at") WHERE "state" IN ('queued', 'sending');
-- Receipts that nobody has claimed; also what is old among them is found here.
CREATE INDEX "sms_message_unclaimed" ON "sms_message" ("link_id", "message_id") WHERE "push_id" IS NULL;
-- Triggers that led to nothing yet.
CREATE INDEX "delivery_triggered" ON "delivery" ("updated_at") WHERE "state" = 'triggered';

CREATE OR REPLACE FUNCTION "push_gone"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "sms_message" m USING "push_part" p
    WHERE p."push_id" = OLD."id" AND m."link_id" = p."link_id" AND m."message_id" = p."message_id"
      AND m."push_id" = OLD."id";
  DELETE FROM "push_part" WHERE "push_id" = OLD."id";
  RETURN NULL;
END $$;

-- Every server process works with the links as they are.
CREATE FUNCTION "sms_link_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('omadm_link', '');
  RETURN NULL;
END $$;
CREATE TRIGGER "sms_link_changed" AFTER INSERT OR UPDATE OR DELETE ON "sms_link"
  FOR EACH STATEMENT EXECUTE FUNCTION "sms_link_changed"();
