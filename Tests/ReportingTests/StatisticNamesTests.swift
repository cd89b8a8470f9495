import Reporting
import TestSupport
import Testing

/// Ids of statistics are such as Home Assistant takes, and no two counters share one.
@Suite struct StatisticNamesTests {
  /// What stands behind the colon (`VALID_STATISTIC_ID` of Home Assistant's recorder).
  static func isValid(_ id: String) -> Bool {
    id.wholeMatch(of: /[0-9a-z]+(_[0-9a-z]+)*/) != nil
  }

  @Test(arguments: [
    ("fridge", "fridge"), ("Kitchen Fridge", "kitchen_fridge"), ("attic/fan+1", "attic_fan_1"),
    ("__a__b__", "a_b"), ("Kühlschrank (Süd)", "kuhlschrank_sud"), ("Straße", "strasse"), ("ŁÓDŹ", "lodz"),
  ])
  func `a plain name stays as it is`(name: String, slug: String) {
    #expect(StatisticNames([name]).slug(name) == slug)
    #expect(StatisticNames([name]).slug(name, channel: 2) == slug + "_2")
  }

  @Test func `names that come to the same are told apart, the older keeps its own`() {
    let names = StatisticNames(["a b", "A-B", "a", "a b 1", "冰箱", "…"])
    #expect(names.slug("a b") == "a_b")
    #expect(names.slug("a") == "a")
    let others = ["A-B", "a b 1", "冰箱", "…"].map { names.slug($0) }
    #expect(others.allSatisfy { $0.wholeMatch(of: /(a_b|a_b_1|plug)_[0-9a-f]{8}/) != nil }, "\(others)")
    // A new plug renames no other.
    #expect(StatisticNames(["a b", "A-B"]).slug("A-B") == names.slug("A-B"))
  }

  @Test func `whatever plugs are called`() {
    var random = SeededGenerator(seed: 23)
    let letters = Array("aAbB1_ -/.äßŒ冰\u{202E}é")
    for _ in 0..<500 {
      var all: Set<String> = []
      for _ in 0..<30 {
        all.insert(
          String((0..<Int.random(in: 1...6, using: &random)).map { _ in letters.randomElement(using: &random)! }))
      }
      let order = all.sorted().shuffled(using: &random)
      let names = StatisticNames(order)
      let slugs = order.flatMap { name in [nil, 1, 2, 11].map { names.slug(name, channel: $0) } }
      #expect(slugs.allSatisfy(Self.isValid), "\(slugs.filter { !Self.isValid($0) })")
      #expect(Set(slugs).count == slugs.count, "\(order)")
      let fewer = StatisticNames(order.prefix(20))
      #expect(order.prefix(20).allSatisfy { fewer.slug($0) == names.slug($0) })
    }
  }
}
