extension String {
  /// A number with zeros before it up to a width: `07`, `0000001a` with radix 16. A longer one stands as it is.
  public init(_ number: some BinaryInteger, padded width: Int, radix: Int = 10) {
    let digits = String(number, radix: radix)
    self = String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits
  }
}
