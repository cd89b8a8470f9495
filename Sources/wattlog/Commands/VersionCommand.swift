extension Command {
  static let version = Command(
    name: "version", summary: "print the version",
    description: "Prints the program's name and version.",
    examples: [
      ("wattlog version", "print one line, such as 'wattlog 0.1.0'"),
      ("wattlog --version", "the same"),
    ]
  ) { _, _ throws(Failure) in try Program.printVersion() }
}
