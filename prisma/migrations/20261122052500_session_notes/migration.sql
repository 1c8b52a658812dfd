-- AlterTable
ALTER TABLE "dm_session" ADD COLUMN     "notes" TEXT[] DEFAULT ARRAY[]::TEXT[];
