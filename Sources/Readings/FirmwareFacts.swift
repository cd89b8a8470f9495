/// What the firmware does to the numbers that it sends, as the store's format and accounting both need it.
public enum FirmwareFacts {
  /// 2016-01-01T00:00 in milliseconds: the firmware takes an earlier clock for one that was never set (START_VALID_TIME).
  public static let firstValidClock: Int64 = 1_451_606_400_000

  /// What the firmware drops at most when it moves Today into Yesterday at midnight (integer division), in mWh: 1 Wh.
  public static let droppedAtMidnight: Int64 = 1000

  /// The distance of neighbouring float32 values at so many mWh, in mWh; 0 below 8 kWh. Total is a float32 in the
  /// firmware, Today is not.
  public static func floatStep(_ milliwattHours: UInt64) -> Int64 {
    let kilowattHours = milliwattHours / 1_000_000
    guard kilowattHours >= 8 else { return 0 }
    let exponent = 63 - kilowattHours.leadingZeroBitCount
    return Int64((UInt64(1_000_000) << UInt64(min(exponent, 40))) >> 23)
  }
}
