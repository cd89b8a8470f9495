/// How a column is coded; the raw value is what the directory holds.
enum ColumnMethod: UInt8 {
  case model = 0
  case itself = 1
  case last = 2
  case line = 3
  case plain = 4
  var generic: GenericModel.Method? {
    switch self {
    case .itself: .itself
    case .last: .last
    case .line: .line
    case .model, .plain: nil
    }
  }
}
