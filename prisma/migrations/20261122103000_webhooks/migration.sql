-- CreateTable
CREATE TABLE "webhook" (
    "id" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "kinds" TEXT[],
    "campaign_id" UUID,
    "description" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "disabled_reason" TEXT,
    "secret" BYTEA NOT NULL,
    "after_tx" BIGINT NOT NULL,
    "after_id" BIGINT NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "failing_since" TIMESTAMPTZ(3),
    "paused_until" TIMESTAMPTZ(3),
    "last_success_at" TIMESTAMPTZ(3),
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "webhook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_message" (
    "id" UUID NOT NULL,
    "webhook_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" SMALLINT NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "last_status" SMALLINT,
    "last_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_message_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "webhook_message_webhook" ON "webhook_message"("webhook_id", "id");

-- AddForeignKey
ALTER TABLE "webhook_message" ADD CONSTRAINT "webhook_message_webhook_id_fkey" FOREIGN KEY ("webhook_id") REFERENCES "webhook"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- What follows Prisma cannot say.

ALTER TABLE "webhook" ADD CONSTRAINT "webhook_disabled_reason" CHECK ("disabled_reason" IN ('gone', 'failing'));
ALTER TABLE "webhook_message" ADD CONSTRAINT "webhook_message_state" CHECK (
  CASE "state" WHEN 'pending' THEN "ended_at" IS NULL ELSE "state" IN ('delivered', 'dead') AND "ended_at" IS NOT NULL END
);
-- What is to be sent stays small, whatever was sent.
CREATE INDEX "webhook_message_due" ON "webhook_message" ("webhook_id", "due_at", "id") WHERE "state" = 'pending';
CREATE INDEX "webhook_message_dead" ON "webhook_message" ("webhook_id", "id") WHERE "state" = 'dead';
