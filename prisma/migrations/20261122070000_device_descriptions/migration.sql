-- Descriptions of devices (DDF), by what the devices say of themselves.
CREATE TABLE "device_description" (
    "id" UUID NOT NULL,
    "man" TEXT NOT NULL,
    "mod" TEXT NOT NULL,
    "firmware" TEXT,
    "version" TEXT NOT NULL,
    "node_count" INTEGER NOT NULL,
    "size" INTEGER NOT NULL,
    "xml" BYTEA NOT NULL,
    "description" JSON NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "device_description_pkey" PRIMARY KEY ("id")
);
