import Calendar
import Clock
import History
import Readings
import Tables
import Text

/// A history as it was read, before it is known what of it is new.
struct ReadHistory {
  /// What a person sees of where it is from: an entity, a file.
  var label: String
  var source: ImportedOrigin.Source
  /// Whose it is, as the person says.
  var word: String
  var counter: ImportedCounter
  /// One sentence each.
  var remarks: [String] = []
}

/// Reads the files of other programs.
enum HistoryFiles {
  /// A million rows of a supplier's file; ten years of emoncms at 10 s.
  private static let maximumByteCount = 512 << 20

  static func read(_ path: String) throws(Failure) -> [UInt8] {
    do throws(InputFile.Unreadable) {
      if path == "-" { return try InputFile.read(descriptor: 0, maximumByteCount: maximumByteCount) }
      return try InputFile.read(path, maximumByteCount: maximumByteCount)
    } catch {
      throw Failure(.failed, "cannot read the history '\(SafeText.printable(path))': \(error.reason)")
    }
  }

  static func table(_ path: String, _ options: HistoryTable.Options, of word: String) throws(Failure) -> ReadHistory {
    let bytes = try read(path)
    do throws(TableRefusal) {
      let table = try HistoryTable(bytes, options)
      return ReadHistory(
        label: SafeText.printable(path), source: .csv, word: word, counter: table.counter, remarks: table.remarks)
    } catch {
      switch error {
      case .choice(let cause, let advice): throw .usage("\(SafeText.printable(path)): \(cause)", advice)
      case .mistake(let cause): throw Failure(.failed, "\(SafeText.printable(path)): \(cause)")
      }
    }
  }

  /// - Parameter path: of `N.dat`, `N.meta` or `feed_N.MYD`.
  static func emoncms(_ path: String, _ unit: EnergyUnit, of word: String) throws(Failure) -> ReadHistory {
    let feed: EmoncmsFeed
    do throws(EmoncmsFeed.Malformed) {
      if path.hasSuffix(".MYD") {
        feed = try EmoncmsFeed(timeSeries: try reading(path))
      } else if path.hasSuffix(".dat") || path.hasSuffix(".meta") {
        let stem = path.hasSuffix(".dat") ? path.dropLast(4) : path.dropLast(5)
        feed = try EmoncmsFeed(meta: try reading("\(stem).meta"), data: try reading("\(stem).dat"))
      } else {
        throw EmoncmsFeed.Malformed(reason: "its name ends neither in .dat (PHPFina) nor in .MYD (PHPTimeSeries)")
      }
    } catch {
      throw Failure(.failed, "'\(SafeText.printable(path))' is no feed of emoncms: \(error.reason)")
    }
    guard !feed.points.isEmpty else {
      throw Failure(.failed, "'\(SafeText.printable(path))' holds no number")
    }
    var history = ReadHistory(
      label: SafeText.printable(path), source: .emoncms, word: word, counter: feed.counter(unit))
    let latest = SystemClock.now.advanced(byMilliseconds: 172_800_000)
    if let last = feed.points.last?.time, last > latest {
      throw Failure(
        .failed, "'\(SafeText.printable(path))' ends at \(InstantText.text(last, in: .utc)), in the future",
        "is it a feed of emoncms, and was its clock right?")
    }
    if feed.timelessCount > 0 {
      history.remarks.append(
        "left \(CountText.text(Int64(feed.timelessCount), "point")) of 1970: the clock was not set")
    }
    if feed.disorderedCount > 0 {
      history.remarks.append(
        "left \(CountText.text(Int64(feed.disorderedCount), "point")) that \(feed.disorderedCount == 1 ? "lies" : "lie") before the one in front"
      )
    }
    return history
  }

  private static func reading(_ path: String) throws(EmoncmsFeed.Malformed) -> [UInt8] {
    do throws(InputFile.Unreadable) {
      return try InputFile.read(path, maximumByteCount: maximumByteCount)
    } catch {
      throw EmoncmsFeed.Malformed(reason: "'\(SafeText.printable(path))' cannot be read: \(error.reason)")
    }
  }
}
