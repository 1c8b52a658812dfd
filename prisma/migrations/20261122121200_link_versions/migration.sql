-- AlterTable
ALTER TABLE "sms_link" ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;
