import Foundation

/// Certificates made with `openssl` for one test.
public struct TestCertificates {
  public static let isInstalled = Programs.path(of: "openssl") != nil

  public let directory: TemporaryDirectory
  /// The authority's own certificate.
  public var authority: String { directory.path + "/authority.pem" }

  /// Makes an authority.
  public init(name: String = "test authority") throws {
    directory = try TemporaryDirectory()
    let configuration = """
      [req]
      distinguished_name = name
      x509_extensions = authority
      [name]
      [authority]
      basicConstraints = critical, CA:TRUE
      keyUsage = critical, keyCertSign
      [ca]
      default_ca = issuer
      [issuer]
      new_certs_dir = \(directory.path)
      database = \(directory.path)/index
      rand_serial = yes
      default_md = sha256
      policy = any
      unique_subject = no
      copy_extensions = copy
      [any]
      commonName = supplied
      """
    try Data(configuration.utf8).write(to: URL(fileURLWithPath: directory.path + "/openssl.cnf"))
    try Data().write(to: URL(fileURLWithPath: directory.path + "/index"))
    try run([
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
      "/CN=\(name)", "-keyout", "authority.key", "-out", "authority.pem", "-config", "openssl.cnf",
    ])
  }

  /// Issues a certificate for a name and addresses.
  ///
  /// - Parameter alternativeNames: as OpenSSL writes them: `IP:127.0.0.1,DNS:localhost`.
  /// - Parameter validFrom: days from now; may be negative.
  /// - Parameter validTo: days from now; may be negative.
  public func issue(
    _ name: String, alternativeNames: String = "IP:127.0.0.1,DNS:localhost", validFrom: Int = -1, validTo: Int = 30
  ) throws -> (certificate: String, key: String) {
    try run([
      "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)", "-addext",
      "subjectAltName=\(alternativeNames)", "-keyout", "\(name).key", "-out", "\(name).csr", "-config", "openssl.cnf",
    ])
    try run([
      "ca", "-batch", "-config", "openssl.cnf", "-cert", "authority.pem", "-keyfile", "authority.key", "-in",
      "\(name).csr", "-out", "\(name).pem", "-notext", "-startdate", time(validFrom), "-enddate", time(validTo),
    ])
    chmod(directory.path + "/\(name).key", 0o600)
    return (directory.path + "/\(name).pem", directory.path + "/\(name).key")
  }

  private func run(_ arguments: [String]) throws {
    try PrivateBroker.run("openssl", arguments, directory: directory.path)
  }

  /// `20261122150405Z`
  private func time(_ days: Int) -> String {
    var seconds = time_t(Date().timeIntervalSince1970) + days * 86_400
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var buffer = [CChar](repeating: 0, count: 32)
    let count = strftime(&buffer, 32, "%Y%m%d%H%M%SZ", &parts)
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
