-- CreateTable
CREATE TABLE "ota_send" (
    "id" UUID NOT NULL,
    "source" TEXT NOT NULL,
    "package_id" UUID,
    "document_kind" TEXT NOT NULL,
    "security" TEXT NOT NULL,
    "recipient_count" INTEGER NOT NULL,
    "refused_count" INTEGER NOT NULL,
    "settings" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ota_send_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ota_recipient" (
    "send_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "recipient" TEXT NOT NULL,
    "push_id" TEXT,
    "refused" TEXT,

    CONSTRAINT "ota_recipient_pkey" PRIMARY KEY ("send_id","position")
);

ALTER TABLE "ota_send"
  ADD CONSTRAINT "ota_send_source" CHECK ("source" IN ('settings', 'package', 'document')),
  ADD CONSTRAINT "ota_send_security" CHECK ("security" IN ('none', 'USERPIN', 'NETWPIN', 'USERNETWPIN', 'USERPINMAC'));
ALTER TABLE "ota_recipient"
  ADD CONSTRAINT "ota_recipient_fate" CHECK (("push_id" IS NULL) <> ("refused" IS NULL));

ALTER TABLE "package" DROP CONSTRAINT "package_kind";
ALTER TABLE "package" ADD CONSTRAINT "package_kind" CHECK ("kind" IN ('dm', 'cp', 'push'));
