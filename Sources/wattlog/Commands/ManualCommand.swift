extension Command {
  static let manual = Command(
    name: "man", summary: "print the manual page",
    description: "Prints the manual page in the man macros of troff.",
    examples: [
      ("wattlog man | man -l -", "read the manual"),
      ("wattlog man > /usr/local/share/man/man1/wattlog.1", "install it"),
    ]
  ) { _, _ throws(Failure) in
    try OutputFile.write(ManualPage.text, to: nil)
    return .done
  }
}
