-- CreateTable
CREATE TABLE "device" (
    "id" UUID NOT NULL,
    "device_id" TEXT NOT NULL,
    "msisdn" TEXT,
    "imsi" TEXT,
    "auth" TEXT NOT NULL,
    "client_username" TEXT NOT NULL,
    "secrets" BYTEA NOT NULL,
    "client_nonce" BYTEA,
    "previous_client_nonce" BYTEA,
    "server_nonce" BYTEA,
    "session_lock" INTEGER NOT NULL DEFAULT 0,
    "last_trigger_id" INTEGER NOT NULL DEFAULT 0,
    "info_dev_id" TEXT,
    "info_man" TEXT,
    "info_mod" TEXT,
    "info_dmv" TEXT,
    "info_lang" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3),

    CONSTRAINT "device_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "node_value" (
    "device_id" UUID NOT NULL,
    "loc_uri" TEXT NOT NULL,
    "value" TEXT,
    "format" TEXT,
    "type" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "node_value_pkey" PRIMARY KEY ("device_id","loc_uri")
);

-- CreateTable
CREATE TABLE "tree_report" (
    "device_id" UUID NOT NULL,
    "exchange" INTEGER NOT NULL,
    "report" JSON NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "tree_report_pkey" PRIMARY KEY ("device_id","exchange")
);

-- CreateTable
CREATE TABLE "package_name" (
    "name" TEXT NOT NULL,
    "last_revision" INTEGER NOT NULL,

    CONSTRAINT "package_name_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "package" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "version" TEXT,
    "command_count" INTEGER NOT NULL,
    "variables" TEXT[],
    "size" INTEGER NOT NULL,
    "xml" BYTEA NOT NULL,
    "commands" JSON NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "package_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery" (
    "id" UUID NOT NULL,
    "package_id" UUID NOT NULL,
    "device_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "position" INTEGER NOT NULL DEFAULT 0,
    "trigger_session_id" INTEGER,
    "variables" BYTEA,
    "failure_code" TEXT,
    "failure_message" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "result_report" (
    "delivery_id" UUID NOT NULL,
    "exchange" INTEGER NOT NULL,
    "results" JSON NOT NULL,

    CONSTRAINT "result_report_pkey" PRIMARY KEY ("delivery_id","exchange")
);

-- CreateTable
CREATE TABLE "dm_session" (
    "id" UUID NOT NULL,
    "device_id" UUID NOT NULL,
    "dm_session_id" TEXT NOT NULL,
    "opening" INTEGER NOT NULL,
    "phase" TEXT NOT NULL,
    "state" JSON NOT NULL,
    "last_msg_id" TEXT NOT NULL,
    "last_reply" BYTEA NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "last_message_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),
    "close_reason" TEXT,

    CONSTRAINT "dm_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dm_exchange" (
    "session_id" UUID NOT NULL,
    "exchange" INTEGER NOT NULL,
    "heads" JSON NOT NULL,
    "bodies" BYTEA NOT NULL,

    CONSTRAINT "dm_exchange_pkey" PRIMARY KEY ("session_id","exchange")
);

-- CreateTable
CREATE TABLE "push" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "destination" TEXT NOT NULL,
    "device_id" UUID,
    "delivery_id" UUID,
    "session_id" INTEGER,
    "ui_mode" SMALLINT,
    "destination_port" INTEGER,
    "source_port" INTEGER,
    "payload" BYTEA,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "uncertain_parts" INTEGER NOT NULL DEFAULT 0,
    "part_count" INTEGER,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "worker_id" TEXT,
    "reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "push_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "push_part" (
    "push_id" TEXT NOT NULL,
    "part" SMALLINT NOT NULL,
    "message_id" TEXT NOT NULL,
    "receipt" TEXT,

    CONSTRAINT "push_part_pkey" PRIMARY KEY ("push_id","part")
);

-- CreateTable
CREATE TABLE "sms_message" (
    "message_id" TEXT NOT NULL,
    "push_id" TEXT,
    "part" SMALLINT,
    "receipt" TEXT,
    "error_code" TEXT,
    "destination" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sms_message_pkey" PRIMARY KEY ("message_id")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "scope" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "claim_id" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "status" SMALLINT,
    "headers" JSON,
    "body" TEXT,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("scope","key")
);

-- CreateTable
CREATE TABLE "setting" (
    "key" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "setting_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE UNIQUE INDEX "device_device_id" ON "device"("device_id");

-- CreateIndex
CREATE INDEX "device_msisdn" ON "device"("msisdn");

-- CreateIndex
CREATE INDEX "device_man_mod" ON "device"("info_man", "info_mod");

-- CreateIndex
CREATE INDEX "tree_report_at" ON "tree_report" USING BRIN ("at");

-- CreateIndex
CREATE UNIQUE INDEX "package_name_revision" ON "package"("name", "revision");

-- CreateIndex
CREATE INDEX "delivery_device" ON "delivery"("device_id", "id");

-- CreateIndex
CREATE INDEX "delivery_package" ON "delivery"("package_id", "id");

-- CreateIndex
CREATE INDEX "dm_session_device" ON "dm_session"("device_id", "dm_session_id", "opening");

-- CreateIndex
CREATE INDEX "idempotency_key_until" ON "idempotency_key"("until");

-- AddForeignKey
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_package_id_fkey" FOREIGN KEY ("package_id") REFERENCES "package"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "device"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "push" ADD CONSTRAINT "push_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "device"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- What follows Prisma cannot say.

-- Keys compare octet by octet, whatever the database's locale: prefixes can use the index.
ALTER TABLE "device" ALTER COLUMN "device_id" TYPE TEXT COLLATE "C", ALTER COLUMN "msisdn" TYPE TEXT COLLATE "C";
ALTER TABLE "node_value" ALTER COLUMN "loc_uri" TYPE TEXT COLLATE "C";
ALTER TABLE "package" ALTER COLUMN "name" TYPE TEXT COLLATE "C";
ALTER TABLE "package_name" ALTER COLUMN "name" TYPE TEXT COLLATE "C";
ALTER TABLE "dm_session" ALTER COLUMN "dm_session_id" TYPE TEXT COLLATE "C";
ALTER TABLE "push" ALTER COLUMN "id" TYPE TEXT COLLATE "C";
ALTER TABLE "push_part" ALTER COLUMN "push_id" TYPE TEXT COLLATE "C";
ALTER TABLE "sms_message" ALTER COLUMN "message_id" TYPE TEXT COLLATE "C";

-- A history grows, what is under way stays small.
CREATE INDEX "dm_session_open" ON "dm_session" ("device_id") WHERE "closed_at" IS NULL;
CREATE INDEX "delivery_open" ON "delivery" ("device_id", "id") WHERE "ended_at" IS NULL;
CREATE INDEX "delivery_expiry" ON "delivery" ("expires_at") WHERE "ended_at" IS NULL;
CREATE INDEX "push_due" ON "push" ("due_at") WHERE "state" IN ('queued', 'sending');
CREATE INDEX "push_delivery" ON "push" ("delivery_id") WHERE "delivery_id" IS NOT NULL;
CREATE INDEX "push_device" ON "push" ("device_id") WHERE "device_id" IS NOT NULL;

-- Room in every page for the next version of its rows: no index has to follow an update then.
ALTER TABLE "device" SET (fillfactor = 70);
ALTER TABLE "dm_session" SET (fillfactor = 50);
ALTER TABLE "delivery" SET (fillfactor = 75);
ALTER TABLE "push" SET (fillfactor = 75);

-- What is sealed cannot be compressed; trying takes time with every message.
ALTER TABLE "dm_session" ALTER COLUMN "last_reply" SET STORAGE EXTERNAL;

ALTER TABLE "device"
  ADD CONSTRAINT "device_auth" CHECK ("auth" IN ('basic', 'md5', 'hmac')),
  ADD CONSTRAINT "device_last_trigger_id" CHECK ("last_trigger_id" BETWEEN 0 AND 65535);
ALTER TABLE "package" ADD CONSTRAINT "package_kind" CHECK ("kind" IN ('dm', 'cp'));
ALTER TABLE "delivery"
  ADD CONSTRAINT "delivery_state" CHECK (
    CASE
      WHEN "state" IN ('queued', 'triggered', 'delivering') THEN "ended_at" IS NULL
      ELSE "state" IN ('succeeded', 'failed', 'expired', 'cancelled') AND "ended_at" IS NOT NULL
    END
  );
ALTER TABLE "push"
  ADD CONSTRAINT "push_kind" CHECK ("kind" IN ('package0', 'raw')),
  ADD CONSTRAINT "push_state" CHECK (
    "state" IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'expired', 'cancelled')
  );

-- In place of foreign keys, which would look up the owner with every message.
CREATE FUNCTION "device_gone"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- The reports first: should they be just being worked into the values, this waits for it.
  DELETE FROM "tree_report" WHERE "device_id" = OLD."id";
  DELETE FROM "node_value" WHERE "device_id" = OLD."id";
  DELETE FROM "dm_session" WHERE "device_id" = OLD."id";
  RETURN NULL;
END $$;
CREATE TRIGGER "device_gone" AFTER DELETE ON "device" FOR EACH ROW EXECUTE FUNCTION "device_gone"();

CREATE FUNCTION "dm_session_gone"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "dm_exchange" WHERE "session_id" = OLD."id";
  RETURN NULL;
END $$;
CREATE TRIGGER "dm_session_gone" AFTER DELETE ON "dm_session" FOR EACH ROW EXECUTE FUNCTION "dm_session_gone"();

CREATE FUNCTION "delivery_gone"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "result_report" WHERE "delivery_id" = OLD."id";
  DELETE FROM "push" WHERE "delivery_id" = OLD."id";
  RETURN NULL;
END $$;
CREATE TRIGGER "delivery_gone" AFTER DELETE ON "delivery" FOR EACH ROW EXECUTE FUNCTION "delivery_gone"();

CREATE FUNCTION "push_gone"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "sms_message" m USING "push_part" p
    WHERE p."push_id" = OLD."id" AND m."message_id" = p."message_id" AND m."push_id" = OLD."id";
  DELETE FROM "push_part" WHERE "push_id" = OLD."id";
  RETURN NULL;
END $$;
CREATE TRIGGER "push_gone" AFTER DELETE ON "push" FOR EACH ROW EXECUTE FUNCTION "push_gone"();
