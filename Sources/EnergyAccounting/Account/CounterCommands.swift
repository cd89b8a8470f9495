import Readings

/// Commands that set counters, as the plug answered them: `RESULT {"EnergyToday":{"Total":…,"Yesterday":…,"Today":…}}`.
///
/// The answer is a reading of the instant of the command. Without a value (a question) it changes nothing, and the counters
/// then say so.
struct CounterCommands {
  /// One answer; energies in mWh, of each channel one where the plug counts them apart (SetOption129), none where nothing
  /// can be read.
  struct Answer: Hashable {
    var at: Int64
    /// The command, as the plug names it.
    var name: String
    fileprivate(set) var total: [Int64] = []
    fileprivate(set) var today: [Int64] = []
    fileprivate(set) var yesterday: [Int64] = []
    fileprivate(set) var places = 0

    /// Of a channel, from 1 on; nil stands for a plug's only counter, which is the sum of what it counts apart.
    static func energy(_ energies: [Int64], of channel: Int?) -> Int64 {
      if energies.count == 1 { return energies[0] }
      guard let channel else { return energies.isEmpty ? CounterPoint.absent : energies.reduce(0, &+) }
      return energies.indices.contains(channel - 1) ? energies[channel - 1] : CounterPoint.absent
    }
  }

  private var all: [Answer] = []

  mutating func insert(_ answer: Answer) {
    let index = all.lastIndex { $0.at <= answer.at }.map { $0 + 1 } ?? 0
    all.insert(answer, at: index)
  }

  /// When the first is behind an instant; the end of time without one.
  func next(after time: Int64) -> Int64 { all.isEmpty ? .max : all[place(after: time)...].first?.at ?? .max }

  /// The last one behind one instant and up to another.
  func last(after start: Int64, upTo end: Int64) -> Answer? {
    guard !all.isEmpty else { return nil }
    let place = place(after: end)
    return place > 0 && all[place - 1].at > start ? all[place - 1] : nil
  }

  private func place(after time: Int64) -> Int { all.partitioningIndex { $0.at > time } }

  /// An answer to a command on one plug's counters; nil for any other RESULT.
  static func answer(in detail: String, at time: Int64) -> Answer? {
    guard let opening = detail.firstIndex(of: "{"), let start = detail[opening...].firstIndex(of: "\"") else {
      return nil
    }
    let rest = detail[detail.index(after: start)...]
    guard let end = rest.firstIndex(of: "\"") else { return nil }
    let name = String(rest[..<end])
    let word = name.lowercased()
    guard ["energytoday", "energytotal", "energyyesterday", "energyreset"].contains(where: word.hasPrefix) else {
      return nil
    }
    var answer = Answer(at: time, name: name)
    func energies(_ key: String) -> [Int64] {
      guard let found = rest[end...].firstRange(of: "\"\(key)\":") else { return [] }
      let value = rest[found.upperBound...].drop { $0 == " " }
      let isArray = value.first == "["
      let text = isArray ? value.dropFirst().prefix { $0 != "]" } : value.prefix { $0 != "," }
      var energies: [Int64] = []
      for number in text.split(separator: ",") {
        let digits = number.drop { $0 == " " }.prefix { $0.isNumber || "+-.eE".contains($0) }
        guard let (mantissa, written) = WrittenNumber.parse(digits),
          let energy = Energy(kilowattHours: mantissa, places: written)
        else { return [] }
        answer.places = max(answer.places, min(written, 6))
        energies.append(energy.milliwattHours)
      }
      return energies
    }
    answer.total = energies("Total")
    answer.today = energies("Today")
    answer.yesterday = energies("Yesterday")
    return answer
  }
}
