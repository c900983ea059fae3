//! The tables, as migrations. All times are UTC in milliseconds since 1970, all sizes MiB.

use rusqlite::Connection;

/// The mark in the header of each state file (`PRAGMA application_id`): "SNPB".
pub(super) const APPLICATION_ID: i64 = 0x534e_5042;

/// The schema that this program writes.
pub(super) const VERSION: i64 = 7;

const ONE: &str = "
CREATE TABLE identity (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    state_id TEXT NOT NULL,
    path TEXT NOT NULL,
    inode INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    director_name TEXT NOT NULL,
    director_uuid TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE deployments (
    name TEXT PRIMARY KEY
) STRICT;
CREATE TABLE instances (
    deployment TEXT NOT NULL REFERENCES deployments (name),
    grp TEXT NOT NULL,
    idx INTEGER NOT NULL,
    uuid TEXT,
    az TEXT,
    cpi TEXT NOT NULL,
    vm_cid TEXT,
    agent_id TEXT,
    managed_by TEXT NOT NULL,
    confirmed_at INTEGER NOT NULL,
    vanished_at INTEGER,
    PRIMARY KEY (deployment, grp, idx)
) STRICT;
CREATE TABLE disks (
    cpi TEXT NOT NULL,
    cid TEXT NOT NULL,
    deployment TEXT,
    grp TEXT,
    idx INTEGER,
    slot INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'orphaned')),
    size_mib INTEGER,
    az TEXT,
    cloud_properties TEXT,
    origin TEXT,
    orphaned_at INTEGER,
    PRIMARY KEY (cpi, cid),
    FOREIGN KEY (deployment, grp, idx) REFERENCES instances (deployment, grp, idx)
) STRICT;
CREATE UNIQUE INDEX one_disk_a_slot ON disks (deployment, grp, idx, slot) WHERE state = 'active';
CREATE INDEX disks_by_cid ON disks (cid);
CREATE TABLE operations (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    verb TEXT NOT NULL,
    arguments TEXT NOT NULL,
    user TEXT NOT NULL,
    host TEXT NOT NULL,
    host_id TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'partly', 'failed', 'rolled back')),
    summary TEXT,
    plan TEXT,
    fence INTEGER NOT NULL
) STRICT;
CREATE INDEX pending_operations ON operations (number) WHERE state = 'pending';
CREATE TABLE steps (
    operation TEXT NOT NULL REFERENCES operations (id),
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    step TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('intended', 'done', 'failed', 'unknown')),
    result TEXT,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (operation, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE claims (
    resource TEXT NOT NULL,
    operation TEXT NOT NULL REFERENCES operations (id),
    mode TEXT NOT NULL CHECK (mode IN ('shared', 'exclusive')),
    PRIMARY KEY (resource, operation)
) STRICT, WITHOUT ROWID;
CREATE INDEX claims_of ON claims (operation);
CREATE TABLE snapshots (
    cpi TEXT NOT NULL,
    cid TEXT NOT NULL,
    disk TEXT,
    deployment TEXT NOT NULL,
    grp TEXT NOT NULL,
    idx INTEGER NOT NULL,
    az TEXT,
    owner TEXT NOT NULL CHECK (owner IN ('director', 'snapback')),
    purpose TEXT NOT NULL CHECK (purpose IN ('take', 'safety')),
    created_at INTEGER NOT NULL,
    clean INTEGER NOT NULL CHECK (clean IN (0, 1)),
    consistency TEXT NOT NULL,
    size_mib INTEGER,
    note TEXT,
    operation TEXT REFERENCES operations (id),
    gone_at INTEGER,
    PRIMARY KEY (cpi, cid)
) STRICT;
CREATE INDEX snapshots_in_order ON snapshots (deployment, grp, idx, created_at, cid);
CREATE INDEX snapshots_by_cid ON snapshots (cid);
";

/// Columns from the Director's lists that snapback only shows. Older rows have NULL there.
const TWO: &str = "
ALTER TABLE instances ADD COLUMN process_state TEXT;
ALTER TABLE instances ADD COLUMN ips TEXT;
ALTER TABLE instances ADD COLUMN desired_state TEXT;
ALTER TABLE instances ADD COLUMN vm_type TEXT;
ALTER TABLE instances ADD COLUMN bootstrap INTEGER CHECK (bootstrap IN (0, 1));
ALTER TABLE instances ADD COLUMN ignored INTEGER CHECK (ignored IN (0, 1));
ALTER TABLE disks ADD COLUMN last_deployment TEXT;
ALTER TABLE disks ADD COLUMN last_instance TEXT;
ALTER TABLE snapshots ADD COLUMN position INTEGER;
";

/// Attempts of a step that failed and were repeated.
const THREE: &str = "ALTER TABLE steps ADD COLUMN notes TEXT;";

/// When a drill last made a disk from a snapshot and found its content right.
const FOUR: &str = "ALTER TABLE snapshots ADD COLUMN verified_at INTEGER;";

/// The instance of a snapshot and of a disk by its UUID, since its name can be given to others. It is filled in only if
/// it is certain: for a disk in use, by its instance; for an orphaned one, by its last instance; for a snapshot, by its
/// disk. Also the ids of the state file of a `create-env` instance, disks that are gone, times that cannot be right,
/// and the checklists that only summaries had.
const FIVE: &str = "
ALTER TABLE instances ADD COLUMN director_id TEXT;
ALTER TABLE instances ADD COLUMN installation_id TEXT;
ALTER TABLE disks ADD COLUMN instance_uuid TEXT;
ALTER TABLE disks ADD COLUMN gone_at INTEGER;
ALTER TABLE snapshots ADD COLUMN instance_uuid TEXT;
ALTER TABLE snapshots ADD COLUMN time_untrusted INTEGER NOT NULL DEFAULT 0 CHECK (time_untrusted IN (0, 1));
CREATE INDEX snapshots_by_uuid ON snapshots (lower(instance_uuid));
CREATE INDEX disks_by_uuid ON disks (lower(instance_uuid));
ALTER TABLE operations ADD COLUMN checklist TEXT CHECK (checklist IN ('open', 'done'));
UPDATE operations SET checklist = CASE
    WHEN summary LIKE '%; to do: bosh cck --report, compare, re-arm' THEN 'open'
    WHEN summary LIKE '%; checklist done' THEN 'done' END
    WHERE state = 'done';
UPDATE disks SET instance_uuid = (SELECT uuid FROM instances AS i WHERE i.deployment = disks.deployment
    AND i.grp = disks.grp AND i.idx = disks.idx) WHERE state = 'active';
UPDATE disks SET instance_uuid = lower(substr(last_instance, instr(last_instance, '/') + 1)) WHERE state = 'orphaned'
    AND last_instance LIKE '%/________-____-____-____-____________';
UPDATE snapshots SET instance_uuid = (SELECT instance_uuid FROM disks WHERE disks.cpi = snapshots.cpi
    AND disks.cid = snapshots.disk AND disks.deployment IS snapshots.deployment AND disks.grp IS snapshots.grp
    AND disks.idx IS snapshots.idx);
UPDATE snapshots SET time_untrusted = 1 WHERE owner = 'director' AND EXISTS (SELECT 1 FROM steps
    WHERE kind = 'bosh_attach_disk' AND step ->> '$.instance.deployment' = snapshots.deployment
    AND step ->> '$.instance.group' = snapshots.grp AND step ->> '$.instance.index' = snapshots.idx
    AND snapshots.created_at BETWEEN steps.started_at - 15000 AND coalesce(steps.ended_at, steps.started_at) + 15000);
";

/// Automation. For a snapshot: how long it is kept, who holds it, what took it. The schedules, their runs and the
/// commands to run once; the changes that `guard` has watched.
const SIX: &str = "
ALTER TABLE snapshots ADD COLUMN unsound_at INTEGER;
ALTER TABLE snapshots ADD COLUMN lifespan INTEGER;
ALTER TABLE snapshots ADD COLUMN expires_at INTEGER;
ALTER TABLE snapshots ADD COLUMN held TEXT;
ALTER TABLE snapshots ADD COLUMN schedule TEXT;
ALTER TABLE snapshots ADD COLUMN change TEXT;
ALTER TABLE snapshots ADD COLUMN still_ms INTEGER;
CREATE TABLE schedules (
    name TEXT PRIMARY KEY,
    cron TEXT NOT NULL,
    since INTEGER NOT NULL,
    through INTEGER NOT NULL
) STRICT;
CREATE TABLE schedule_runs (
    schedule TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    state TEXT NOT NULL,
    summary TEXT,
    missed INTEGER NOT NULL DEFAULT 0,
    status INTEGER,
    tries INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (schedule, due_at)
) STRICT;
CREATE TABLE one_offs (
    id TEXT PRIMARY KEY,
    due_at INTEGER NOT NULL,
    arguments TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    ended_at INTEGER,
    summary TEXT
) STRICT;
CREATE TABLE changes (
    id TEXT PRIMARY KEY,
    command TEXT NOT NULL,
    deployment TEXT,
    began_at INTEGER NOT NULL,
    runs_at INTEGER,
    ended_at INTEGER,
    outcome TEXT,
    status INTEGER
) STRICT;
";

/// What a command about one instance or one disk asks for is found without a look at all the others. Beside a snapshot stands the
/// number of the operation that took it: their order is that of the snapshots.
const SEVEN: &str = "
ALTER TABLE snapshots ADD COLUMN operation_number INTEGER;
UPDATE snapshots SET operation_number = (SELECT number FROM operations WHERE operations.id = operation)
    WHERE operation IS NOT NULL;
CREATE INDEX snapshots_by_number ON snapshots (deployment, grp, idx, operation_number, created_at, cid);
CREATE INDEX snapshots_of_disk ON snapshots (disk, created_at);
CREATE INDEX snapshots_of_operation ON snapshots (operation);
CREATE INDEX operations_by_time ON operations (started_at);
CREATE INDEX disks_in_any_case ON disks (lower(cid));
CREATE INDEX orphaned_disks ON disks (orphaned_at) WHERE state = 'orphaned' AND gone_at IS NULL;
CREATE INDEX instances_by_vm ON instances (lower(vm_cid));
";

/// The migrations. Each leads from the version before it to the next; the last one to [`VERSION`].
const MIGRATIONS: [&str; 7] = [ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN];

/// The version that a file has.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Upgrades a file to [`VERSION`], in the open transaction.
pub(super) fn upgrade(connection: &Connection) -> rusqlite::Result<()> {
    let has = usize::try_from(version(connection)?).unwrap_or(0);
    for migration in MIGRATIONS.iter().skip(has) {
        connection.execute_batch(migration)?;
    }
    connection.pragma_update(None, "user_version", VERSION)
}

/// The columns that were added to tables, as they read in a file that does not have them yet.
const LATER: [(&str, &str); 5] = [
    (
        "instances",
        "NULL AS process_state, NULL AS ips, NULL AS desired_state, NULL AS vm_type, NULL AS bootstrap, NULL AS ignored,
         NULL AS director_id, NULL AS installation_id",
    ),
    (
        "disks",
        "rowid AS rowid, NULL AS last_deployment, NULL AS last_instance, NULL AS instance_uuid, NULL AS gone_at",
    ),
    (
        "snapshots",
        "NULL AS position, NULL AS verified_at, NULL AS instance_uuid, 0 AS time_untrusted, NULL AS lifespan,
         NULL AS expires_at, NULL AS held, NULL AS schedule, NULL AS change, NULL AS still_ms,
         NULL AS unsound_at, (SELECT number FROM main.operations AS o WHERE o.id = operation) AS operation_number",
    ),
    (
        "operations",
        "CASE WHEN state = 'done' AND summary LIKE '%; to do: bosh cck --report, compare, re-arm' THEN 'open'
         WHEN state = 'done' AND summary LIKE '%; checklist done' THEN 'done' END AS checklist",
    ),
    ("steps", "NULL AS notes"),
];

/// The tables that were added, as they read in a file that does not have them yet: empty.
const NEW: [(&str, &str); 4] = [
    ("schedules", "NULL AS name, NULL AS cron, NULL AS since, NULL AS through"),
    (
        "schedule_runs",
        "NULL AS rowid, NULL AS schedule, NULL AS due_at, NULL AS started_at, NULL AS ended_at, NULL AS state, NULL AS summary,
         NULL AS missed, NULL AS status, NULL AS tries",
    ),
    (
        "one_offs",
        "NULL AS rowid, NULL AS id, NULL AS due_at, NULL AS arguments, NULL AS created_at, NULL AS state, NULL AS ended_at,
         NULL AS summary",
    ),
    (
        "changes",
        "NULL AS rowid, NULL AS id, NULL AS command, NULL AS deployment, NULL AS began_at, NULL AS ended_at, NULL AS outcome,
         NULL AS status",
    ),
];

/// Lets an older file be read like one of the present version, without changing it: views of this connection fill in
/// what it lacks. If two columns have one name, the first is meant: the file's own.
pub(super) fn fill_in(connection: &Connection) -> rusqlite::Result<()> {
    if version(connection)? == VERSION {
        return Ok(());
    }
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    for (table, later) in LATER {
        connection.execute_batch(&format!("CREATE TEMP VIEW {table} AS SELECT *, {later} FROM main.{table}"))?;
    }
    for (table, columns) in NEW {
        connection.execute_batch(&format!("CREATE TEMP VIEW {table} AS SELECT {columns} WHERE 0"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migrations_apply_and_lead_to_the_version() {
        assert_eq!(i64::try_from(MIGRATIONS.len()), Ok(VERSION));
        let connection = Connection::open_in_memory().unwrap();
        upgrade(&connection).unwrap();
        assert_eq!(version(&connection), Ok(VERSION));
        upgrade(&connection).unwrap();
    }

    #[test]
    fn an_older_file_reads_like_one_of_the_present_version_also_once_another_has_brought_it_up() {
        let path = tempfile::tempdir().unwrap();
        let path = path.path().join("state.db");
        let file = Connection::open(&path).unwrap();
        file.execute_batch(ONE).unwrap();
        file.pragma_update(None, "user_version", 1).unwrap();
        file.execute("INSERT INTO disks (cpi, cid, slot, state) VALUES ('c', 'd', 0, 'orphaned')", []).unwrap();
        let reader = Connection::open(&path).unwrap();
        fill_in(&reader).unwrap();
        let gone = || {
            let sql = "SELECT count(*) FROM disks WHERE gone_at IS NOT NULL ORDER BY rowid";
            reader.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap()
        };
        for table in LATER.into_iter().chain(NEW).map(|(table, _)| table) {
            reader.prepare(&format!("SELECT * FROM {table}")).unwrap();
        }
        assert_eq!(gone(), 0);
        upgrade(&file).unwrap();
        file.execute("UPDATE disks SET gone_at = 1", []).unwrap();
        assert_eq!(gone(), 1);
    }
}
