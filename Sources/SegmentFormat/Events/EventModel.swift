import Readings

/// Codes events that stand alone: who says what follows from what was said before, numbers from those in the same
/// place of the same words (SF-42).
///
/// A value above what its table has counts as the table's last: any bytes are some events.
struct EventModel {
  /// Words of a device that are remembered, newest first.
  private static let mostSayings = 256

  private enum Grid {
    static let guess = ContextGrid.first(4)
    static let isNewTemplate = ContextGrid.behind(guess, 1)
    static let isSame = ContextGrid.behind(isNewTemplate, 4)
    static let sign = ContextGrid.behind(isSame, 4)
    static let place = ContextGrid.magnitudes(behind: sign, 1)
    static let device = ContextGrid.magnitudes(behind: place, 1)
    static let kind = ContextGrid.magnitudes(behind: device, 1)
    static let template = ContextGrid.magnitudes(behind: kind, 1)
    static let distance = ContextGrid.magnitudes(behind: template, Int(lastKind) + 1, 2)
    static let number = ContextGrid.magnitudes(behind: distance, 8)
  }
  static let contextCount = Grid.number.end
  static let lastKind = Event.Kind.allCases.map(\.rawValue).max() ?? 1

  /// The same words of the same device.
  private struct Saying {
    var device: Int
    var kind: UInt8
    var template: Int
    /// Tells it from all others of the block.
    var serial: Int
    /// Serial of what was said behind it last time, and how often in a row.
    var successor = -1
    var times = 0
    var numbers: [Number]
  }

  private struct Number {
    var last: Int64
    /// Of the last residual, in steps of three bits; -1 before there is one.
    var size = -1
  }

  private let table: Probabilities
  private let deviceCount: Int
  private let templates: [EventTemplate]
  private var sayings: [Saying] = []
  private var serialCount = 0
  /// Templates that were used, which is in their order.
  private var usedTemplateCount = 0
  /// The last numbers of each template, whoever said them.
  private var numbers: [[Int64]]
  private var time: Int64

  init(_ table: Probabilities, deviceCount: Int, templates: [EventTemplate], time: Int64) {
    self.table = table
    self.deviceCount = deviceCount
    self.templates = templates
    self.time = time
    numbers = templates.map { Array(repeating: 0, count: $0.numberCount) }
  }

  mutating func code<Coder: BlockCoder>(_ event: EventRecord, _ coder: inout Coder) -> EventRecord {
    let isGuessed = codeSaying(event, &coder)
    var found = event
    (found.device, found.kind, found.template) = (sayings[0].device, sayings[0].kind, sayings[0].template)
    let distance = Residual.codeMagnitude(
      UInt64(bitPattern: event.time &- time) &+ 1, &coder, table, Grid.distance[Int(found.kind), isGuessed ? 1 : 0])
    time = time &+ Int64(bitPattern: distance &- 1)
    found.time = time
    if found.numbers.count != sayings[0].numbers.count {
      found.numbers = Array(repeating: 0, count: sayings[0].numbers.count)
    }
    for place in found.numbers.indices { found.numbers[place] = codeNumber(found.numbers[place], place, &coder) }
    numbers[found.template] = found.numbers
    return found
  }

  /// Brings what is said to the front.
  ///
  /// - Returns: whether it was what followed last time.
  private mutating func codeSaying<Coder: BlockCoder>(_ event: EventRecord, _ coder: inout Coder) -> Bool {
    let place =
      Coder.yields
      ? 0
      : sayings.firstIndex {
        $0.device == event.device && $0.kind == event.kind && $0.template == event.template
      } ?? sayings.count
    var found: Int?
    if let first = sayings.first, let guess = sayings.firstIndex(where: { $0.serial == first.successor }),
      coder.decide(place == guess, table + Grid.guess[first.times])
    {
      found = guess
    }
    let isGuessed = found != nil
    let index = found ?? codePlace(place, &coder)
    let said: Saying
    if index < sayings.count {
      said = sayings[index]
    } else {
      said = spell(event, &coder)
    }
    if !sayings.isEmpty {
      sayings[0].times = isGuessed ? min(sayings[0].times + 1, 3) : 0
      sayings[0].successor = said.serial
    }
    if index < sayings.count {
      // Behind the change of the first one, which it may be itself.
      let moved = sayings.remove(at: index)
      sayings.insert(moved, at: 0)
    } else {
      if sayings.count == EventModel.mostSayings { sayings.removeLast() }
      sayings.insert(said, at: 0)
    }
    return isGuessed
  }

  /// The place among what was said before, or the place behind for something new.
  private func codePlace<Coder: BlockCoder>(_ place: Int, _ coder: inout Coder) -> Int {
    guard !sayings.isEmpty else { return 0 }
    let coded = Residual.codeMagnitude(UInt64(place + 1), &coder, table, Grid.place[0])
    return Int(min(coded &- 1, UInt64(sayings.count)))
  }

  private mutating func spell<Coder: BlockCoder>(_ event: EventRecord, _ coder: inout Coder) -> Saying {
    func code(_ value: Int, _ grid: ContextGrid, limit: Int) -> Int {
      Int(min(Residual.codeMagnitude(UInt64(value + 1), &coder, table, grid[0]) &- 1, UInt64(limit)))
    }
    let device = code(event.device, Grid.device, limit: deviceCount)
    let kind = 1 + code(Int(max(event.kind, 1)) - 1, Grid.kind, limit: Int(EventModel.lastKind) - 1)
    var template = usedTemplateCount
    if template < templates.count,
      coder.decide(event.template == template, table + Grid.isNewTemplate[0])
    {
      usedTemplateCount += 1
    } else {
      template = code(event.template, Grid.template, limit: templates.count - 1)
    }
    serialCount += 1
    return Saying(
      device: device, kind: UInt8(kind), template: template, serial: serialCount,
      numbers: numbers[template].map { Number(last: $0) })
  }

  /// What is said is at the front.
  private mutating func codeNumber<Coder: BlockCoder>(_ value: Int64, _ place: Int, _ coder: inout Coder) -> Int64 {
    let number = sayings[0].numbers[place]
    // A power that went up comes down.
    let expected = sayings[0].kind == Event.Kind.margins.rawValue ? 0 &- number.last : number.last
    let context = min(number.size + 1, 3)
    let residual = Residual.code(
      value &- expected, &coder, table, zero: Grid.isSame[context], sign: Grid.sign[context],
      magnitude: Grid.number[min(max(number.size, 0), 7)])
    sayings[0].numbers[place] = Number(
      last: expected &+ residual, size: (Residual.size(residual, limit: 22) + 2) / 3)
    return expected &+ residual
  }
}
