import Readings

/// A plug's last message as a pattern for its next one.
///
/// Nearly every message repeats the last one's text but for some digits. So the text is compared a word at a time; where
/// it differs inside a number or a clock, that alone is read again, and where it differs anywhere else, or a number is
/// written in another form, the template does not fit and ``EnergyScanner`` decides. What fits is valid because the last
/// message was: the same text with other valid numbers in the same places.
///
/// This is the decoder's innermost loop and the only place that reads memory without bounds checks. Its accesses lie
/// within `0 ..< count` of the message and within `0 ..< byteCount` of the kept text, which the `guard`s say.
final class MessageTemplate {
  /// Longer messages are rare and go by the scanner.
  static let maximumByteCount = 1024
  static let maximumSlotCount = 96
  /// A word of eight bytes must always fit.
  static let minimumByteCount = 16

  /// A number or a clock in the text.
  struct Slot {
    enum Kind: UInt8 {
      case number
      /// Outside ENERGY: it may be any number and is not kept.
      case skippedNumber
      /// The 19 bytes of a date and time; what may stand behind them is fixed text.
      case clock
      /// The same with a point and three digits.
      case clockMilliseconds
    }
    var start: Int
    var end: Int
    var kind: Kind
    /// Digits behind the point.
    var places: Int
    /// Which value of the reading; −1 for none.
    var valueIndex: Int
    /// Of a clock: the value at the full hour, so that minutes and seconds alone give a new value.
    var hourValue: Int64 = 0
  }

  let layout: Layout
  private let text: UnsafeMutableRawPointer
  private var byteCount: Int
  private let slots: UnsafeMutablePointer<Slot>
  private let slotCount: Int
  private let values: UnsafeMutablePointer<Int64>
  private let valueCount: Int

  /// nil for a message that no template is made of.
  init?(message: UnsafeRawBufferPointer, slots: [Slot], values: [Int64], layout: Layout) {
    guard let base = message.baseAddress, message.count >= MessageTemplate.minimumByteCount,
      message.count <= MessageTemplate.maximumByteCount, slots.count <= MessageTemplate.maximumSlotCount
    else { return nil }
    precondition(values.count == layout.fields.count, "a value for each field")
    precondition(
      slots.allSatisfy { $0.start < $0.end && $0.end <= message.count && $0.valueIndex < values.count }
        && zip(slots, slots.dropFirst()).allSatisfy { $0.end <= $1.start }, "slots lie in the message, in order")
    self.layout = layout
    text = .allocate(byteCount: MessageTemplate.maximumByteCount, alignment: 8)
    text.copyMemory(from: base, byteCount: message.count)
    byteCount = message.count
    self.slots = .allocate(capacity: max(1, slots.count))
    slotCount = slots.count
    self.values = .allocate(capacity: max(1, values.count))
    valueCount = values.count
    for (index, value) in values.enumerated() { (self.values + index).initialize(to: value) }
    for (index, slot) in slots.enumerated() {
      var slot = slot
      if slot.kind == .clock || slot.kind == .clockMilliseconds {
        let clock = UnsafeRawBufferPointer(rebasing: message[slot.start..<slot.end])
        guard let sinceHour = MessageTemplate.sinceHour(clock) else { return nil }
        slot.hourValue = values[slot.valueIndex] - sinceHour
      }
      (self.slots + index).initialize(to: slot)
    }
  }

  deinit {
    text.deallocate()
    slots.deallocate()
    values.deallocate()
  }

  /// Reads `message` by this template into `reading`.
  ///
  /// - Returns: false if it does not fit. The template is then of no further use: it may hold half of the message.
  func read(_ message: UnsafeRawBufferPointer, into reading: inout Reading) -> Bool {
    guard let base = message.baseAddress, message.count >= MessageTemplate.minimumByteCount,
      message.count <= MessageTemplate.maximumByteCount
    else { return false }
    guard (message.count == byteCount && readInPlace(base)) || readMoved(base, count: message.count) else {
      return false
    }
    text.copyMemory(from: base, byteCount: message.count)
    byteCount = message.count
    if reading.layout !== layout { reading.layout = layout }
    if !reading.texts.isEmpty { reading.texts.removeAll(keepingCapacity: true) }
    if reading.values.count != valueCount { reading.values = [Int64](repeating: 0, count: valueCount) }
    reading.values.withUnsafeMutableBufferPointer { target in
      for index in 0..<valueCount { target[index] = values[index] }
    }
    return true
  }

  // MARK: Same length

  /// Every number has the length that it had: only the words that differ matter.
  private func readInPlace(_ message: UnsafeRawPointer) -> Bool {
    let count = byteCount
    let lastWord = count - 8
    var offset = 0
    var index = 0
    while offset < count {
      var difference: UInt64
      if offset <= lastWord {
        difference = word(message, offset) ^ word(text, offset)
        if difference == 0 {
          offset += 8
          continue
        }
      } else {
        // The last word again, without the bytes that are done.
        let done = UInt64(offset - lastWord) * 8
        difference = (word(message, lastWord) ^ word(text, lastWord)) >> done
        if difference == 0 { return true }
      }
      let changed = offset + difference.trailingZeroBitCount / 8
      while index < slotCount, slots[index].end <= changed { index += 1 }
      guard index < slotCount, slots[index].start <= changed else { return false }
      let slot = slots[index]
      switch slot.kind {
      case .number:
        guard let value = fixedNumber(message, slot.start, slot.end, places: slot.places, limit: count) else {
          return false
        }
        values[slot.valueIndex] = value
      case .skippedNumber:
        guard skippedNumberEnd(message, slot.start, count: count) == slot.end else { return false }
      case .clock, .clockMilliseconds:
        guard readClock(message, slot.start, index) else { return false }
      }
      offset = slot.end
      index += 1
    }
    return true
  }

  // MARK: Other lengths

  /// Numbers have grown or shrunk: fixed text and numbers are walked one after the other.
  private func readMoved(_ message: UnsafeRawPointer, count: Int) -> Bool {
    var offset = 0
    var fixedStart = 0
    for index in 0..<slotCount {
      let slot = slots[index]
      guard matchesFixedText(message, offset, fixedStart, slot.start - fixedStart, count: count) else { return false }
      offset += slot.start - fixedStart
      fixedStart = slot.end
      let end: Int
      switch slot.kind {
      case .number:
        end = fixedNumberEnd(message, offset, places: slot.places, count: count)
        guard end <= count, let value = fixedNumber(message, offset, end, places: slot.places, limit: count) else {
          return false
        }
        values[slot.valueIndex] = value
      case .skippedNumber:
        guard let numberEnd = skippedNumberEnd(message, offset, count: count) else { return false }
        end = numberEnd
      case .clock, .clockMilliseconds:
        end = offset + slot.end - slot.start
        guard end <= count, readClock(message, offset, index) else { return false }
      }
      slots[index].start = offset
      slots[index].end = end
      offset = end
    }
    guard count - offset == byteCount - fixedStart else { return false }
    return matchesFixedText(message, offset, fixedStart, count - offset, count: count)
  }

  /// Compares `length` bytes of the message from `offset` with the kept text from `fixedStart`.
  private func matchesFixedText(
    _ message: UnsafeRawPointer, _ offset: Int, _ fixedStart: Int, _ length: Int, count: Int
  ) -> Bool {
    guard offset + length <= count else { return false }
    var done = 0
    while done + 8 <= length {
      if word(message, offset + done) != word(text, fixedStart + done) { return false }
      done += 8
    }
    if done == length { return true }
    if length >= 8 { return word(message, offset + length - 8) == word(text, fixedStart + length - 8) }
    if offset + 8 <= count, fixedStart + 8 <= MessageTemplate.maximumByteCount {
      let keep = ~UInt64(0) >> UInt64(64 - 8 * length)
      return (word(message, offset) ^ word(text, fixedStart)) & keep == 0
    }
    while done < length {
      if byte(message, offset + done) != byte(text, fixedStart + done) { return false }
      done += 1
    }
    return true
  }

  // MARK: Numbers and clocks

  private func byte(_ pointer: UnsafeRawPointer, _ offset: Int) -> UInt8 {
    pointer.load(fromByteOffset: offset, as: UInt8.self)
  }

  private func word(_ pointer: UnsafeRawPointer, _ offset: Int) -> UInt64 {
    UInt64(littleEndian: pointer.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// Where a number with `places` decimals that begins at `start` would end; beyond `count` if it does not end in time.
  private func fixedNumberEnd(_ message: UnsafeRawPointer, _ start: Int, places: Int, count: Int) -> Int {
    var end = start
    if end < count, byte(message, end) == UInt8(ascii: "-") { end += 1 }
    while end < count, byte(message, end) &- 0x30 <= 9 { end += 1 }
    return places == 0 ? end : end + 1 + places
  }

  /// The number that fills `start ..< end` with exactly `places` decimals, if it is one that fixed point brings back.
  private func fixedNumber(_ message: UnsafeRawPointer, _ start: Int, _ end: Int, places: Int, limit: Int) -> Int64? {
    var start = start
    guard start < end else { return nil }
    let isNegative = byte(message, start) == UInt8(ascii: "-")
    if isNegative { start += 1 }
    let length = end - start
    let wholeDigits = places == 0 ? length : length - 1 - places
    guard wholeDigits >= 1, wholeDigits == 1 || byte(message, start) != 0x30 else { return nil }
    let magnitude: Int64
    if length <= 8, end >= 8 {
      // The number's bytes stand at the upper end of a word; what precedes them becomes zeros.
      let zeros: UInt64 = 0x3030_3030_3030_3030
      let junkBits = UInt64(64 - 8 * length)
      let junk = (UInt64(1) << junkBits) &- 1
      var digits = (word(message, end - 8) & ~junk) | (zeros & junk)
      if places > 0 {
        // Take the point out by moving the digits before it up by one byte.
        let pointBits = UInt64(8 * (7 - places))
        guard (digits >> pointBits) & 0xFF == 0x2E else { return nil }
        let before = (UInt64(1) << pointBits) &- 1
        let behind = ~(before | (0xFF << pointBits))
        digits = (digits & before) << 8 | 0x30 | (digits & behind)
      }
      digits ^= zeros
      let overNine = ((digits & 0x7F7F_7F7F_7F7F_7F7F) + 0x7676_7676_7676_7676) | digits
      guard overNine & 0x8080_8080_8080_8080 == 0 else { return nil }
      // Pairs of digits, then of pairs, then of those.
      digits = (digits &* 2561) >> 8
      digits = ((digits & 0x00FF_00FF_00FF_00FF) &* 6_553_601) >> 16
      digits = ((digits & 0x0000_FFFF_0000_FFFF) &* 42_949_672_960_001) >> 32
      magnitude = Int64(digits)
    } else {
      guard length <= NumberText.maximumDigits else { return nil }
      var sum: Int64 = 0
      for offset in start..<end {
        if places > 0, offset == end - places - 1 {
          guard byte(message, offset) == UInt8(ascii: ".") else { return nil }
          continue
        }
        let digit = byte(message, offset) &- 0x30
        guard digit <= 9 else { return nil }
        sum = sum * 10 + Int64(digit)
      }
      magnitude = sum
    }
    if !isNegative { return magnitude }
    return magnitude == 0 ? nil : -magnitude
  }

  private func skippedNumberEnd(_ message: UnsafeRawPointer, _ start: Int, count: Int) -> Int? {
    guard start < count else { return nil }
    let buffer = UnsafeRawBufferPointer(start: message, count: count)
    guard let first = buffer.dropFirst(start).first, first == UInt8(ascii: "-") || first &- 0x30 <= 9 else {
      return nil
    }
    return try? NumberText(scanning: buffer, from: start).end
  }

  /// Reads a clock at `start` of the message into the value of the slot. Within the hour of the kept text minutes and
  /// seconds are enough.
  ///
  /// The caller has made sure that the slot's length fits at `start`.
  private func readClock(_ message: UnsafeRawPointer, _ start: Int, _ index: Int) -> Bool {
    let slot = slots[index]
    let clock = UnsafeRawBufferPointer(start: message + start, count: slot.end - slot.start)
    if word(message, start) == word(text, slot.start), word(message, start + 5) == word(text, slot.start + 5) {
      guard let sinceHour = MessageTemplate.sinceHour(clock) else { return false }
      values[slot.valueIndex] = slot.hourValue + sinceHour
      return true
    }
    guard let parsed = ClockText(clock), parsed.form == (slot.kind == .clock ? .clock : .clockMilliseconds),
      let sinceHour = MessageTemplate.sinceHour(clock)
    else { return false }
    values[slot.valueIndex] = parsed.value
    slots[index].hourValue = parsed.value - sinceHour
    return true
  }

  /// Seconds since the full hour, milliseconds for a clock of 23 bytes.
  private static func sinceHour(_ clock: UnsafeRawBufferPointer) -> Int64? {
    guard clock[13] == UInt8(ascii: ":"), clock[16] == UInt8(ascii: ":"),
      let minute = ClockText.twoDigits(clock, 14), let second = ClockText.twoDigits(clock, 17), minute < 60,
      second < 60
    else { return nil }
    let seconds = Int64(minute * 60 + second)
    if clock.count == 19 { return seconds }
    let last = clock[22] &- 0x30
    guard clock[19] == UInt8(ascii: "."), let upper = ClockText.twoDigits(clock, 20), last <= 9 else { return nil }
    return seconds * 1000 + Int64(upper * 10) + Int64(last)
  }
}
