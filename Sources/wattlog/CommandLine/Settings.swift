import Configuration
import Glibc
import JSON5
import Readings
import Subscriber
import Text

/// The configuration in force and the paths that follow from it and the command line.
struct Settings: Sendable {
  let configuration: Configuration
  /// The configuration's file; nil when there is none.
  let path: String?
  let store: String

  /// Finds and reads the configuration: `--config`, else the user's, else the machine's; none is fine.
  ///
  /// - Parameter isForSetup: a file that is named need not be there yet.
  /// - Throws: exit 4 with every problem of the file, one per line.
  init(_ arguments: Arguments, isForSetup: Bool = false) throws(Failure) {
    path = arguments.text(.configuration) ?? Settings.searchPaths.first(where: InputFile.exists)
    if let path, !isForSetup || InputFile.exists(path) {
      configuration = try Settings.read(path)
    } else {
      configuration = Configuration()
    }
    if let given = arguments.text(.store) {
      store = given
    } else if let configured = configuration.store {
      store = configured
    } else {
      store = try Settings.defaultStore()
    }
  }

  /// Where a configuration is looked for without `--config`, in this order.
  static var searchPaths: [String] {
    var paths: [String] = []
    if let base = Environment.filled("XDG_CONFIG_HOME") {
      paths.append(base + "/wattlog/wattlog.json")
    } else if let home = Environment.filled("HOME") {
      paths.append(home + "/.config/wattlog/wattlog.json")
    }
    return paths + ["/etc/wattlog/wattlog.json"]
  }

  /// The user's store; while there is none, the service's where this user may read it.
  private static func defaultStore() throws(Failure) -> String {
    let base = Environment.filled("XDG_DATA_HOME") ?? Environment.filled("HOME").map { $0 + "/.local/share" }
    let own = base.map { $0 + "/wattlog" }
    if own.map(InputFile.exists) != true, InputFile.isReadable(serviceStore + "/wattlog.store") { return serviceStore }
    guard let own else {
      throw .usage("no store is named and neither XDG_DATA_HOME nor HOME is set", "name one with --store DIR")
    }
    return own
  }

  /// Where the service keeps its store: what systemd made for it, told to what runs in it as STATE_DIRECTORY.
  static var serviceStore: String {
    let told = Environment.filled("STATE_DIRECTORY")?.split(separator: ":").first
    return told.map(String.init) ?? "/var/lib/wattlog"
  }

  static func read(_ path: String) throws(Failure) -> Configuration {
    let bytes: [UInt8]
    do throws(InputFile.Unreadable) {
      bytes = try InputFile.read(path, maximumByteCount: 4 << 20)
    } catch {
      throw Failure(
        .invalidConfiguration, "cannot read the configuration '\(SafeText.printable(path))': \(error.reason)",
        error.isMissing ? "'wattlog config init' writes a first one" : nil)
    }
    let configuration: Configuration
    do throws(ConfigurationError) {
      configuration = try Configuration(parsing: bytes)
    } catch {
      throw Failure(.invalidConfiguration, describe(error, in: path))
    }
    if let url = configuration.broker.url {
      do throws(BrokerAddress.SyntaxError) {
        _ = try BrokerAddress(url)
      } catch {
        throw Failure(.invalidConfiguration, describe(configuration.refusingBroker(error.reason), in: path))
      }
    }
    return configuration
  }

  static func describe(_ error: ConfigurationError, in path: String) -> String {
    error.lines(in: path).joined(separator: "\nwattlog: ")
  }

  /// Topics and MACs that the configuration names: these plugs always have a place in the store.
  var reservedPlugs: Set<String> {
    let names = configuration.devices.map(\.match) + [configuration.site.mainMeter].compactMap(\.self)
    return Set(names.map { Device.mac($0) ?? $0 })
  }

  /// A path that the configuration names, as seen from the configuration's directory.
  func resolve(_ named: String) -> String {
    InputFile.path(named, relativeTo: path.map(InputFile.directory) ?? ".")
  }
}
