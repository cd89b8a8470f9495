/// An RFC 4180 reader written from the RFC, apart from everything that writes CSV.
enum CSVReader {
  static func rows(_ text: String, separator: Character = ",") -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var cell = ""
    var isQuoted = false
    var characters = Array(text.unicodeScalars)[...]
    if characters.first == "\u{FEFF}" { characters.removeFirst() }
    let comma = separator.unicodeScalars.first ?? ","
    while let scalar = characters.popFirst() {
      if isQuoted {
        if scalar == "\"" {
          if characters.first == "\"" {
            characters.removeFirst()
            cell.unicodeScalars.append("\"")
          } else {
            isQuoted = false
          }
        } else {
          cell.unicodeScalars.append(scalar)
        }
      } else if scalar == "\"", cell.isEmpty {
        isQuoted = true
      } else if scalar == comma {
        row.append(cell)
        cell = ""
      } else if scalar == "\r", characters.first == "\n" {
        characters.removeFirst()
        rows.append(row + [cell])
        row = []
        cell = ""
      } else {
        cell.unicodeScalars.append(scalar)
      }
    }
    if !row.isEmpty || !cell.isEmpty { rows.append(row + [cell]) }
    return rows
  }
}
