-- AlterTable
ALTER TABLE "device" ADD COLUMN     "bootstrap_at" TIMESTAMPTZ(3),
ADD COLUMN     "bootstrap_push_id" TEXT,
ADD COLUMN     "bootstrap_state" TEXT NOT NULL DEFAULT 'none',
ADD COLUMN     "has_account" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "pending_accounts" BYTEA;

ALTER TABLE "device"
  ADD CONSTRAINT "device_bootstrap_state" CHECK ("bootstrap_state" IN ('none', 'pending', 'done'));
