-- People who sign in. The name in lower case; the password as a hash with its parameters and salt in it.
CREATE TABLE "app_user" (
    "id" UUID NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "role" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "version" INTEGER NOT NULL,
    "password_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "last_sign_in_at" TIMESTAMPTZ(3),

    CONSTRAINT "app_user_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "app_user_name" ON "app_user"("name");

-- Browsers that are signed in: under the hash of what their cookie holds.
CREATE TABLE "browser_session" (
    "hash" BYTEA NOT NULL,
    "user_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "browser_session_pkey" PRIMARY KEY ("hash")
);
CREATE INDEX "browser_session_user" ON "browser_session"("user_id");
ALTER TABLE "browser_session" ADD CONSTRAINT "browser_session_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "app_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Attempts to sign in, by name and by address: [{from, count, lastAt}…].
CREATE TABLE "sign_in_attempt" (
    "subject" TEXT COLLATE "C" NOT NULL,
    "counts" JSON NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sign_in_attempt_pkey" PRIMARY KEY ("subject")
);
CREATE INDEX "sign_in_attempt_last" ON "sign_in_attempt"("last_at");

-- Who did what. Ids sort by time, and pages, retention and every filter go by them.
CREATE TABLE "audit_entry" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "principal_id" TEXT NOT NULL,
    "principal_kind" TEXT NOT NULL,
    "principal_name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "params" JSON NOT NULL,
    "made" TEXT,
    "status" SMALLINT NOT NULL,
    "address" TEXT NOT NULL,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "audit_entry_principal" ON "audit_entry"("principal_id", "id");
CREATE INDEX "audit_entry_operation" ON "audit_entry"("operation", "id");
