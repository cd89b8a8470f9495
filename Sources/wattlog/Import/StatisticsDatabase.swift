import History
import Readings
import Text

/// Home Assistant's database as far as it holds long-term statistics: the tables `statistics_meta` and `statistics`
/// (homeassistant/components/recorder/db_schema.py).
///
/// It is read while Home Assistant runs, too; nothing is written to it.
final class StatisticsDatabase {
  /// A statistic that may tell of energy.
  struct Entity {
    var number: Int64
    /// `sensor.fridge_energy`.
    var id: String
    var unit: EnergyUnit
  }

  private let library: SQLiteLibrary
  private let files: DatabaseFiles
  private var path: String { files.path }
  private var database: OpaquePointer?
  /// Asked of the schema once.
  private var knownStart: String?
  /// Of energy (a sum) or power (a mean), by id.
  private(set) var entities: [Entity] = []
  /// Statistics with other units, which are none of energy.
  private(set) var others: [String: String] = [:]

  init(_ path: String) throws(Failure) {
    guard let library = SQLiteLibrary() else {
      throw Failure(
        .failed, "libsqlite3 is not installed, without which no database is read", "sudo apt-get install libsqlite3-0")
    }
    self.library = library
    files = DatabaseFiles(path)
    guard InputFile.isReadable(path), InputFile.entries(of: path) == nil else {
      throw Failure(
        .failed, "cannot read the database '\(SafeText.printable(path))'",
        "name Home Assistant's home-assistant_v2.db, or a copy of it")
    }
    guard library.open(path, isAtRest: files.isAtRest, &database) == 0 else { throw failure() }
    _ = library.busyTimeout(database, 10_000)
    try findEntities()
  }

  deinit {
    _ = library.close(database)
    files.removeOwnIndex()
  }

  private func failure() -> Failure {
    let reason = library.message(database)
    return Failure(
      .failed, "cannot read the database '\(SafeText.printable(path))': \(reason.printable)",
      reason.contains("no such") || reason.contains("not a database")
        ? "it holds no statistics of Home Assistant; name its home-assistant_v2.db"
        : "copy it with its -wal and -shm files to a directory of your own, and read the copy")
  }

  private func each(
    _ sql: String, _ bound: Int64? = nil, _ body: (OpaquePointer?) -> Void
  ) throws(Failure) {
    var statement: OpaquePointer?
    guard library.prepare(sql, in: database, &statement) == 0 else { throw failure() }
    defer { _ = library.finalize(statement) }
    if let bound { _ = library.bind(statement, 1, bound) }
    while true {
      switch library.step(statement) {
      case SQLiteLibrary.row: body(statement)
      case SQLiteLibrary.done: return
      default: throw failure()
      }
    }
  }

  private func findEntities() throws(Failure) {
    let sql = "SELECT id, statistic_id, unit_of_measurement, has_sum FROM statistics_meta ORDER BY statistic_id"
    try each(sql) { row in
      guard let id = library.text(row, 1) else { return }
      let unit = library.text(row, 2) ?? ""
      let hasSum = library.integer(row, 3) != 0
      if let known = EnergyUnit(written: unit), known.isPower != hasSum {
        entities.append(Entity(number: library.integer(row, 0), id: id, unit: known))
      } else {
        others[id] = unit
      }
    }
  }

  /// The hours of an entity.
  func rows(of entity: Entity) throws(Failure) -> [HomeAssistantHistory.Row] {
    let start = try startExpression()
    var rows: [HomeAssistantHistory.Row] = []
    try each("SELECT \(start), state, sum, mean FROM statistics WHERE metadata_id = ?1", entity.number) { row in
      func number(_ column: Int32) -> Double? {
        library.type(row, column) == SQLiteLibrary.null ? nil : library.double(row, column)
      }
      guard let seconds = number(0), seconds >= 0, seconds < 253_402_300_800 else { return }
      rows.append(
        .init(
          start: Timestamp(seconds: Int64(seconds)), state: number(1), sum: number(2), mean: number(3)))
    }
    return rows
  }

  /// An hour's beginning in seconds, as this database has it.
  private func startExpression() throws(Failure) -> String {
    if let knownStart { return knownStart }
    // Before schema 35 (2023.3) an hour's beginning was a text in UTC; a database that was carried over has both.
    var hasNumber = false
    var hasText = false
    try each("PRAGMA table_info(statistics)") { row in
      hasNumber = hasNumber || library.text(row, 1) == "start_ts"
      hasText = hasText || library.text(row, 1) == "start"
    }
    let text = "CAST(strftime('%s', start) AS INTEGER)"
    let start = hasNumber && hasText ? "COALESCE(start_ts, \(text))" : hasNumber ? "start_ts" : text
    knownStart = start
    return start
  }
}
