import JSON5
import Tables

/// JSON answers of price services: the longest list of objects, or parallel lists.
enum PriceDocument {
  static func table(_ bytes: [UInt8]) throws(TableRefusal) -> PriceTable {
    let document: JSON5Value
    do throws(JSON5Error) {
      document = try JSON5.parse(bytes)
    } catch {
      throw .mistake("\(error)")
    }
    var found = Search()
    found.look(at: document, path: [])
    var table: WrittenTable
    if let lists = found.longestLists {
      table = PriceDocument.table(of: lists)
    } else if let parallel = found.parallel {
      table = PriceDocument.table(parallel: parallel)
    } else {
      throw .mistake("there is no list of prices in it; a list as CSV has the columns start,price")
    }
    table.rowWord = "row"
    table.remarks += found.units
    let names = Set(table.columns.map(WrittenTable.plain))
    var publisher: PriceTable.Publisher?
    if names.contains("value_inc_vat") || names.contains("value_exc_vat") {
      publisher = .octopus
    } else if names.contains("startsat"), names.contains("total") {
      publisher = .tibber
    } else if names.contains(where: { $0.hasPrefix("entryperarea.") }) {
      publisher = .exchange
    }
    return PriceTable(table, by: publisher)
  }

  /// What stands in a document.
  private struct Search {
    /// Lists of objects with the path of the object that holds them.
    var lists: [(parent: [String], elements: [JSON5Value])] = []
    /// The members of the object that holds the longest lists of numbers or texts.
    var parallel: [JSON5Member]?
    private var parallelCount = 0
    /// Texts under a name that says unit.
    var units: [String] = []

    mutating func look(at value: JSON5Value, path: [String]) {
      switch value.content {
      case .object(let members):
        lookForParallel(members)
        for member in members {
          if case .string(let text) = member.value.content, member.name.lowercased().contains("unit") {
            if !units.contains(text) { units.append(text) }
          }
          look(at: member.value, path: path + [member.name])
        }
      case .array(let elements):
        let objects = elements.filter { if case .object = $0.content { true } else { false } }
        if !objects.isEmpty, objects.count == elements.count { lists.append((path.dropLast(), elements)) }
        // A list that holds the lists.
        for element in elements.prefix(elements.count > 50 ? 1 : 50) { look(at: element, path: path) }
      default: break
      }
    }

    private mutating func lookForParallel(_ members: [JSON5Member]) {
      let counts = members.compactMap { member -> Int? in
        guard case .array(let elements) = member.value.content, let first = elements.first else { return nil }
        if case .object = first.content { return nil }
        if case .array = first.content { return nil }
        return elements.count
      }
      guard let longest = counts.max(), counts.count(where: { $0 == longest }) >= 2, longest > parallelCount else {
        return
      }
      parallelCount = longest
      parallel = members.filter {
        if case .array(let elements) = $0.value.content { elements.count == longest } else { false }
      }
    }

    /// The longest list, with those beside it in the same object: `today` and `tomorrow`.
    var longestLists: [JSON5Value]? {
      guard let longest = lists.max(by: { $0.elements.count < $1.elements.count }),
        longest.elements.count > 1 || parallelCount < 2
      else { return nil }
      let keys = PriceDocument.keys(of: longest.elements[0])
      return lists.filter { $0.parent == longest.parent && PriceDocument.keys(of: $0.elements[0]) == keys }
        .flatMap(\.elements)
    }
  }

  private static func keys(of value: JSON5Value) -> [String] {
    guard case .object(let members) = value.content else { return [] }
    return members.map(\.name)
  }

  private static func table(of elements: [JSON5Value]) -> WrittenTable {
    var table = WrittenTable(columns: [], rows: [])
    var places: [String: Int] = [:]
    for (number, element) in elements.enumerated() {
      var row = WrittenTable.Row(cells: Array(repeating: "", count: table.columns.count), number: number + 1)
      func take(_ value: JSON5Value, _ name: String) {
        if case .object(let members) = value.content {
          for member in members { take(member.value, name.isEmpty ? member.name : "\(name).\(member.name)") }
          return
        }
        guard let text = text(of: value) else { return }
        let place = places[name] ?? table.columns.count
        if place == table.columns.count {
          places[name] = place
          table.columns.append(name)
        }
        while row.cells.count <= place { row.cells.append("") }
        row.cells[place] = text
      }
      take(element, "")
      table.rows.append(row)
    }
    return table
  }

  private static func table(parallel members: [JSON5Member]) -> WrittenTable {
    let lists = members.map { member -> [JSON5Value] in
      if case .array(let elements) = member.value.content { elements } else { [] }
    }
    let rows = (lists.first ?? []).indices.map { place in
      WrittenTable.Row(cells: lists.map { text(of: $0[place]) ?? "" }, number: place + 1)
    }
    return WrittenTable(columns: members.map(\.name), rows: rows)
  }

  /// nil for a list.
  private static func text(of value: JSON5Value) -> String? {
    switch value.content {
    case .null: ""
    case .boolean(let truth): "\(truth)"
    case .number(let text), .string(let text): text
    case .array, .object: nil
    }
  }
}
