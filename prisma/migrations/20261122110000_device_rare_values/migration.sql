-- Of fields with few values the rare one is asked for: who speaks that language, who still uses that way to prove itself.
-- One key a value and a list of rows: some seven octets a device. They change seldom, so messages touch none of them.
CREATE INDEX "device_auth" ON "device"("auth");
CREATE INDEX "device_lang" ON "device" ("info_lang") WHERE "info_lang" IS NOT NULL;
CREATE INDEX "device_dmv" ON "device" ("info_dmv") WHERE "info_dmv" IS NOT NULL;
CREATE INDEX "device_without_account" ON "device" ("id") WHERE "has_account" IS FALSE;
