/// A currency by its ISO 4217 code, and how many digits its amounts are printed with.
public struct Currency: Hashable, Sendable {
  /// Three upper-case letters.
  public let code: String

  /// nil where the text is no three-letter code. Codes that ISO 4217 does not know have two digits.
  public init?(code: String) {
    guard code.utf8.count == 3, code.utf8.allSatisfy({ $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }) else {
      return nil
    }
    self.code = code
  }

  /// Digits of the minor unit (ISO 4217): 2 for GBP, EUR and USD, 0 for JPY, 3 for KWD.
  public var digits: Int {
    switch code {
    case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
      "XPF":
      0
    case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
    case "CLF", "UYW": 4
    default: 2
    }
  }
}
