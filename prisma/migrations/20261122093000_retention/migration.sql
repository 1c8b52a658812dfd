-- A push that is the outcome of a send stays as long as the send.
CREATE INDEX "ota_recipient_push" ON "ota_recipient"("push_id");
