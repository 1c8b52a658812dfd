-- AlterTable
ALTER TABLE "device" ADD COLUMN     "client_scope" TEXT,
ADD COLUMN     "refusals" JSON,
ADD COLUMN     "server_auth" TEXT,
ADD COLUMN     "server_password_mark" BYTEA;

-- CreateIndex
CREATE INDEX "device_server_password_mark" ON "device"("server_password_mark");
