import Text

/// Everything that is wrong with one configuration or tariff file.
public struct ConfigurationError: Error, Hashable, Sendable {
  /// At least one, in the order of the text.
  public var problems: [Problem]

  /// One mistake: where, in which key, and what to write instead.
  public struct Problem: Hashable, Sendable {
    public var place: JSON5Place
    /// `record.commitInterval`, `periods[0].rates[2].hours`; empty for what concerns the whole file.
    public var path: String
    public var message: String

    public init(at place: JSON5Place, path: String, _ message: String) {
      self.place = place
      self.path = path
      self.message = message
    }
  }

  public init(_ problems: [Problem]) {
    precondition(!problems.isEmpty, "an error without a problem")
    self.problems = problems
  }

  public init(_ error: JSON5Error) {
    self.init([Problem(at: error.place, path: "", "expected \(error.expected), found \(error.found)")])
  }
}

extension ConfigurationError.Problem: CustomStringConvertible {
  /// `line 3, column 5: record.commitIntervall: unknown key; did you mean 'commitInterval'?`
  public var description: String {
    "line \(place.line), column \(place.column): " + (path.isEmpty ? "" : path + ": ") + message
  }
}

extension ConfigurationError {
  /// `FILE:LINE:COLUMN: path: message`, one problem per line, as compilers write them.
  public func lines(in file: String) -> [String] {
    problems.map { problem in
      "\(file.printable):\(problem.place.line):\(problem.place.column): "
        + (problem.path.isEmpty ? "" : problem.path + ": ") + problem.message
    }
  }
}
