import Glibc
import Text

/// The whole program: picks the command, reads its arguments, runs it, and turns what went wrong into one sentence.
enum Program {
  static let version = "0.1.0"

  /// In the order of `--help`. A command is listed when all that its help says works.
  static var commands: [Command] { makers.map { $0() } }

  /// Each makes its command when it is asked for: a run needs one of them, and all have much to say.
  private static let makers: [@Sendable () -> Command] = [
    { .setup }, { .record }, { .publish }, { .replay }, { .importHistory }, { .discover }, { .live }, { .status },
    { .report }, { .pages }, { .runs }, { .standby }, { .export }, { .gaps }, { .events },
    { .check }, { .doctor }, { .explain }, { .device },
    { .verify }, { .repair }, { .compact }, { .retain }, { .backup },
    { .simulate },
    { .tariff }, { .configuration }, { .completion },
    { .manual },
    { .version },
  ]

  private static func command(named name: String) -> Command? { makers.lazy.map { $0() }.first { $0.name == name } }

  static func run(_ words: [String]) -> Int32 {
    // A reader that goes away must show as an error of the write, not kill a recorder.
    signal(SIGPIPE, SIG_IGN)
    // A limit on the size of files likewise.
    signal(SIGXFSZ, SIG_IGN)
    var console = Console()
    do {
      return try run(Array(words.dropFirst()), &console).rawValue
    } catch {
      console.error(error.message)
      return error.code.rawValue
    }
  }

  private static func run(_ words: [String], _ console: inout Console) throws(Failure) -> ExitCode {
    let (name, rest) = Arguments.commandName(in: words)
    guard let name else { return try runWithoutCommand(words, console) }
    if name == "help" {
      // What options before it take is no command.
      return try printHelp(of: words.drop { $0 != "help" }.dropFirst().first { !$0.hasPrefix("-") })
    }
    guard let command = command(named: name) else { throw unknownCommand(name) }
    let arguments = try Arguments(rest, for: command, environment: Environment.value)
    console.isQuiet = arguments.isSet(.quiet)
    console.isVerbose = arguments.isSet(.verbose)
    if arguments.isSet(.help) { return try printHelp(of: command.name) }
    if arguments.isSet(.version) { return try printVersion() }
    if command.restsBetweenMessages { Allocator.giveBackFreedMemory() } else { Allocator.keepFreedMemory() }
    return try command.run(arguments, console)
  }

  private static func runWithoutCommand(_ words: [String], _ console: Console) throws(Failure) -> ExitCode {
    let bare = Command(
      name: "wattlog", summary: "", operandCount: 0...Int.max, description: "", examples: []
    ) { _, _ throws(Failure) in .done }
    let arguments = try Arguments(words, for: bare, environment: { _ in nil })
    if arguments.isSet(.help) { return try printHelp(of: nil) }
    if arguments.isSet(.version) { return try printVersion() }
    Console.writeToStandardError(HelpText.program(width: Console.width))
    return .usage
  }

  private static func printHelp(of name: String?) throws(Failure) -> ExitCode {
    let output = try OutputFile(nil)
    if let name {
      guard let command = command(named: name) else { throw unknownCommand(name) }
      try output.write(HelpText.command(command, width: Console.width))
    } else {
      try output.write(HelpText.program(width: Console.width))
    }
    try output.finish()
    return .done
  }

  static func printVersion() throws(Failure) -> ExitCode {
    try OutputFile.write("wattlog \(version)\n", to: nil)
    return .done
  }

  private static func unknownCommand(_ name: String) -> Failure {
    .usage(
      "unknown command '\(SafeText.printable(name))'",
      Arguments.suggestion(for: name, among: commands.map(\.name)) ?? "'wattlog --help' lists the commands")
  }
}
