import Readings

/// What plugs are called in the ids of Home Assistant's statistics: `wattlog:kitchen_fridge_energy`.
///
/// Home Assistant takes `a` to `z`, digits and single underscores that stand between them. Names that come to the same,
/// or to what a channel of another plug is called, get eight hexadecimal digits of the name behind them; the plug that
/// was there first keeps the plain one, so that a new plug renames no other.
public struct StatisticNames: Sendable {
  private var slugs: [String: String] = [:]

  /// - Parameter names: each once, those of older plugs first.
  public init(_ names: some Sequence<String>) {
    var taken: [String] = []
    for name in names where slugs[name] == nil {
      var slug = StatisticNames.plain(name)
      if slug.isEmpty || taken.contains(where: { StatisticNames.canCollide($0, slug) }) {
        slug = (slug.isEmpty ? "plug" : slug) + "_" + StatisticNames.mark(of: name)
      }
      taken.append(slug)
      slugs[name] = slug
    }
  }

  /// - Returns: what stands between `wattlog:` and `_energy`; for a name that was not given at first, what it comes to.
  public func slug(_ name: String, channel: Int? = nil) -> String {
    let slug = slugs[name] ?? "plug_" + StatisticNames.mark(of: name)
    return channel.map { "\(slug)_\($0)" } ?? slug
  }

  private static func mark(of name: String) -> String {
    var print = Fingerprint()
    print.add(name)
    return String(print.text.suffix(8))
  }

  /// The same, or one is the other's channel.
  private static func canCollide(_ one: String, _ other: String) -> Bool {
    let (short, long) = one.utf8.count < other.utf8.count ? (one, other) : (other, one)
    guard long.hasPrefix(short) else { return false }
    let rest = long.dropFirst(short.count)
    return rest.isEmpty || rest.first == "_" && rest.dropFirst().allSatisfy { ("0"..."9").contains($0) }
  }

  private static func plain(_ name: String) -> String {
    var slug = ""
    for scalar in name.lowercased().unicodeScalars {
      let letters =
        switch scalar {
        case "a"..."z", "0"..."9": String(scalar)
        default: folded[scalar] ?? "_"
        }
      if letters == "_", slug.isEmpty || slug.hasSuffix("_") { continue }
      slug += letters
    }
    return slug.hasSuffix("_") ? String(slug.dropLast()) : slug
  }

  /// Letters of western Europe as Home Assistant's own ids have them.
  private static let folded: [Unicode.Scalar: String] = {
    var letters: [Unicode.Scalar: String] = ["ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"]
    for (plain, accented) in [
      ("a", "àáâãäåą"), ("c", "çćč"), ("d", "ðď"), ("e", "èéêëęě"), ("i", "ìíîï"), ("l", "ł"), ("n", "ñńň"),
      ("o", "òóôõöøő"), ("r", "ř"), ("s", "śš"), ("t", "ť"), ("u", "ùúûüůű"), ("y", "ýÿ"), ("z", "źżž"),
    ] {
      for scalar in accented.unicodeScalars { letters[scalar] = plain }
    }
    return letters
  }()
}
