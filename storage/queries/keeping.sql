-- insert_receipt --
-- Marks a transaction; nothing comes back when it was committed before. Waits for one that is not decided yet.
INSERT INTO receipt (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING true;

-- drop_receipts --
-- Nobody asks for an answer of yesterday.
DELETE FROM receipt WHERE at < now() - interval '1 day';

-- drop_previews --
-- Nobody confirms what was previewed yesterday.
DELETE FROM staff_action WHERE done_at IS NULL AND previewed_at < now() - interval '1 day';

-- lock_migrations --
-- One program migrates at a time; the lock falls with the connection.
SELECT pg_advisory_lock(7305109);

-- unlock_migrations --
-- The next program may look.
SELECT pg_advisory_unlock(7305109);

-- make_migration_table --
-- What was applied, and exactly which text.
CREATE TABLE IF NOT EXISTS migration (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- read_migrations --
-- All that were applied, in order.
SELECT name, checksum FROM migration ORDER BY name;

-- insert_migration --
-- In the transaction of the migration itself.
INSERT INTO migration (name, checksum) VALUES ($1, $2);

-- ping --
-- Whether anybody is there.
SELECT 1;
