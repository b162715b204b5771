/**
 * The schema, as the list of steps that made it; docs/schema.md explains every column. `user_version` is the
 * number of steps a database has taken. A step that was released is never edited: a change is a new step at
 * the end.
 */
import type { Database } from 'better-sqlite3';

/** `PRAGMA application_id` of our databases: "Trcy" in ASCII. */
export const APPLICATION_ID = 0x54_72_63_79;

/** Step n of this list (counted from 1) leads from version n − 1 to version n. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE repository (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;

  CREATE TABLE runner (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;

  CREATE TABLE environment (
    id INTEGER PRIMARY KEY,
    runner_id INTEGER NOT NULL REFERENCES runner,
    role TEXT NOT NULL CHECK (role IN ('primary', 'field')),
    node_line TEXT NOT NULL,
    job_type TEXT NOT NULL,
    isolation TEXT NOT NULL CHECK (isolation IN ('file', 'none')),
    UNIQUE (runner_id, role, node_line, job_type, isolation)
  ) STRICT;

  CREATE TABLE git_commit (
    id INTEGER PRIMARY KEY,
    repository_id INTEGER NOT NULL REFERENCES repository,
    sha TEXT NOT NULL,
    author TEXT NOT NULL,
    committed_at TEXT NOT NULL,
    subject TEXT NOT NULL,
    parents TEXT NOT NULL
  ) STRICT;
  CREATE INDEX git_commit_by_sha ON git_commit (repository_id, sha);

  CREATE TABLE machine (
    id INTEGER PRIMARY KEY,
    hostname TEXT NOT NULL,
    platform TEXT NOT NULL,
    arch TEXT NOT NULL,
    libc TEXT,
    os TEXT NOT NULL,
    kernel TEXT NOT NULL,
    cpu_model TEXT NOT NULL,
    cpu_count INTEGER NOT NULL,
    memory_bytes INTEGER NOT NULL,
    governor TEXT,
    turbo INTEGER CHECK (turbo IN (0, 1))
  ) STRICT;
  CREATE INDEX machine_by_hostname ON machine (hostname);

  CREATE TABLE subject (
    id INTEGER PRIMARY KEY,
    repository_id INTEGER NOT NULL REFERENCES repository,
    file_id INTEGER,
    parent_id INTEGER REFERENCES subject,
    kind TEXT NOT NULL CHECK (kind IN ('total', 'file', 'load', 'suite', 'test')),
    name TEXT NOT NULL,
    occurrence INTEGER NOT NULL CHECK (occurrence >= 1)
  ) STRICT;
  CREATE INDEX subject_by_file ON subject (repository_id, file_id);

  CREATE TABLE block (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repository_id INTEGER NOT NULL REFERENCES repository,
    environment_id INTEGER NOT NULL REFERENCES environment,
    run_ids TEXT NOT NULL
  ) STRICT;
  CREATE INDEX block_by_environment ON block (repository_id, environment_id);

  CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    repository_id INTEGER NOT NULL REFERENCES repository,
    environment_id INTEGER NOT NULL REFERENCES environment,
    commit_id INTEGER NOT NULL REFERENCES git_commit,
    branch TEXT,
    modified INTEGER NOT NULL CHECK (modified IN (0, 1)),
    node_version TEXT NOT NULL,
    framework TEXT,
    framework_version TEXT,
    started_at TEXT NOT NULL,
    finished_at TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('passed', 'failed', 'skipped', 'aborted')),
    reason TEXT,
    interrupted INTEGER NOT NULL CHECK (interrupted IN (0, 1)),
    samples INTEGER NOT NULL,
    files INTEGER NOT NULL,
    tests INTEGER NOT NULL,
    passed INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    aborted INTEGER NOT NULL,
    duration_ms REAL NOT NULL,
    dependencies TEXT NOT NULL CHECK (dependencies IN ('present', 'installed', 'none')),
    package_manager TEXT,
    dependencies_ms REAL,
    machine_id INTEGER NOT NULL REFERENCES machine,
    block_id INTEGER REFERENCES block,
    has_detail INTEGER NOT NULL CHECK (has_detail IN (0, 1))
  ) STRICT;
  CREATE INDEX run_by_environment ON run (repository_id, environment_id);
  CREATE INDEX run_unfolded ON run (repository_id, environment_id) WHERE block_id IS NULL;
  CREATE INDEX run_with_detail ON run (repository_id, environment_id, uid) WHERE has_detail = 1;

  CREATE TABLE machine_state (
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    moment TEXT NOT NULL CHECK (moment IN ('before', 'after')),
    at TEXT NOT NULL,
    load REAL NOT NULL,
    cpu_pressure REAL,
    memory_free_bytes INTEGER NOT NULL,
    calibration_version INTEGER,
    calibration_node_version TEXT,
    calibration_cpu_ms REAL,
    calibration_memory_ms REAL,
    PRIMARY KEY (run_id, moment)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE fingerprint (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE
  ) STRICT;

  CREATE TABLE run_file (
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    subject_id INTEGER NOT NULL,
    fingerprint_id INTEGER REFERENCES fingerprint,
    peak_rss_bytes INTEGER,
    exit_code INTEGER,
    signal TEXT,
    PRIMARY KEY (run_id, subject_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE result (
    run_id INTEGER NOT NULL,
    subject_id INTEGER NOT NULL,
    outcome INTEGER NOT NULL CHECK (outcome BETWEEN 0 AND 3),
    duration_ns INTEGER,
    spread INTEGER,
    PRIMARY KEY (run_id, subject_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE block_result (
    block_id INTEGER NOT NULL REFERENCES block ON DELETE CASCADE,
    subject_id INTEGER NOT NULL,
    outcomes TEXT,
    durations BLOB,
    spreads BLOB,
    PRIMARY KEY (block_id, subject_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE explanation (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    reason TEXT,
    message TEXT,
    stack TEXT
  ) STRICT;

  CREATE TABLE run_explanation (
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    subject_id INTEGER NOT NULL,
    explanation_id INTEGER NOT NULL REFERENCES explanation,
    PRIMARY KEY (run_id, subject_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE document (
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (run_id, position)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE run_detail (
    run_id INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE,
    content BLOB NOT NULL
  ) STRICT;

  CREATE VIEW subjects AS
  WITH RECURSIVE named (id, text) AS (
    SELECT id, iif(kind = 'total', 'total', name) FROM subject WHERE file_id IS NULL
    UNION ALL
    SELECT s.id, iif(s.kind = 'load', p.text || ' (load)', p.text || ' > ' || s.name)
    FROM named p JOIN subject s ON s.parent_id = p.id AND s.file_id IS NOT NULL
  )
  SELECT s.id, r.name AS repository, s.kind, n.text || iif(s.occurrence > 1, ' #' || s.occurrence, '') AS text
  FROM named n JOIN subject s ON s.id = n.id JOIN repository r ON r.id = s.repository_id;

  CREATE VIEW results AS
  WITH value (run_id, subject_id, outcome, duration_ns, spread) AS (
    SELECT run_id, subject_id, outcome, duration_ns, spread FROM result
    UNION ALL
    SELECT run_id, subject_id, code,
      CASE WHEN duration > 0 THEN duration - 1 END,
      CASE WHEN spread > 0 THEN spread - 1 END
    FROM (
      SELECT j.value AS run_id, br.subject_id,
        iif(br.outcomes IS NULL, '0', substr(br.outcomes, j.key + 1, 1)) AS code,
        ('0x0' || hex(substr(br.durations, 1 + j.key * (length(br.durations) / json_array_length(b.run_ids)),
          length(br.durations) / json_array_length(b.run_ids)))) ->> '$' AS duration,
        ('0x0' || hex(substr(br.spreads, 1 + j.key * 2, 2))) ->> '$' AS spread
      FROM block b JOIN block_result br ON br.block_id = b.id JOIN json_each(b.run_ids) j
    ) WHERE code <> '-'
  )
  SELECT r.uid AS run, p.name AS repository, c.sha AS commit_sha, c.committed_at, r.node_version,
    v.subject_id, s.kind,
    CASE WHEN s.kind NOT IN ('suite', 'load') THEN
      CASE CAST(v.outcome AS INTEGER) WHEN 0 THEN 'passed' WHEN 1 THEN 'failed' WHEN 2 THEN 'skipped' ELSE 'aborted' END
    END AS outcome,
    v.duration_ns / 1e6 AS duration_ms, v.spread / 1e4 AS spread
  FROM value v
  JOIN run r ON r.id = v.run_id
  JOIN git_commit c ON c.id = r.commit_id
  JOIN subject s ON s.id = v.subject_id
  JOIN repository p ON p.id = s.repository_id;
  `,
  // What was one document with all files of a run becomes the first and only part of its details.
  `
  CREATE TABLE detail_part (
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    position INTEGER NOT NULL,
    file_ids TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (run_id, position)
  ) STRICT;

  INSERT INTO detail_part (run_id, position, file_ids, content)
  SELECT d.run_id, 0,
    (SELECT json_group_array(f.subject_id) FROM run_file f WHERE f.run_id = d.run_id), d.content
  FROM run_detail d;

  DROP TABLE run_detail;
  `,
  // Dependencies may come from an artifact or a cache. A CHECK cannot be changed: the column takes the place of another.
  `
  ALTER TABLE run ADD COLUMN restored_dependencies TEXT NOT NULL DEFAULT 'none'
    CHECK (restored_dependencies IN ('present', 'installed', 'none', 'artifact', 'cache'));
  UPDATE run SET restored_dependencies = dependencies;
  ALTER TABLE run DROP COLUMN dependencies;
  ALTER TABLE run RENAME COLUMN restored_dependencies TO dependencies;
  ALTER TABLE run ADD COLUMN artifact_key TEXT;
  ALTER TABLE run ADD COLUMN artifact_cid TEXT;
  ALTER TABLE run ADD COLUMN artifact_bytes INTEGER;
  `,
  // What is found in the history, and what became of it.
  `
  CREATE TABLE change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    repository_id INTEGER NOT NULL REFERENCES repository,
    environment_id INTEGER NOT NULL REFERENCES environment,
    subject_id INTEGER NOT NULL REFERENCES subject,
    branch TEXT,
    direction TEXT NOT NULL CHECK (direction IN ('slower', 'faster')),
    origin TEXT NOT NULL CHECK (origin IN ('level', 'run')),
    base_sha TEXT NOT NULL,
    head_sha TEXT NOT NULL,
    before_ms REAL NOT NULL,
    now_ms REAL NOT NULL,
    ratio REAL,
    ratio_low REAL,
    ratio_high REAL,
    p_value REAL NOT NULL,
    head_run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    found_run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    found_at TEXT NOT NULL,
    verdict TEXT CHECK (verdict IN ('confirmed', 'refuted', 'undecided')),
    verdict_ratio REAL,
    verdict_low REAL,
    verdict_high REAL,
    verdict_level REAL,
    verdict_pairs INTEGER,
    verdict_base_sha TEXT,
    verdict_head_sha TEXT,
    verdict_reason TEXT,
    state TEXT NOT NULL CHECK (state IN ('new', 'acknowledged', 'expected', 'fixed', 'recovered')),
    state_reason TEXT,
    state_by TEXT NOT NULL CHECK (state_by IN ('tracey', 'command', 'file', 'trailer')),
    state_at TEXT NOT NULL,
    recovered_run_id INTEGER REFERENCES run ON DELETE SET NULL
  ) STRICT;
  CREATE INDEX change_by_series ON change (subject_id, environment_id);
  CREATE INDEX change_by_lane ON change (repository_id, environment_id);
  CREATE INDEX change_by_head_run ON change (head_run_id);
  CREATE INDEX change_by_found_run ON change (found_run_id);
  CREATE INDEX change_by_recovered_run ON change (recovered_run_id) WHERE recovered_run_id IS NOT NULL;

  CREATE TABLE change_document (
    change_id INTEGER NOT NULL REFERENCES change ON DELETE CASCADE,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (change_id, name)
  ) STRICT;

  CREATE TABLE machine_change (
    id INTEGER PRIMARY KEY,
    repository_id INTEGER NOT NULL REFERENCES repository,
    environment_id INTEGER NOT NULL REFERENCES environment,
    run_id INTEGER NOT NULL UNIQUE REFERENCES run ON DELETE CASCADE,
    ratio REAL NOT NULL,
    calibration_ratio REAL,
    causes TEXT NOT NULL,
    found_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX machine_change_by_lane ON machine_change (repository_id, environment_id);

  CREATE TABLE smallest_change (
    environment_id INTEGER NOT NULL REFERENCES environment,
    subject_id INTEGER NOT NULL REFERENCES subject,
    ratio REAL NOT NULL,
    PRIMARY KEY (environment_id, subject_id)
  ) STRICT, WITHOUT ROWID;
  `,
  // What releases are called.
  `
  CREATE TABLE tag (
    repository_id INTEGER NOT NULL REFERENCES repository,
    name TEXT NOT NULL,
    sha TEXT NOT NULL,
    PRIMARY KEY (repository_id, name)
  ) STRICT, WITHOUT ROWID;
  `,
  // Which body a test had: a row where it is another than in the run stored before.
  `
  CREATE TABLE body_spell (
    subject_id INTEGER NOT NULL,
    environment_id INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    hash INTEGER,
    PRIMARY KEY (subject_id, environment_id, run_id)
  ) STRICT, WITHOUT ROWID;
  `,
  // What people were told once: tests that are gone, machines that are overdue.
  `
  CREATE TABLE vanished (
    repository_id INTEGER NOT NULL REFERENCES repository,
    environment_id INTEGER NOT NULL REFERENCES environment,
    branch TEXT NOT NULL,
    name TEXT NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    PRIMARY KEY (repository_id, environment_id, branch, name)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX vanished_by_run ON vanished (run_id);

  CREATE TABLE overdue (
    id INTEGER PRIMARY KEY,
    repository_id INTEGER NOT NULL REFERENCES repository,
    runner_id INTEGER NOT NULL REFERENCES runner,
    role TEXT NOT NULL CHECK (role IN ('primary', 'field')),
    job_type TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('shown', 'mail', 'statsd')),
    last_started_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    told_at TEXT NOT NULL,
    UNIQUE (repository_id, runner_id, role, job_type, channel)
  ) STRICT;
  `,
  // What goes on under another name.
  `
  CREATE TABLE renamed (
    subject_id INTEGER PRIMARY KEY REFERENCES subject,
    earlier_id INTEGER NOT NULL UNIQUE REFERENCES subject
  ) STRICT;
  `,
];

/**
 * Takes the steps that `database` has not taken, all of them or none, and stamps it as ours. `migrations` is
 * {@link MIGRATIONS} but for tests of this function.
 */
export function migrate(database: Database, migrations: readonly string[] = MIGRATIONS): void {
  const takeSteps = database.transaction(() => {
    // Read again under the write lock: another process may have upgraded it while we waited.
    const version = readVersion(database);
    for (const step of migrations.slice(version)) database.exec(step);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${Math.max(version, migrations.length)}`);
  });
  if (readVersion(database) < migrations.length) takeSteps.immediate();
}

/** How many steps `database` has taken. */
export function readVersion(database: Database): number {
  return database.pragma('user_version', { simple: true }) as number;
}
