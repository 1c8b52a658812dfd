-- Every row of these is written once and changed once, soon after, when its receipt comes. With room in its page the change
-- stays there and touches no index.
ALTER TABLE "push_part" SET (fillfactor = 50);
ALTER TABLE "sms_message" SET (fillfactor = 50);
