import Foundation
import GRDB

/// The tables, as a list of migrations that only ever grows; `user_version` counts those applied.
enum Schema {
  struct Migration: Sendable {
    let name: String
    let sql: String
  }

  /// "RGMN": marks the file as ours.
  static let applicationID = 0x5247_4D4E

  static let migrations = [
    Migration(name: "runs, stages and what they leave", sql: tables),
    Migration(name: "live rows and final states", sql: rules),
    Migration(name: "forks and rollbacks", sql: rollbacks),
    Migration(name: "experiments, progress and what ended a process", sql: experiments),
    Migration(name: "answers of samples", sql: answers),
    Migration(name: "why an output is lost", sql: "ALTER TABLE output ADD COLUMN lost TEXT"),
  ]

  private static let tables = """
    CREATE TABLE recipe (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      resolved TEXT NOT NULL,
      source TEXT NOT NULL,
      path TEXT NOT NULL,
      overrides TEXT NOT NULL
    ) STRICT;
    CREATE TABLE run (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      recipe_id TEXT NOT NULL REFERENCES recipe (id),
      recipe TEXT NOT NULL,
      variant TEXT,
      seed INTEGER NOT NULL,
      status TEXT NOT NULL DEFAULT 'created'
        CHECK (status IN ('created', 'running', 'succeeded', 'failed', 'interrupted')),
      stop_requested INTEGER NOT NULL DEFAULT 0,
      epoch INTEGER NOT NULL DEFAULT 0,
      host TEXT,
      process INTEGER,
      claimed_at INTEGER,
      heartbeat_at INTEGER,
      message TEXT,
      environment TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      ended_at INTEGER
    ) STRICT;
    CREATE INDEX run_name ON run (name, created_at);
    CREATE INDEX run_status ON run (status);
    CREATE TABLE stage (
      id INTEGER PRIMARY KEY,
      run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      position INTEGER NOT NULL,
      kind TEXT NOT NULL,
      revision INTEGER NOT NULL,
      key TEXT NOT NULL,
      components TEXT NOT NULL,
      status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'running', 'succeeded',
        'reused', 'failed', 'interrupted', 'blocked', 'skipped')),
      action TEXT NOT NULL,
      reason TEXT NOT NULL,
      forced INTEGER NOT NULL DEFAULT 0,
      attempt INTEGER NOT NULL DEFAULT 0,
      step INTEGER NOT NULL DEFAULT 0,
      total_steps INTEGER,
      unit TEXT,
      message TEXT,
      tainted INTEGER NOT NULL DEFAULT 0,
      origin_id INTEGER REFERENCES stage (id),
      UNIQUE (run_id, name)
    ) STRICT;
    CREATE INDEX stage_key ON stage (key);
    CREATE INDEX stage_name ON stage (name, kind);
    CREATE INDEX stage_origin ON stage (origin_id);
    CREATE TABLE stage_dep (
      stage_id INTEGER NOT NULL REFERENCES stage (id) ON DELETE CASCADE,
      upstream_id INTEGER NOT NULL REFERENCES stage (id) ON DELETE CASCADE,
      PRIMARY KEY (stage_id, upstream_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE attempt (
      stage_id INTEGER NOT NULL REFERENCES stage (id) ON DELETE CASCADE,
      n INTEGER NOT NULL,
      epoch INTEGER NOT NULL,
      from_step INTEGER NOT NULL,
      status TEXT NOT NULL
        CHECK (status IN ('running', 'succeeded', 'failed', 'interrupted', 'adopted')),
      cause TEXT,
      started_at INTEGER NOT NULL,
      ended_at INTEGER,
      PRIMARY KEY (stage_id, n)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE object (
      sha256 TEXT PRIMARY KEY,
      size INTEGER NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE manifest_file (
      manifest TEXT NOT NULL REFERENCES object (sha256),
      name TEXT NOT NULL,
      sha256 TEXT NOT NULL REFERENCES object (sha256),
      PRIMARY KEY (manifest, name)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX manifest_file_object ON manifest_file (sha256);
    CREATE TABLE checkpoint (
      id INTEGER PRIMARY KEY,
      stage_id INTEGER NOT NULL REFERENCES stage (id) ON DELETE CASCADE,
      attempt INTEGER NOT NULL,
      step INTEGER NOT NULL,
      manifest TEXT NOT NULL REFERENCES object (sha256),
      corrupt INTEGER NOT NULL DEFAULT 0,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX checkpoint_stage ON checkpoint (stage_id, step);
    CREATE INDEX checkpoint_manifest ON checkpoint (manifest);
    CREATE TABLE output (
      stage_id INTEGER NOT NULL REFERENCES stage (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      manifest TEXT NOT NULL REFERENCES object (sha256),
      PRIMARY KEY (stage_id, name)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX output_manifest ON output (manifest);
    CREATE TABLE cache (
      key TEXT PRIMARY KEY,
      stage_id INTEGER NOT NULL REFERENCES stage (id) ON DELETE CASCADE,
      hits INTEGER NOT NULL DEFAULT 0,
      last_hit INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX cache_stage ON cache (stage_id);
    CREATE TABLE metric (
      stage_id INTEGER NOT NULL REFERENCES stage (id) ON DELETE CASCADE,
      step INTEGER NOT NULL,
      name TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      value REAL,
      at INTEGER NOT NULL,
      PRIMARY KEY (stage_id, step, name, attempt)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE sample (
      stage_id INTEGER NOT NULL REFERENCES stage (id) ON DELETE CASCADE,
      step INTEGER NOT NULL,
      prompt_id INTEGER NOT NULL,
      sample INTEGER NOT NULL,
      attempt INTEGER NOT NULL,
      prompt TEXT NOT NULL,
      completion TEXT NOT NULL,
      prompt_ids BLOB NOT NULL,
      completion_ids BLOB NOT NULL,
      logprobs BLOB NOT NULL,
      rewards TEXT NOT NULL,
      reward REAL,
      advantage REAL,
      finish_reason TEXT NOT NULL,
      UNIQUE (stage_id, step, prompt_id, sample, attempt)
    ) STRICT;
    CREATE TABLE item (
      stage_id INTEGER NOT NULL REFERENCES stage (id) ON DELETE CASCADE,
      evaluation TEXT NOT NULL,
      item INTEGER NOT NULL,
      sample INTEGER NOT NULL,
      score REAL,
      PRIMARY KEY (stage_id, evaluation, item, sample)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE event (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      run_id TEXT REFERENCES run (id) ON DELETE CASCADE,
      stage_id INTEGER REFERENCES stage (id) ON DELETE CASCADE,
      at INTEGER NOT NULL,
      kind TEXT NOT NULL,
      data TEXT NOT NULL
    ) STRICT;
    CREATE INDEX event_run ON event (run_id);
    CREATE TABLE file_memo (
      path TEXT PRIMARY KEY,
      device INTEGER NOT NULL,
      inode INTEGER NOT NULL,
      size INTEGER NOT NULL,
      modified INTEGER NOT NULL,
      changed INTEGER NOT NULL,
      sha256 TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """

  /// A row is live unless a later attempt started before its step or wrote the same row again.
  private static let rules = """
    CREATE VIEW metric_current AS
      SELECT * FROM metric AS row
      WHERE NOT EXISTS (SELECT 1 FROM attempt AS later WHERE later.stage_id = row.stage_id
          AND later.n > row.attempt AND later.from_step < row.step)
        AND NOT EXISTS (SELECT 1 FROM metric AS again WHERE again.stage_id = row.stage_id
          AND again.step = row.step AND again.name = row.name AND again.attempt > row.attempt);
    CREATE VIEW sample_current AS
      SELECT * FROM sample AS row
      WHERE NOT EXISTS (SELECT 1 FROM attempt AS later WHERE later.stage_id = row.stage_id
          AND later.n > row.attempt AND later.from_step < row.step)
        AND NOT EXISTS (SELECT 1 FROM sample AS again WHERE again.stage_id = row.stage_id
          AND again.step = row.step AND again.prompt_id = row.prompt_id
          AND again.sample = row.sample AND again.attempt > row.attempt);
    CREATE TRIGGER stage_final BEFORE UPDATE OF status ON stage
      WHEN OLD.status IN ('succeeded', 'reused') AND NEW.status <> OLD.status
      BEGIN SELECT RAISE(ABORT, 'a finished stage cannot change its status'); END;
    CREATE TRIGGER run_final BEFORE UPDATE OF status ON run
      WHEN OLD.status = 'succeeded' AND NEW.status <> OLD.status
      BEGIN SELECT RAISE(ABORT, 'a finished run cannot change its status'); END;
    """

  /// A rollback says what a stage does differently from a step on, since it diverged there.
  private static let rollbacks = """
    ALTER TABLE run ADD COLUMN forked_from TEXT;
    ALTER TABLE stage ADD COLUMN checkpoint_bytes INTEGER;
    CREATE TABLE rollback (
      stage_id INTEGER NOT NULL REFERENCES stage (id) ON DELETE CASCADE,
      n INTEGER NOT NULL,
      step INTEGER NOT NULL,
      action TEXT NOT NULL CHECK (action IN ('skip', 'lower_lr')),
      from_step INTEGER NOT NULL,
      factor REAL NOT NULL,
      message TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (stage_id, n)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX stage_kind ON stage (kind, status);
    CREATE INDEX stage_status ON stage (run_id, status);
    CREATE INDEX event_stage ON event (stage_id);
    CREATE INDEX run_created ON run (created_at);
    """

  /// An experiment is the runs that one command starts; `run.position` is a run's place in it. `boot`
  /// and `oom_kills` are what the system said when the run was claimed.
  private static let experiments = """
    CREATE TABLE experiment (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX experiment_name ON experiment (name, created_at);
    ALTER TABLE run ADD COLUMN experiment_id TEXT REFERENCES experiment (id);
    ALTER TABLE run ADD COLUMN position INTEGER;
    ALTER TABLE run ADD COLUMN boot TEXT;
    ALTER TABLE run ADD COLUMN oom_kills INTEGER;
    ALTER TABLE stage ADD COLUMN progress TEXT;
    CREATE INDEX run_experiment ON run (experiment_id, position);
    DROP TRIGGER stage_final;
    CREATE TRIGGER stage_final BEFORE UPDATE OF status ON stage
      WHEN OLD.status IN ('succeeded', 'reused') AND NEW.status NOT IN (OLD.status, 'pending')
      BEGIN SELECT RAISE(ABORT, 'a finished stage can only be made again'); END;
    """

  /// The right answer of a sample's row, and the answer that was read from the sample.
  private static let answers = """
    ALTER TABLE sample ADD COLUMN gold TEXT;
    ALTER TABLE sample ADD COLUMN parsed TEXT;
    """

  /// Where a database of an earlier schema is copied to before it is migrated.
  static func backup(of path: String, version: Int) -> String { "\(path)-schema\(version)" }

  /// Brings a database to the newest schema, even if another process tries the same at once; a
  /// database with data is copied first.
  static func migrate(
    _ queue: DatabaseQueue, path: String, migrations: [Migration] = migrations
  ) throws {
    let (found, ours) = try queue.read { (try version($0), try isOurs($0)) }
    if ours && found == migrations.count { return }
    let copy = backup(of: path, version: found)
    if ours, found > 0, found < migrations.count, !FileManager.default.fileExists(atPath: copy) {
      try queue.writeWithoutTransaction { db in
        try db.execute(sql: "VACUUM INTO ?", arguments: [copy])
      }
    }
    try queue.write { db in
      // Read after the write lock is held: another process may have migrated in between.
      let version = try version(db)
      guard try isOurs(db) else { throw StorageError.foreignDatabase(path) }
      guard version <= migrations.count else {
        throw StorageError.newerSchema(path, found: version, known: migrations.count)
      }
      guard version < migrations.count else { return }
      for migration in migrations[version...] { try db.execute(sql: migration.sql) }
      try db.execute(sql: "PRAGMA user_version = \(migrations.count)")
      try db.execute(sql: "PRAGMA application_id = \(applicationID)")
    }
  }

  private static func version(_ db: Database) throws -> Int {
    try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
  }

  private static func isOurs(_ db: Database) throws -> Bool {
    let found = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    if found == applicationID { return true }
    let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
    return found == 0 && tables == 0
  }
}
