-- AlterTable
ALTER TABLE "delivery" ADD COLUMN     "on_failure" TEXT NOT NULL DEFAULT 'continue',
ADD COLUMN     "sent" INTEGER NOT NULL DEFAULT 0;

-- What follows Prisma cannot say.

-- What was answered had been sent; of what was under way nobody knows any more.
UPDATE "delivery" SET "sent" = "position";
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_on_failure" CHECK ("on_failure" IN ('continue', 'stop'));
