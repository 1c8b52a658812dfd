-- CreateTable
CREATE TABLE "device_import" (
    "id" UUID NOT NULL,
    "format" TEXT NOT NULL,
    "policy" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "size" BIGINT NOT NULL DEFAULT 0,
    "position" BIGINT NOT NULL DEFAULT 0,
    "lines" INTEGER NOT NULL DEFAULT 0,
    "created" INTEGER NOT NULL DEFAULT 0,
    "updated" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "refused" INTEGER NOT NULL DEFAULT 0,
    "reason" TEXT,
    "worker_id" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "device_import_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "device_import_piece" (
    "import_id" UUID NOT NULL,
    "place" INTEGER NOT NULL,
    "octets" BYTEA NOT NULL,

    CONSTRAINT "device_import_piece_pkey" PRIMARY KEY ("import_id","place")
);

-- CreateTable
CREATE TABLE "device_import_refusal" (
    "import_id" UUID NOT NULL,
    "line" INTEGER NOT NULL,
    "device_id" TEXT,
    "reason" TEXT NOT NULL,

    CONSTRAINT "device_import_refusal_pkey" PRIMARY KEY ("import_id","line")
);

-- What follows Prisma cannot say.

ALTER TABLE "device_import"
  ADD CONSTRAINT "device_import_format" CHECK ("format" IN ('csv', 'ndjson')),
  ADD CONSTRAINT "device_import_policy" CHECK ("policy" IN ('create', 'update', 'upsert')),
  ADD CONSTRAINT "device_import_state" CHECK (
    CASE
      WHEN "state" IN ('receiving', 'queued', 'running') THEN "ended_at" IS NULL
      ELSE "state" IN ('completed', 'failed') AND "ended_at" IS NOT NULL
    END
  );
CREATE INDEX "device_import_open" ON "device_import" ("id") WHERE "ended_at" IS NULL;

-- What is sealed cannot be compressed.
ALTER TABLE "device_import_piece" ALTER COLUMN "octets" SET STORAGE EXTERNAL;
