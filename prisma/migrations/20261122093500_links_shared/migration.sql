-- AlterTable
ALTER TABLE "push_part" ADD COLUMN     "content" TEXT;

-- CreateTable
CREATE TABLE "sms_link_rate" (
    "link_id" TEXT NOT NULL,
    "free_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "sms_link_rate_pkey" PRIMARY KEY ("link_id")
);

-- CreateTable
CREATE TABLE "sms_link_report" (
    "process_id" TEXT NOT NULL,
    "links" JSONB NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sms_link_report_pkey" PRIMARY KEY ("process_id")
);

-- What follows Prisma cannot say.

-- Both only speak of the moment: after a crash of the database they may be empty, and no commit has to wait for the disk.
ALTER TABLE "sms_link_rate" SET UNLOGGED;
ALTER TABLE "sms_link_report" SET UNLOGGED;
